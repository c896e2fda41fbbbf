//! What a panel shows of a Visio meeting.

use room_messages::Source;
use room_messages::api::{Call, NamedConnection, Participant};

use super::Room;
use super::status::track_state;
use crate::Moment;
use crate::call::{Guest, Visit};
use crate::security;

impl Room {
    /// The media server itself drops a guest that is gone.
    pub(super) fn visit_status(&self, visit: &Visit, now: Moment, blank: Call) -> Call {
        Call {
            name: Some(visit.code().to_owned()),
            since_ms: visit.since_ms(),
            connection: visit.own_quality(),
            participants: self.guests(visit, now),
            hand_raised: visit.hand_raised(),
            visio: Some(visit.status()),
            ..blank
        }
    }

    fn guests(&self, visit: &Visit, now: Moment) -> Vec<Participant> {
        let persons = visit.persons();
        let evidence = visit.evidence(now, &persons);
        let each = visit.guests().iter().zip(&persons);
        each.map(|(guest, person)| Participant {
            name: person.label.clone(),
            user: guest.person.identity.0.clone(),
            device: String::new(),
            present: true,
            microphone: track_state(evidence, person, Source::Microphone),
            camera: track_state(evidence, person, Source::Camera),
            screen_share: track_state(evidence, person, Source::ScreenShare),
            encryption: security::of_person(evidence, person),
            connection: visit.quality_of(guest),
            speaking: self.speaking.contains(&guest.person.identity),
            hand_raised: guest.person.hand_raised_at.is_some(),
            reaction: None,
        })
        .collect()
    }
}

pub(super) fn connections(visit: &Visit) -> Vec<NamedConnection> {
    let own = visit.own_quality().map(|quality| NamedConnection {
        user: None,
        quality,
    });
    let of = |guest: &Guest| {
        Some(NamedConnection {
            user: Some(guest.person.identity.0.clone()),
            quality: visit.quality_of(guest)?,
        })
    };
    own.into_iter()
        .chain(visit.guests().iter().filter_map(of))
        .collect()
}
