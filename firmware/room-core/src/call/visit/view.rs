//! What may be seen of a visit from outside.

use std::time::Duration;

use room_messages::api::{ConnectionQuality, Milestone, Problem, Visio};
use room_messages::{SfuId, Source};

use super::{Guest, Link, Visit};
use crate::Moment;
use crate::call::people::clean_name;
use crate::problem::Issue;
use crate::security::{Evidence, Person, Plain, Promise};

/// Stands for a name of which nothing can be shown.
const NAMELESS: &str = "—";

/// A name made fit for a screen.
#[must_use]
pub fn name_of(guest: &Guest) -> String {
    let name = clean_name(Some(&guest.person.name), "");
    if name.is_empty() {
        NAMELESS.to_owned()
    } else {
        name
    }
}

impl Visit {
    /// Whether camera and microphone may be open: not before the room was let in.
    #[must_use]
    pub fn captures(&self) -> bool {
        self.was_in_call || self.link != Link::None
    }

    /// Unix milliseconds since when the room is in the meeting.
    #[must_use]
    pub fn since_ms(&self) -> Option<u64> {
        self.since_ms
    }

    #[must_use]
    pub fn began_at(&self) -> Duration {
        self.timeline.began_at()
    }

    #[must_use]
    pub fn timeline(&self) -> &[Milestone] {
        self.timeline.steps()
    }

    #[must_use]
    pub fn own_quality(&self) -> Option<ConnectionQuality> {
        self.qualities.own()
    }

    #[must_use]
    pub fn quality_of(&self, guest: &Guest) -> Option<ConnectionQuality> {
        let seat = (SfuId::OWN, guest.person.identity.clone());
        self.qualities.of(&seat)
    }

    /// Everybody in the meeting but the room.
    #[must_use]
    pub fn guests(&self) -> &[Guest] {
        &self.people
    }

    #[must_use]
    pub fn code(&self) -> &str {
        self.door.meeting().code()
    }

    #[must_use]
    pub fn hand_raised(&self) -> bool {
        self.hand.is_wanted()
    }

    /// The room's hand as everybody sees it.
    #[must_use]
    pub fn hand_seen(&self) -> bool {
        self.hand.is_seen()
    }

    #[must_use]
    pub fn persons(&self) -> Vec<Person> {
        let person = |guest: &Guest| Person {
            sfu: SfuId::OWN,
            identity: guest.person.identity.clone(),
            label: name_of(guest),
            since_ms: guest.since_ms,
            lacks_key_since_ms: None,
        };
        self.people.iter().map(person).collect()
    }

    /// The facts about every track; whatever they are, the meeting promises no encryption.
    #[must_use]
    pub fn evidence<'a>(&'a self, now: Moment, people: &'a [Person]) -> Evidence<'a> {
        Evidence {
            promise: Promise::Plain(Plain::Visio),
            own: &self.own_tracks,
            peers: &self.peer_tracks,
            people,
            now_ms: now.unix_ms,
        }
    }

    #[must_use]
    pub fn status(&self) -> Visio {
        Visio {
            instance: self.door.meeting().host().to_owned(),
            entry: self.door.entry(),
            registered: self.door.is_registered(),
            name: self.door.name().to_owned(),
        }
    }

    /// Whether a moderator forbids the microphone and the camera.
    #[must_use]
    pub fn forbidden(&self) -> (bool, bool) {
        (
            self.forbids(Source::Microphone),
            self.forbids(Source::Camera),
        )
    }

    #[must_use]
    pub fn may_share(&self) -> bool {
        !self.forbids(Source::ScreenShare)
    }

    fn forbids(&self, source: Source) -> bool {
        let allowed = self.may_publish.as_ref();
        allowed.is_some_and(|allowed| !allowed.contains(&source))
    }

    /// Why a hand cannot be raised here.
    #[must_use]
    pub fn no_hand(&self) -> Option<Issue> {
        if !self.was_in_call {
            return Some(Issue::NotInCall);
        }
        (!self.door.is_registered()).then_some(Issue::VisioNoHand)
    }

    /// What the room should know of the meeting.
    #[must_use]
    pub fn notices(&self) -> Vec<Problem> {
        let host = self.door.meeting().host();
        let mut notices = Vec::new();
        if !self.door.is_registered() {
            notices.push(Issue::VisioUnregistered.about(host));
        }
        if self.door.name() != clean_name(Some(&self.given_name), "") {
            notices.push(Issue::VisioRenamed.about(self.door.name()));
        }
        if self.hand.is_refused() {
            notices.push(Issue::VisioHandRefused.about(host));
        }
        notices
    }
}
