//! What `mediad` reports of this meeting.

use room_messages::api::Problem;
use room_messages::{
    EndReason, Fact, MAX_ROSTER, Order, RosterEntry, SfuId, SfuPerson, SfuState, Source,
};

use super::{Around, CONNECT_LIMIT, Guest, Link, Step, Visit, view};
use crate::Moment;
use crate::call::people::clean_name;
use crate::input::Effect;
use crate::problem::Issue;
use crate::visio::Pass;

/// First connections tried before a join is given up; those to a server that has no such room.
const TRIES: u32 = 3;
const MISSING_TRIES: u32 = 2;
/// Before the instance is asked for another pass, by the number of failures.
const PAUSES: [u64; 4] = [0, 1, 5, 15];

impl Visit {
    /// The one place where a meeting's media is ordered: without end-to-end encryption.
    pub(super) fn connect(&mut self, pass: Pass, now: Moment) -> Effect {
        self.timeline.mark("token", now);
        self.token = Some(pass.token.clone());
        let (url, token, sfu) = (pass.url, pass.token, SfuId::OWN);
        if self.link != Link::None {
            return Effect::Media(Order::RenewToken { sfu, token });
        }
        self.link = Link::Ordered;
        self.connect_until = Some(now.since_start.saturating_add(CONNECT_LIMIT));
        self.address.clone_from(&url);
        Effect::Media(Order::Visit { url, token })
    }

    pub(in crate::call) fn media(&mut self, fact: &Fact, around: &mut Around<'_>) -> Step {
        self.qualities.fact(fact);
        match fact {
            Fact::Sfu { sfu, state } if *sfu == SfuId::OWN => self.sfu(state, around),
            Fact::TokenNeeded { .. } => {
                self.door.renew(around.now.since_start);
                Step::go_on(self.due(around))
            }
            Fact::FreshToken { token, .. } => {
                self.token = Some(token.clone());
                Step::default()
            }
            Fact::People {
                own,
                may_publish,
                others,
                ..
            } => self.people(own, may_publish, others, around),
            Fact::PeerTracks { tracks } => {
                self.peer_tracks.clone_from(tracks);
                self.timeline.mark_first(tracks, around.now);
                Step::default()
            }
            Fact::OwnTracks { tracks } => {
                self.own_tracks.clone_from(tracks);
                Step::default()
            }
            _ => Step::default(),
        }
    }

    fn sfu(&mut self, state: &SfuState, around: &mut Around<'_>) -> Step {
        // Of a connection that was given up.
        if self.link == Link::None {
            return Step::default();
        }
        match state {
            SfuState::Connecting => {}
            SfuState::Connected => {
                self.link = Link::Up;
                self.timeline.mark("sfu_connected", around.now);
                self.settle(around.now);
            }
            SfuState::Reconnecting => self.lose(),
            SfuState::Ended { reason } => return self.ended(reason, around),
        }
        Step::go_on(self.due(around))
    }

    fn lose(&mut self) {
        if self.link == Link::Up {
            self.link = Link::Lost;
        }
    }

    /// Thrown out or closed, the meeting is over for this room; anything else may come right by
    /// another pass. A removed guest's token would still be taken by the media server: to use it
    /// would be to come back against a moderator's word.
    fn ended(&mut self, reason: &EndReason, around: &mut Around<'_>) -> Step {
        self.failures = self.failures.saturating_add(1);
        let most = match reason {
            EndReason::Asked => return Step::default(),
            EndReason::Removed | EndReason::DuplicateIdentity | EndReason::RoomClosed => 0,
            EndReason::RoomMissing => MISSING_TRIES,
            EndReason::NotAllowed | EndReason::Unreachable { .. } => TRIES,
        };
        if most == 0 || (!self.was_in_call && self.failures >= most) {
            return Step::fail(self.end_problem(reason));
        }
        self.link = Link::None;
        let place = usize::try_from(self.failures - 1).unwrap_or(usize::MAX);
        let pause = PAUSES.get(place).or(PAUSES.last()).copied().unwrap_or(0);
        let pause = std::time::Duration::from_secs(pause);
        self.door
            .renew(around.now.since_start.saturating_add(pause));
        Step::go_on(self.due(around))
    }

    fn end_problem(&self, reason: &EndReason) -> Problem {
        match reason {
            EndReason::Removed => Issue::VisioRemoved,
            EndReason::DuplicateIdentity => Issue::VisioDuplicate,
            EndReason::RoomClosed | EndReason::Asked => Issue::SfuClosed,
            EndReason::RoomMissing => Issue::SfuRoomMissing,
            EndReason::NotAllowed => Issue::VisioPassRefused,
            EndReason::Unreachable { .. } => Issue::SfuUnreachable,
        }
        .about(&self.address)
    }

    fn people(
        &mut self,
        own: &SfuPerson,
        may_publish: &[Source],
        others: &[SfuPerson],
        around: &mut Around<'_>,
    ) -> Step {
        self.may_publish = Some(may_publish.to_vec());
        self.hand.shown(own.hand_raised_at.is_some());
        let name = clean_name(Some(&own.name), "");
        if !name.is_empty() {
            self.door.rename(name);
        }
        self.people = self.known(others, around.now.unix_ms);
        let mut effects = vec![Effect::Media(self.roster())];
        effects.extend(self.due(around));
        Step::go_on(effects)
    }

    fn known(&self, others: &[SfuPerson], now_ms: u64) -> Vec<Guest> {
        let since = |person: &SfuPerson| {
            let mut before = self.people.iter();
            let known = before.find(|guest| guest.person.identity == person.identity);
            known.map_or(now_ms, |guest| guest.since_ms)
        };
        let others = others.iter().take(MAX_ROSTER);
        others
            .map(|person| Guest {
                since_ms: since(person),
                person: person.clone(),
            })
            .collect()
    }

    fn roster(&self) -> Order {
        let entries = self.people.iter().map(|guest| RosterEntry {
            sfu: SfuId::OWN,
            identity: guest.person.identity.clone(),
            name: view::name_of(guest),
        });
        Order::SetRoster {
            entries: entries.collect(),
        }
    }

    /// The process is gone, and with it every connection and track.
    pub(in crate::call) fn media_down(&mut self) {
        self.peer_tracks.clear();
        self.own_tracks.clear();
        self.qualities.media_down();
        self.lose();
    }
}
