//! What each answer changes.

use std::time::Duration;

use super::{Keeper, Outcome, Request, SHORTEST_DELAY_MS};
use crate::Moment;

/// Wait after a 429 that does not say how long.
const DEFAULT_RETRY: Duration = Duration::from_secs(5);
/// Longest wait a homeserver can impose: a wrong header must not end a call.
const LONGEST_RETRY: Duration = Duration::from_secs(300);
/// Wait after a refusal that only a person can mend.
const REFUSED_RETRY: Duration = Duration::from_secs(30);

impl Keeper {
    pub(super) fn scheduled(&mut self, now: Moment, outcome: Outcome) {
        match outcome {
            Outcome::Scheduled { delay_id } => {
                let ordered_at = self.line(Request::ScheduleLeave).ordered_at;
                self.switch.id = Some(delay_id);
                self.line_mut(Request::RestartLeave).not_before = Duration::ZERO;
                self.counted_from(ordered_at);
                if self.standing.sent {
                    // The membership is there already: learn at once whether the leave is too.
                    self.switch.next_restart = now.since_start;
                }
                self.succeeded(Request::ScheduleLeave);
            }
            Outcome::TooLong { max_ms: Some(max) }
                if (SHORTEST_DELAY_MS..self.switch.delay_ms).contains(&max) =>
            {
                self.switch.delay_ms = max;
            }
            Outcome::RateLimited { retry_after } => {
                self.wait(now, Request::ScheduleLeave, retry_after)
            }
            Outcome::Network | Outcome::Sent { .. } => self.back_off(now, Request::ScheduleLeave),
            Outcome::NotFound
            | Outcome::Forbidden
            | Outcome::Unsupported
            | Outcome::TooLong { .. } => self.switch.unsupported = true,
        }
    }

    /// The homeserver's delay runs at least from this moment.
    fn counted_from(&mut self, start: Duration) {
        let delay = Duration::from_millis(self.switch.delay_ms);
        self.switch.lapses_at = Some(start.saturating_add(delay));
        self.switch.next_restart = start.saturating_add(self.restart_every());
    }

    pub(super) fn membership_answered(&mut self, now: Moment, outcome: Outcome) {
        let standing = &mut self.standing;
        standing.left_meanwhile = false;
        standing.answers = standing.answers.wrapping_add(1);
        match outcome {
            Outcome::Sent { event_id } => self.membership_taken(now, event_id),
            Outcome::Scheduled { .. } => self.membership_taken(now, None),
            Outcome::RateLimited { retry_after } => {
                standing.maybe_in = standing.was_in;
                self.owe_again();
                self.wait(now, Request::SendMembership, retry_after);
            }
            Outcome::Network => {
                self.owe_again();
                self.back_off(now, Request::SendMembership);
            }
            Outcome::NotFound
            | Outcome::Forbidden
            | Outcome::Unsupported
            | Outcome::TooLong { .. } => {
                standing.maybe_in = standing.was_in;
                standing.refused = true;
                self.owe_again();
                self.line_mut(Request::SendMembership).not_before =
                    now.since_start.saturating_add(REFUSED_RETRY);
            }
        }
    }

    fn membership_taken(&mut self, now: Moment, event_id: Option<String>) {
        self.succeeded(Request::SendMembership);
        let standing = &mut self.standing;
        let first = !standing.sent;
        standing.refused = false;
        standing.event_id = event_id;
        // Told missing while this was under way: a fresh join is owed already.
        standing.sent = !standing.fresh;
        standing.sent_at = now.since_start;
        if let Some(seen) = standing.latest.clone() {
            standing.shown(seen);
        }
        if first {
            // Some homeservers drop a scheduled event when the state it concerns changes.
            self.switch.next_restart = now.since_start;
        }
    }

    /// The membership under way did not arrive for certain: the same is owed again.
    fn owe_again(&mut self) {
        if self.standing.sent {
            self.standing.dirty = true;
        } else {
            self.standing.fresh = true;
        }
    }

    pub(super) fn restarted(&mut self, now: Moment, outcome: Outcome) {
        let restarted = self.switch.restarting.take();
        if self.switch.id.is_none() || restarted != self.switch.id {
            return;
        }
        match outcome {
            Outcome::Sent { .. } | Outcome::Scheduled { .. } => {
                let ordered_at = self.line(Request::RestartLeave).ordered_at;
                self.counted_from(ordered_at);
                self.succeeded(Request::RestartLeave);
            }
            Outcome::RateLimited { retry_after } => {
                self.wait(now, Request::RestartLeave, retry_after)
            }
            Outcome::Network => {
                self.line_mut(Request::RestartLeave).not_before =
                    now.since_start.saturating_add(Duration::from_secs(1));
            }
            Outcome::NotFound => self.leave_is_spent(now),
            Outcome::Forbidden | Outcome::Unsupported | Outcome::TooLong { .. } => {
                self.switch.unsupported = true;
                self.switch.lapses_at = None;
                self.switch.id = None;
            }
        }
    }

    /// The homeserver knows the scheduled leave no more. If its time had come, it was sent.
    fn leave_is_spent(&mut self, now: Moment) {
        let sent = self.probably_left(now);
        self.switch.id = None;
        self.switch.lapses_at = None;
        if sent && self.standing.sent {
            self.begin_afresh(now);
        }
    }

    pub(super) fn fired(&mut self, now: Moment, outcome: &Outcome) {
        match outcome {
            Outcome::Sent { .. } | Outcome::Scheduled { .. } => self.left(Request::FireLeave),
            Outcome::RateLimited { retry_after } => {
                self.wait(now, Request::SendLeave, *retry_after)
            }
            // Any other failure: an ordinary leave, at once.
            _ => {}
        }
    }

    pub(super) fn leave_sent(&mut self, now: Moment, outcome: &Outcome) {
        match outcome {
            Outcome::RateLimited { retry_after } => {
                self.wait(now, Request::SendLeave, *retry_after)
            }
            Outcome::Network => self.back_off(now, Request::SendLeave),
            // Refused: the room is no longer in the Matrix room, so neither is its membership.
            _ => self.left(Request::SendLeave),
        }
    }

    /// A leave was carried out. A membership that was under way when it was ordered may still
    /// arrive after it.
    fn left(&mut self, by: Request) {
        let under_way = self.line(Request::SendMembership).pending;
        let overtaken = self.line(by).answers_before != self.standing.answers;
        self.standing.left_meanwhile = under_way;
        self.standing.maybe_in = under_way || overtaken;
    }

    fn succeeded(&mut self, request: Request) {
        let line = self.line_mut(request);
        line.failures = 0;
        line.not_before = Duration::ZERO;
    }

    fn wait(&mut self, now: Moment, request: Request, retry_after: Option<Duration>) {
        let shortest = Duration::from_millis(100);
        let wait = retry_after
            .unwrap_or(DEFAULT_RETRY)
            .clamp(shortest, LONGEST_RETRY);
        self.line_mut(request).not_before = now.since_start.saturating_add(wait);
    }

    /// One, two, then four seconds: a homeserver that is back must find the room soon.
    fn back_off(&mut self, now: Moment, request: Request) {
        let line = self.line_mut(request);
        let wait = Duration::from_secs(1 << line.failures.min(2));
        line.failures = line.failures.saturating_add(1);
        line.not_before = now.since_start.saturating_add(wait);
    }
}
