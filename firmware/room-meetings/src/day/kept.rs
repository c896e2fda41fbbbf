//! The day as it lies on disk over a restart.
//!
//! Invariant: whatever the file holds, what comes out is bounded; a file of another version is
//! no day.

use room_core::Moment;
use serde::{Deserialize, Serialize};

use super::notes::{Change, MAX_NOTES, Note, State};
use super::source::{Away, Source, Sources};
use super::{Day, MeetingSource, Policy, unix};
use crate::{Key, ical};

const VERSION: u32 = 1;

/// What is written; its form is this crate's own affair.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    version: u32,
    sources: Vec<Source>,
    /// Changes that only this room knows.
    notes: Vec<KeptNote>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct KeptNote {
    source: MeetingSource,
    key: Key,
    change: Change,
}

impl Day {
    /// For the disk.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let here = self.notes.notes.iter().filter(|n| n.state == State::Here);
        let notes = here.map(|note| KeptNote {
            source: note.source,
            key: note.key.clone(),
            change: note.change,
        });
        Kept {
            version: VERSION,
            sources: self.sources.0.clone(),
            notes: notes.collect(),
        }
    }

    /// The last known day: every source is away until it is heard again.
    #[must_use]
    pub fn restored(policy: Policy, kept: Kept, now: Moment) -> Self {
        let mut day = Self::new(policy);
        if kept.version != VERSION {
            return day;
        }
        let mut sources = kept.sources;
        sources.sort_by_key(|source| source.source);
        sources.dedup_by_key(|source| source.source);
        for source in &mut sources {
            source.meetings.truncate(ical::MAX_MEETINGS);
            // Bookings made here and running calls are nobody's else to tell.
            if source.source == MeetingSource::Calls {
                source.meetings.clear();
            }
            let since_ms = source.as_of_ms.unwrap_or_else(|| unix(now));
            source.away = (source.source != MeetingSource::Room).then_some(Away {
                since_ms,
                problem: None,
            });
        }
        day.sources = Sources(sources);
        for note in kept.notes.into_iter().take(MAX_NOTES) {
            day.notes.add(Note {
                source: note.source,
                key: note.key,
                change: note.change,
                state: State::Here,
            });
        }
        day
    }
}
