//! What the Matrix session tells the room's day: the rooms it is in, and their calls.

use std::sync::Arc;

use room_core::problem::Issue;
use room_matrix::{KnownRoom, MatrixFact};
use room_meetings::day::{Fact, MeetingSource};
use room_meetings::rooms::{Reading, Room, Rooms};
use room_settings::Settings;

use crate::{calendar, character};

/// Sources that fall silent with the homeserver.
const SOURCES: [MeetingSource; 2] = [MeetingSource::Matrix, MeetingSource::Calls];

/// Makes facts for the day of facts of the session.
pub struct Teller {
    settings: Arc<Settings>,
    rooms: Rooms,
    /// `None` until the session has told them.
    last: Option<Vec<Room>>,
}

impl Teller {
    pub fn new(settings: Arc<Settings>) -> Self {
        Self {
            settings,
            rooms: Rooms::default(),
            last: None,
        }
    }

    /// What this means for the day, at `now_ms` in Unix milliseconds.
    pub fn facts(&mut self, now_ms: u64, fact: &MatrixFact) -> Vec<Fact> {
        match fact {
            MatrixFact::Rooms(rooms) => self.last = Some(rooms.iter().map(room).collect()),
            // Rooms that did not change meanwhile are not told again.
            MatrixFact::Online => {}
            MatrixFact::Offline { .. } | MatrixFact::LoggedOut => return self.silent(),
            _ => return Vec::new(),
        }
        let Some(rooms) = &self.last else {
            return Vec::new();
        };
        let reading = Reading {
            zone: calendar::zone(&self.settings),
            visio: character::instances(&self.settings),
        };
        let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
        self.rooms.facts(now_ms, rooms, &reading).into()
    }

    fn silent(&self) -> Vec<Fact> {
        let server = self.settings.matrix.homeserver.as_str();
        let away = |source| Fact::Away {
            source,
            problem: Issue::HomeserverUnreachable.about(server),
        };
        SOURCES.into_iter().map(away).collect()
    }
}

fn room(known: &KnownRoom) -> Room {
    Room {
        id: known.room.clone(),
        name: known.name.clone(),
        topic: known.topic.clone(),
        alias: known.alias.clone(),
        in_call: known.in_call,
    }
}
