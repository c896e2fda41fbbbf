//! Changes made here, over what the sources say, until those say it themselves.

use room_messages::api::Problem;
use room_messages::api::meetings::MeetingSource;
use serde::{Deserialize, Serialize};

use super::RequestId;
use super::merge::Merged;
use crate::{Key, Meeting, When};

/// Most changes at a time; the oldest that nobody waits for goes first.
pub(super) const MAX_NOTES: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Change {
    EndsAt(i64),
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Waiting(RequestId),
    /// The source made it, and will say so.
    Made,
    /// Only here: the source cannot be written.
    Here,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) source: MeetingSource,
    pub(super) key: Key,
    pub(super) change: Change,
    pub(super) state: State,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Booking {
    meeting: Meeting,
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notes {
    pub(super) notes: Vec<Note>,
    bookings: Vec<Booking>,
}

impl Notes {
    /// Whether another change may wait for an answer.
    pub(super) fn has_room(&self) -> bool {
        let waiting = |state: &State| matches!(state, State::Waiting(_));
        let notes = self.notes.iter().map(|note| &note.state);
        let bookings = self.bookings.iter().map(|booking| &booking.state);
        notes.chain(bookings).filter(|s| waiting(s)).count() < MAX_NOTES / 4
    }

    pub(super) fn add(&mut self, note: Note) {
        self.notes
            .retain(|old| (old.source, &old.key) != (note.source, &note.key));
        if self.notes.len() >= MAX_NOTES {
            self.notes.remove(0);
        }
        self.notes.push(note);
    }

    pub(super) fn book(&mut self, request: RequestId, meeting: Meeting) {
        let state = State::Waiting(request);
        self.bookings.push(Booking { meeting, state });
    }

    pub(super) fn bookings(&self) -> impl Iterator<Item = (MeetingSource, &Meeting)> {
        let bookings = self.bookings.iter();
        bookings.map(|booking| (MeetingSource::Calendar, &booking.meeting))
    }

    /// A source said all it knows: what it has made is in that.
    pub(super) fn heard(&mut self, source: MeetingSource) {
        self.notes
            .retain(|note| note.source != source || note.state != State::Made);
        if source == MeetingSource::Calendar {
            self.bookings.retain(|booking| booking.state != State::Made);
        }
    }

    pub(super) fn answered(
        &mut self,
        request: RequestId,
        result: Result<(), Problem>,
    ) -> Result<(), Problem> {
        let waits = State::Waiting(request);
        if result.is_err() {
            self.notes.retain(|note| note.state != waits);
            self.bookings.retain(|booking| booking.state != waits);
            return result;
        }
        let notes = self.notes.iter_mut().map(|note| &mut note.state);
        let bookings = self.bookings.iter_mut().map(|booking| &mut booking.state);
        let waiting = notes.chain(bookings).filter(|state| **state == waits);
        waiting.for_each(|state| *state = State::Made);
        Ok(())
    }

    /// False for a meeting that is gone.
    pub(super) fn apply(&self, merged: &mut Merged) -> bool {
        for note in &self.notes {
            let about =
                |(source, key): &(MeetingSource, Key)| *source == note.source && *key == note.key;
            if !merged.parts.iter().any(about) {
                continue;
            }
            merged.pending |= matches!(note.state, State::Waiting(_));
            match (note.change, &mut merged.meeting.when) {
                (Change::Gone, _) => return false,
                (Change::EndsAt(at), When::Timed { ends_ms, .. } | When::Days { ends_ms, .. }) => {
                    *ends_ms = at;
                }
                (Change::EndsAt(_), _) => {}
            }
        }
        let booked = |booking: &Booking| {
            merged
                .parts
                .iter()
                .any(|(_, key)| *key == booking.meeting.key)
        };
        merged.pending |= self.bookings.iter().any(booked);
        true
    }
}
