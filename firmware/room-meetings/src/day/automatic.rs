//! What the room does by itself: join, leave when alone, give back what nobody came to.

use std::time::Duration;

use room_core::Moment;

use super::merge::{Call, Merged};
use super::notes::Change;
use super::{CallNow, Day, Effect, Presence, unix};
use crate::When;

/// How long a room waits in a call that belongs to no meeting and that nobody else came to.
const NOBODY_CAME: Duration = Duration::from_secs(30 * 60);
/// Most meetings that are remembered as attended.
const MAX_ATTENDED: usize = 64;

/// Who is in the room and in the call.
#[derive(Clone, Debug, Default)]
pub(super) struct Attendance {
    call: Option<Running>,
    presence: Presence,
    /// Since when, by the monotonic clock.
    presence_since: Duration,
    /// When somebody was last seen, in Unix milliseconds.
    last_seen_ms: Option<i64>,
    /// Meetings that somebody joined or kept, or that were joined by themselves: they are not
    /// joined again, and not released.
    attended: Vec<String>,
}

#[derive(Clone, Debug)]
struct Running {
    calls: Vec<Call>,
    alone_since: Option<Duration>,
    /// Somebody else was there at some time.
    had_others: bool,
    /// The order to leave was given.
    leaving: bool,
}

impl Attendance {
    pub(super) fn call(&mut self, now: Moment, call: Option<CallNow>) {
        let Some(call) = call else {
            self.call = None;
            return;
        };
        let calls: Vec<Call> = call.targets.iter().take(8).map(|t| Call::of(t)).collect();
        let before = self.call.take();
        // The same call may become known by more names.
        let before = before.filter(|old| old.calls.iter().any(|c| calls.contains(c)));
        let alone = call.others == 0;
        let since = before.as_ref().and_then(|old| old.alone_since);
        self.call = Some(Running {
            calls,
            alone_since: alone.then(|| since.unwrap_or(now.since_start)),
            had_others: !alone || before.as_ref().is_some_and(|old| old.had_others),
            leaving: alone && before.is_some_and(|old| old.leaving),
        });
    }

    pub(super) fn presence(&mut self, now: Moment, presence: Presence) {
        if presence == Presence::Somebody || self.presence == Presence::Somebody {
            self.last_seen_ms = Some(unix(now));
        }
        if self.presence != presence {
            self.presence = presence;
            self.presence_since = now.since_start;
        }
    }

    pub(super) fn came(&mut self, meeting: &Merged) {
        let id = meeting.id();
        if self.attended.contains(&id) {
            return;
        }
        if self.attended.len() >= MAX_ATTENDED {
            self.attended.remove(0);
        }
        self.attended.push(id);
    }

    fn has_come(&self, meeting: &Merged) -> bool {
        self.attended.contains(&meeting.id())
    }

    pub(super) fn in_call(&self) -> bool {
        self.call.is_some()
    }

    pub(super) fn is_in(&self, meeting: &Merged) -> bool {
        let call = self.call.iter();
        let mut names = call.flat_map(|call| &call.calls);
        names.any(|call| meeting.leads_to(call))
    }

    /// When the room leaves a call it is alone in, by the monotonic clock.
    pub(super) fn leaves_at(&self, policy: &super::Policy) -> Option<Duration> {
        let wait = policy.automatic_leave?;
        let call = self.call.as_ref().filter(|call| !call.leaving)?;
        let wait = if call.had_others {
            wait
        } else {
            wait.max(NOBODY_CAME)
        };
        Some(call.alone_since?.saturating_add(wait))
    }

    /// Nobody has been seen for so long, and not since this time.
    fn empty(&self, now: Moment, wait: Duration, since_ms: i64) -> bool {
        let unseen = self.last_seen_ms.is_none_or(|seen| seen < since_ms);
        let for_long = now.since_start.saturating_sub(self.presence_since) >= wait;
        self.presence == Presence::Nobody && unseen && for_long
    }
}

impl Day {
    pub(super) fn by_itself(&mut self, now: Moment) -> Vec<Effect> {
        let now_ms = unix(now);
        // Somebody who stays is seen all the time, though a sensor tells it once.
        let presence = self.attendance.presence;
        self.attendance.presence(now, presence);
        let merged = self.merged(now_ms);
        let joined = merged.iter().filter(|m| self.attendance.is_in(m));
        let running: Vec<_> = joined
            .filter(|m| m.is_on(now_ms, self.policy.join_before))
            .cloned()
            .collect();
        running
            .iter()
            .for_each(|meeting| self.attendance.came(meeting));
        let mut effects = Vec::new();
        effects.extend(self.leave(now, &running));
        effects.extend(self.release(now, &merged));
        effects.extend(self.join(now_ms, &merged));
        effects
    }

    /// Others who left may come back; others who never came are waited for as long as their
    /// meeting lasts.
    fn leave(&mut self, now: Moment, running: &[Merged]) -> Option<Effect> {
        let timed = |m: &Merged| matches!(m.meeting.when, When::Timed { .. } | When::Days { .. });
        let waited_for = running.iter().any(timed);
        let at = self.attendance.leaves_at(&self.policy)?;
        let call = self.attendance.call.as_mut()?;
        if now.since_start < at || (waited_for && !call.had_others) {
            return None;
        }
        call.leaving = true;
        Some(Effect::Leave)
    }

    fn release(&mut self, now: Moment, merged: &[Merged]) -> Vec<Effect> {
        let Some(wait) = self.policy.release_after else {
            return Vec::new();
        };
        if self.attendance.in_call() {
            return Vec::new();
        }
        let now_ms = unix(now);
        let due = |m: &&Merged| match m.meeting.when {
            When::Timed { begins_ms, .. } => {
                m.meeting.busy
                    && begins_ms.saturating_add(super::millis(wait)) <= now_ms
                    && !self.attendance.has_come(m)
                    && self.attendance.empty(now, wait, begins_ms)
            }
            _ => false,
        };
        let due: Vec<Merged> = merged.iter().filter(due).cloned().collect();
        let mut effects = Vec::new();
        for meeting in due {
            // Refused only while too many changes wait: then it is tried again.
            let given = self.give_back(&meeting, Change::Gone);
            effects.extend(given.unwrap_or_default());
        }
        effects
    }

    fn join(&mut self, now_ms: i64, merged: &[Merged]) -> Option<Effect> {
        let attendance = &self.attendance;
        let may = self.policy.automatic_join
            && !attendance.in_call()
            && attendance.presence != Presence::Nobody;
        if !may {
            return None;
        }
        let due = |m: &&Merged| {
            matches!(m.meeting.when, When::Timed { .. })
                && m.is_on(now_ms, Duration::ZERO)
                && !attendance.has_come(m)
        };
        let meeting = merged
            .iter()
            .filter(due)
            .find(|m| m.target().is_some())?
            .clone();
        self.attendance.came(&meeting);
        let target = meeting.target()?.to_owned();
        Some(Effect::Join { target })
    }
}
