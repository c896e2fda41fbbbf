//! What people ask of the day.

use room_core::Moment;
use room_messages::api::Problem;
use room_messages::api::meetings::MeetingSource;

use super::merge::Merged;
use super::notes::{Change, Note, State};
use super::problem::Refusal;
use super::{Ask, Day, Effect, unix};
use crate::{Key, Meeting, When};

const MINUTE_MS: i64 = 60_000;
/// Shortest and longest booking, in minutes.
const BOOKING: std::ops::RangeInclusive<u32> = 5..=480;

impl Day {
    /// Does what is asked, or says why not.
    ///
    /// # Errors
    /// A [`Problem`] for the one who asked (`MEET-…`).
    pub fn ask(&mut self, now: Moment, ask: Ask) -> Result<Vec<Effect>, Problem> {
        self.problem = None;
        self.answer(now, ask).map_err(Refusal::problem)
    }

    fn answer(&mut self, now: Moment, ask: Ask) -> Result<Vec<Effect>, Refusal> {
        match ask {
            Ask::Join { id } => {
                let meeting = self.find(now, &id)?;
                let target = meeting.target().ok_or(Refusal::NoWayToJoin)?.to_owned();
                self.attendance.came(&meeting);
                Ok(vec![Effect::Join { target }])
            }
            Ask::Book { minutes } => self.book(now, minutes),
            Ask::Extend { id, minutes } => self.extend(now, &id, minutes),
            Ask::End { id } => {
                let meeting = self.find(now, &id)?;
                self.end(now, &meeting)
            }
            Ask::Understood => Ok(Vec::new()),
        }
    }

    fn find(&self, now: Moment, id: &str) -> Result<Merged, Refusal> {
        let mut merged = self.merged(unix(now)).into_iter();
        merged
            .find(|meeting| meeting.is(id))
            .ok_or(Refusal::Unknown)
    }

    fn book(&mut self, now: Moment, minutes: u32) -> Result<Vec<Effect>, Refusal> {
        let (begins_ms, ends_ms) = (unix(now), length(minutes)? + unix(now));
        let next = next_busy(&self.merged(begins_ms), begins_ms, None);
        if next.is_some_and(|next| next < ends_ms) {
            return Err(Refusal::Taken);
        }
        if !self.notes.has_room() {
            return Err(Refusal::TooMany);
        }
        let request = self.request();
        let meeting = Meeting {
            // Its own until the source gives it another.
            key: Key::new(&format!("booked-here-{begins_ms}-{}", request.0), None),
            title: None,
            organiser: None,
            private: false,
            when: When::Timed { begins_ms, ends_ms },
            busy: true,
            tentative: false,
            links: Vec::new(),
        };
        let source = self.sources.for_bookings();
        if source == MeetingSource::Room {
            self.sources.book_here(now, meeting);
            return Ok(vec![Effect::Keep]);
        }
        self.notes.book(request, meeting);
        Ok(vec![Effect::Book {
            request,
            source,
            begins_ms,
            ends_ms,
        }])
    }

    fn extend(&mut self, now: Moment, id: &str, minutes: u32) -> Result<Vec<Effect>, Refusal> {
        let more = length(minutes)?;
        let meeting = self.find(now, id)?;
        let When::Timed { ends_ms: end, .. } = meeting.meeting.when else {
            return Err(Refusal::ReadOnly);
        };
        let ends_ms = end + more;
        let now_ms = unix(now);
        let next = next_busy(&self.merged(now_ms), now_ms, Some(&meeting));
        if next.is_some_and(|next| next < ends_ms) {
            return Err(Refusal::Taken);
        }
        self.attendance.came(&meeting);
        let (source, key) = self.writable(&meeting).ok_or(Refusal::ReadOnly)?;
        self.change(source, key, Change::EndsAt(ends_ms))
    }

    /// Where nothing can be written the room is free all the same, as far as it can say.
    fn end(&mut self, now: Moment, meeting: &Merged) -> Result<Vec<Effect>, Refusal> {
        let now_ms = unix(now);
        let begun = meeting
            .meeting
            .when
            .begins_ms()
            .is_some_and(|at| at < now_ms);
        let change = match meeting.meeting.when {
            When::Timed { .. } if begun => Change::EndsAt(now_ms),
            When::Timed { .. } | When::Days { .. } => Change::Gone,
            When::Running { .. } | When::AnyTime => return Err(Refusal::ReadOnly),
        };
        self.give_back(meeting, change)
    }

    /// Ends or takes out a meeting, at its source if that can be written.
    pub(super) fn give_back(
        &mut self,
        meeting: &Merged,
        change: Change,
    ) -> Result<Vec<Effect>, Refusal> {
        if let Some((source, key)) = self.writable(meeting) {
            return self.change(source, key, change);
        }
        let (source, key) = meeting.parts.first().cloned().ok_or(Refusal::Unknown)?;
        let state = State::Here;
        self.notes.add(Note {
            source,
            key,
            change,
            state,
        });
        Ok(vec![Effect::Keep])
    }

    fn change(
        &mut self,
        source: MeetingSource,
        key: Key,
        change: Change,
    ) -> Result<Vec<Effect>, Refusal> {
        if source == MeetingSource::Room {
            self.sources.change_here(&key, change);
            return Ok(vec![Effect::Keep]);
        }
        if !self.notes.has_room() {
            return Err(Refusal::TooMany);
        }
        let request = self.request();
        let state = State::Waiting(request);
        self.notes.add(Note {
            source,
            key: key.clone(),
            change,
            state,
        });
        Ok(vec![match change {
            Change::EndsAt(ends_ms) => Effect::Change {
                request,
                source,
                key,
                ends_ms,
            },
            Change::Gone => Effect::Delete {
                request,
                source,
                key,
            },
        }])
    }

    /// The source at which a meeting can be changed. A booking that is still on its way has no
    /// name there yet.
    pub(super) fn writable(&self, meeting: &Merged) -> Option<(MeetingSource, Key)> {
        let mut parts = meeting.parts.iter();
        let on_its_way = |key: &Key| self.notes.bookings().any(|(_, m)| m.key == *key);
        let can = |(source, key): &&(MeetingSource, Key)| {
            let here = *source == MeetingSource::Room;
            here || self.sources.is_writable(*source) && !on_its_way(key)
        };
        parts.find(can).cloned()
    }
}

/// When the room is next taken, from `from_ms` on, by anything but one meeting.
pub(super) fn next_busy(merged: &[Merged], from_ms: i64, but: Option<&Merged>) -> Option<i64> {
    let is_own = |m: &&Merged| but.is_some_and(|but| but.parts == m.parts);
    let timed = |m: &&Merged| matches!(m.meeting.when, When::Timed { .. } | When::Days { .. });
    let taken = merged.iter().filter(|m| m.meeting.busy && timed(m));
    taken
        .filter(|m| !is_own(m))
        .filter_map(|m| m.meeting.when.begins_ms())
        .map(|begins| begins.max(from_ms))
        .min()
}

fn length(minutes: u32) -> Result<i64, Refusal> {
    if BOOKING.contains(&minutes) {
        Ok(i64::from(minutes) * MINUTE_MS)
    } else {
        Err(Refusal::Minutes)
    }
}
