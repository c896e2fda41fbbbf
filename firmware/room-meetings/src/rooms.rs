//! Matrix rooms as meetings.
//!
//! Being invited to a Matrix room *is* a booking: with the time in its topic where one stands
//! there, else at any time. A call that others are in is a meeting that runs.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::day::{Fact, MeetingSource};
use crate::links::{self, Instances, Link};
use crate::schedule;
use crate::{Key, Meeting, When, Words};

/// A Matrix room that the unit is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    pub id: String,
    pub name: Option<String>,
    pub topic: Option<String>,
    pub alias: Option<String>,
    /// Somebody else is in its call.
    pub in_call: bool,
}

/// How rooms are read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The room's own zone, for times that name none.
    pub zone: TimeZone,
    pub visio: Instances,
}

/// Remembers since when calls run.
#[derive(Clone, Debug, Default)]
pub struct Rooms {
    since_ms: BTreeMap<String, i64>,
}

impl Rooms {
    /// What the rooms of now mean for the day.
    pub fn facts(&mut self, now_ms: i64, rooms: &[Room], reading: &Reading) -> [Fact; 2] {
        self.since_ms
            .retain(|id, _| rooms.iter().any(|room| room.in_call && room.id == *id));
        let calls = rooms.iter().filter(|room| room.in_call);
        let calls = calls.map(|room| {
            let since_ms = *self.since_ms.entry(room.id.clone()).or_insert(now_ms);
            meeting(room, When::Running { since_ms }, &reading.visio)
        });
        let calls = calls.collect();
        let booked = rooms.iter().map(|room| {
            let topic = room.topic.as_deref().unwrap_or_default();
            let when = schedule::in_text(topic, &reading.zone).unwrap_or(When::AnyTime);
            meeting(room, when, &reading.visio)
        });
        [
            known(MeetingSource::Matrix, booked.collect()),
            known(MeetingSource::Calls, calls),
        ]
    }
}

fn known(source: MeetingSource, meetings: Vec<Meeting>) -> Fact {
    Fact::Known {
        source,
        writable: false,
        meetings,
        cut_short: false,
    }
}

/// The room's own call comes first: it is what the invitation is to.
fn meeting(room: &Room, when: When, visio: &Instances) -> Meeting {
    let own = room.alias.as_ref().unwrap_or(&room.id).clone();
    let mut ways = vec![Link::Matrix { target: own }];
    // A call that runs now is not the meeting of later in the same room.
    let instance = match when {
        When::Running { since_ms } => Some(since_ms),
        _ => None,
    };
    ways.extend(links::find(room.topic.as_deref(), visio));
    Meeting {
        key: Key::new(&room.id, instance),
        title: room.name.as_deref().and_then(Words::new),
        organiser: None,
        private: false,
        when,
        busy: matches!(when, When::Timed { .. }),
        tentative: false,
        links: ways,
    }
}

#[cfg(test)]
mod tests {
    use room_messages::api::meetings::MeetingPhase;

    use super::*;

    fn reading() -> Reading {
        Reading {
            zone: TimeZone::UTC,
            visio: Instances::default(),
        }
    }

    fn room(topic: &str, in_call: bool) -> Room {
        Room {
            id: "!abc:example.org".to_owned(),
            name: Some("Budget".to_owned()),
            topic: Some(topic.to_owned()),
            alias: None,
            in_call,
        }
    }

    fn meetings(facts: [Fact; 2]) -> [Vec<Meeting>; 2] {
        facts.map(|fact| match fact {
            Fact::Known { meetings, .. } => meetings,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_room_is_a_booking_at_the_time_its_topic_says() {
        let mut rooms = Rooms::default();
        let told = [room("2026-11-27 14:00-15:30, Zoom otherwise", false)];
        let [booked, calls] = meetings(rooms.facts(0, &told, &reading()));
        assert!(calls.is_empty());
        let [meeting] = booked.as_slice() else {
            panic!("{booked:?}");
        };
        assert_eq!(meeting.when.begins_ms(), Some(1_795_788_000_000));
        assert!(meeting.busy);
        assert_eq!(
            meeting.links.first().and_then(Link::target),
            Some("!abc:example.org")
        );
        let [booked, _] = meetings(rooms.facts(0, &[room("chat", false)], &reading()));
        assert_eq!(
            booked.first().map(|m| (m.when, m.busy)),
            Some((When::AnyTime, false))
        );
    }

    #[test]
    fn a_call_that_runs_hours_before_the_meeting_of_its_room_is_one_of_its_own() {
        let now = room_core::Moment {
            since_start: std::time::Duration::ZERO,
            unix_ms: 1_795_780_800_000,
        };
        let mut day = crate::day::Day::new(crate::day::Policy::default());
        let told = [room("2026-11-27 14:00-15:30", true)];
        let now_ms = i64::try_from(now.unix_ms).unwrap();
        for fact in Rooms::default().facts(now_ms, &told, &reading()) {
            day.handle(now, fact);
        }
        let phases: Vec<_> = day.view(now).meetings.iter().map(|m| m.phase).collect();
        assert_eq!(phases, [MeetingPhase::Running, MeetingPhase::ToCome]);
    }

    #[test]
    fn a_call_runs_since_it_was_first_seen_and_a_later_one_anew() {
        let mut rooms = Rooms::default();
        let since = |rooms: &mut Rooms, now_ms, in_call| {
            let told = [room("", in_call)];
            let [_, calls] = meetings(rooms.facts(now_ms, &told, &reading()));
            calls.first().and_then(|call| call.when.begins_ms())
        };
        assert_eq!(since(&mut rooms, 5, true), Some(5));
        assert_eq!(since(&mut rooms, 6, true), Some(5));
        assert_eq!(since(&mut rooms, 7, false), None);
        assert_eq!(since(&mut rooms, 8, true), Some(8));
    }
}
