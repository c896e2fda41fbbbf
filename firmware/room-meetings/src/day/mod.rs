//! The room's day: what several sources know, merged, and what follows from it.
//!
//! Facts and time go in, effects come out. The day knows who is where (calendar, Matrix, calls,
//! bookings made here), lights Join, joins and leaves by itself when the policy says so, books,
//! extends, ends, and gives back what nobody came to.
//! Invariant: a source that goes away keeps its last known meetings, marked as such; a change
//! made here shows at once and goes again when its source refuses it. Everything is bounded. No
//! meeting is released, joined or left on the word of a clock alone that was just set: what
//! waits, waits by the monotonic clock too.
//! Deliberately absent: how a source is asked and written (shells), and texts for a screen.

mod asks;
mod automatic;
mod fact;
mod kept;
mod merge;
mod notes;
mod problem;
mod source;
mod view;

use std::time::Duration;

use room_core::Moment;
use room_messages::api::Problem;

pub use fact::{Ask, CallNow, Effect, Fact, Policy, RequestId};
pub use kept::Kept;
pub use room_messages::api::Presence;
pub use room_messages::api::meetings::MeetingSource;

use automatic::Attendance;
use merge::Merged;
use notes::Notes;
use source::Sources;

/// The day is looked at again at least this often: clocks are set, and a timer by one clock
/// does not hear of the other.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// The room's day. A plain value.
#[derive(Clone, Debug)]
pub struct Day {
    policy: Policy,
    sources: Sources,
    notes: Notes,
    attendance: Attendance,
    next_request: u64,
    problem: Option<Problem>,
}

impl Day {
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            sources: Sources::default(),
            notes: Notes::default(),
            attendance: Attendance::default(),
            next_request: 0,
            problem: None,
        }
    }

    /// Takes a fact in.
    pub fn handle(&mut self, now: Moment, fact: Fact) -> Vec<Effect> {
        let mut effects = Vec::new();
        match fact {
            Fact::Tick => {}
            Fact::Known {
                source,
                writable,
                meetings,
                cut_short,
            } => {
                let changed = self
                    .sources
                    .known(now, source, writable, meetings, cut_short);
                self.notes.heard(source);
                // The time it was heard is kept too, but no flash memory is worn out for it.
                if changed {
                    effects.push(Effect::Keep);
                }
            }
            Fact::Away { source, problem } => self.sources.away(now, source, problem),
            Fact::Call(call) => self.attendance.call(now, call),
            Fact::Presence(presence) => self.attendance.presence(now, presence),
            Fact::Answered { request, result } => {
                if let Err(problem) = self.notes.answered(request, result) {
                    self.problem = Some(problem);
                }
                effects.push(Effect::Keep);
            }
        }
        effects.extend(self.by_itself(now));
        effects
    }

    /// When to come back at the latest, by the monotonic clock.
    #[must_use]
    pub fn next_deadline(&self, now: Moment) -> Duration {
        let now_ms = unix(now);
        let merged = self.merged(now_ms);
        let turns = merged.iter().flat_map(|meeting| self.turns(meeting));
        let next = turns.filter(|at| *at > now_ms).min();
        let wait = next.map(|at| Duration::from_millis((at - now_ms).unsigned_abs()));
        let wait = wait.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN);
        let alone = self.attendance.leaves_at(&self.policy);
        let alone = alone.filter(|at| *at > now.since_start);
        let by_clock = now.since_start.saturating_add(wait);
        alone.map_or(by_clock, |alone| alone.min(by_clock))
    }

    /// When something about a meeting changes, in Unix milliseconds.
    fn turns(&self, meeting: &Merged) -> Vec<i64> {
        let begins = meeting.meeting.when.begins_ms();
        let mut turns = Vec::new();
        if let Some(begins) = begins {
            turns.push(begins);
            turns.push(begins - millis(self.policy.join_before));
            turns.extend(self.policy.release_after.map(|wait| begins + millis(wait)));
        }
        turns.extend(meeting.meeting.when.ends_ms());
        turns
    }

    fn merged(&self, now_ms: i64) -> Vec<Merged> {
        let known = self.sources.all().chain(self.notes.bookings());
        let mut merged = merge::merge(known, now_ms, self.policy.join_before);
        merged.retain_mut(|meeting| self.notes.apply(meeting));
        merged.retain(|meeting| {
            let ends = meeting.meeting.when.ends_ms();
            ends.is_none_or(|ends| ends > now_ms)
        });
        merged
    }

    fn request(&mut self) -> RequestId {
        self.next_request += 1;
        RequestId(self.next_request)
    }
}

fn unix(now: Moment) -> i64 {
    i64::try_from(now.unix_ms).unwrap_or(i64::MAX)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests;
