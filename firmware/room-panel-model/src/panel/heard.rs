//! What becomes known, and how time passes.

use room_messages::api::{Phase, Problem, Standby, Status};

use super::{Effect, Ended, FAILED_MS, Heard, IDLE_MS, IN_USE_MS, LEFT_MS, Page, Panel, Refusal};
use crate::clock::Now;
use crate::offers::Offers;
use crate::touch::{Control, Intent, Tab};

impl Panel {
    /// Takes in what became known.
    pub fn hear(&mut self, now: Now, heard: Heard) -> Vec<Effect> {
        match heard {
            Heard::Told(status, offers) => self.told(now, status, *offers),
            Heard::Away => self.away(now),
            Heard::Answer { ask, result } => self.answered(now, ask, result),
            Heard::Found { text, contacts } => self.found(text, contacts),
            Heard::Tick => {}
        }
        self.pass(now);
        Vec::new()
    }

    fn told(&mut self, now: Now, status: Box<Status>, offers: Offers) {
        let (before, after) = (self.phase(), status.call.phase);
        let known = self.status.is_some();
        let failed_at_once = after == Phase::Failed && self.join_sent;
        if before != after || !known || failed_at_once {
            self.phase_since = now.steady_ms;
            self.changed_phase(now, before, &status);
        }
        self.refused_later(now, &status);
        self.status = Some(status);
        self.offers = offers;
    }

    /// A booking was shown at once, and then the calendar did not take it.
    fn refused_later(&mut self, now: Now, status: &Status) {
        let before = self
            .status
            .as_ref()
            .and_then(|s| s.meetings.problem.as_ref());
        let Some(problem) = &status.meetings.problem else {
            return;
        };
        if self.status.is_some() && before != Some(problem) {
            self.tell_problem(now, &problem.clone());
        }
    }

    fn tell_problem(&mut self, now: Now, problem: &Problem) {
        let en = format!("{} {}", problem.what.en, problem.next.en);
        let fr = format!("{} {}", problem.what.fr, problem.next.fr);
        self.tell(now, &en, &fr, true);
    }

    /// The call began, ended or failed.
    fn changed_phase(&mut self, now: Now, before: Phase, status: &Status) {
        let after = status.call.phase;
        self.join_sent = false;
        if after.is_call() && !before.is_call() {
            self.tab = Tab::People;
            self.page = Page::Home;
            self.typed.clear();
            self.ended = None;
            self.waiting.answered_control(Control::Join);
        }
        let failed = after == Phase::Failed;
        if failed || (after == Phase::Idle && before.is_call()) {
            self.ended = Some(self.ended_by(now, status, failed));
            self.page = Page::Home;
            self.waiting.forget();
        }
    }

    fn ended_by(&self, now: Now, status: &Status, failed: bool) -> Ended {
        let last = self.status.as_ref().map_or(&status.call, |s| &s.call);
        let since = last.since_ms.filter(|_| !failed);
        let problem = status.call.problem.clone();
        let stays = if problem.is_some() {
            FAILED_MS
        } else {
            LEFT_MS
        };
        Ended {
            name: status.call.name.clone().or_else(|| last.name.clone()),
            target: status.call.target.clone().or_else(|| last.target.clone()),
            lasted_ms: since.map(|since| now.unix_ms.saturating_sub(since)),
            problem,
            until_ms: now.steady_ms + stays,
        }
    }

    fn away(&mut self, now: Now) {
        if self.status.take().is_some() {
            self.away_since = now.steady_ms;
            self.offers = Offers::default();
            self.ended = None;
            self.waiting.forget();
        }
    }

    fn answered(&mut self, now: Now, ask: u64, result: Result<(), Refusal>) {
        let intent = self.waiting.answered(ask);
        match (intent, result) {
            (Some(Intent::Join { target }), Err(Refusal::Problem(problem))) => {
                self.ended = Some(Ended {
                    name: None,
                    target: Some(target),
                    lasted_ms: None,
                    problem: Some(*problem),
                    until_ms: now.steady_ms + FAILED_MS,
                });
            }
            (_, Err(Refusal::Problem(problem))) => self.tell_problem(now, &problem),
            (_, Err(Refusal::Unreachable)) => self.tell(
                now,
                "The room's system did not answer. Press again in a moment.",
                "Le système de la salle n’a pas répondu. Appuyez de nouveau dans un instant.",
                true,
            ),
            (_, Ok(())) => {}
        }
    }

    /// What ends by itself, and what wakes.
    pub(super) fn pass(&mut self, now: Now) {
        let at = now.steady_ms;
        self.cleaning_until = self.cleaning_until.filter(|until| *until > at);
        self.notice = self.notice.take().filter(|notice| notice.until_ms > at);
        self.ended = self.ended.take().filter(|ended| ended.until_ms > at);
        self.ignored.retain(|(_, until)| *until > now.unix_ms);
        let quiet_ms = at.saturating_sub(self.touched);
        if quiet_ms >= IDLE_MS {
            self.close_pages();
        }
        self.follow_standby(now, quiet_ms);
    }

    /// The room decides when it is time for the dark. What people must see is never dark, and who has
    /// just touched the panel is not left in it.
    fn follow_standby(&mut self, now: Now, quiet_ms: u64) {
        let sleeps = self.level() == Some(Standby::Standby);
        let slept = std::mem::replace(&mut self.room_sleeps, sleeps);
        let must = self.is_in_call() || self.ended.is_some() || !self.ringing(now).is_empty();
        if must || (slept && !sleeps) {
            self.asleep = false;
        } else {
            self.asleep |= sleeps && quiet_ms >= IN_USE_MS;
        }
    }

    fn close_pages(&mut self) {
        self.page = Page::Home;
        self.typed.clear();
        self.lock.clear();
        self.reported = None;
        if !self.is_in_call() {
            self.visitor = None;
        }
    }
}
