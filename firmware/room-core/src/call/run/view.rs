//! What may be seen of a call from outside.

use std::time::Duration;

use room_messages::api::{ConnectionQuality, Milestone};

use super::Run;
use crate::Moment;
use crate::call::people;
use crate::rtc::keeper::Keeper;
use crate::rtc::session::Member;
use crate::security::{Evidence, Person, Plain, Promise};

impl Run {
    /// Unix milliseconds since when the room is in the call.
    #[must_use]
    pub fn since_ms(&self) -> Option<u64> {
        self.since_ms
    }

    #[must_use]
    pub fn began_at(&self) -> Duration {
        self.timeline.began_at()
    }

    #[must_use]
    pub fn leaves_by_itself(&self) -> bool {
        self.keeper.as_ref().is_none_or(Keeper::leaves_by_itself)
    }

    #[must_use]
    pub fn timeline(&self) -> &[Milestone] {
        self.timeline.steps()
    }

    #[must_use]
    pub fn persons(&self) -> Vec<Person> {
        let mut persons = people::persons(&self.session.others, &self.names, &self.sfus);
        for (person, member) in persons.iter_mut().zip(&self.session.others) {
            person.lacks_key_since_ms = self.keys.lacked_since_ms(&member.peer());
        }
        persons
    }

    /// False once the member's SFU has not shown it for long; true while nothing is known.
    #[must_use]
    pub fn is_present(&self, member: &Member) -> bool {
        let seat = people::seat_of(member, &self.sfus);
        !seat.is_some_and(|seat| self.presence.is_absent(&seat))
    }

    /// How good the room's own connection is.
    #[must_use]
    pub fn own_quality(&self) -> Option<ConnectionQuality> {
        self.qualities.own()
    }

    #[must_use]
    pub fn quality_of(&self, member: &Member) -> Option<ConnectionQuality> {
        let seat = people::seat_of(member, &self.sfus);
        self.qualities.of(&seat?)
    }

    /// The persons who are really there: only they count for the call's security.
    #[must_use]
    pub fn present_persons(&self) -> Vec<Person> {
        let all = self.session.others.iter().zip(self.persons());
        let present = all.filter(|(member, _)| self.is_present(member));
        present.map(|(_, person)| person).collect()
    }

    #[must_use]
    pub fn name_of(&self, member: &Member) -> String {
        people::name_of(member, &self.names)
    }

    fn promise(&self) -> Promise {
        match self.state.as_ref().is_some_and(|state| state.encrypted) {
            true => Promise::Encrypted,
            false => Promise::Plain(Plain::MatrixRoom),
        }
    }

    /// The facts about every track.
    #[must_use]
    pub fn evidence<'a>(&'a self, now: Moment, people: &'a [Person]) -> Evidence<'a> {
        Evidence {
            promise: self.promise(),
            own: &self.own_tracks,
            peers: &self.peer_tracks,
            people,
            now_ms: now.unix_ms,
        }
    }

    #[must_use]
    pub fn hand_raised(&self) -> bool {
        self.hand.is_wanted()
    }

    /// The room's hand as everybody sees it.
    #[must_use]
    pub fn hand_seen(&self) -> bool {
        let own = self.session.own.as_ref();
        own.is_some_and(|own| self.hands.is_raised(own))
    }

    #[must_use]
    pub fn hand_of(&self, member: &Member) -> bool {
        self.hands.is_raised(member)
    }

    #[must_use]
    pub fn reaction_of(&self, member: &Member, now: Moment) -> Option<String> {
        self.hands.emoji(now.unix_ms, member).map(str::to_owned)
    }

    /// Unix milliseconds at which a shown emoji disappears.
    #[must_use]
    pub fn next_reaction_end_ms(&self, now: Moment) -> Option<u64> {
        self.hands.next_end_ms(now.unix_ms)
    }
}
