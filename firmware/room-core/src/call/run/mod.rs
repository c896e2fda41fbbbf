//! One call, from its target to being in it.
//!
//! Matrix room → transports → token and SFU ∥ membership ∥ keys → in the call. The membership is
//! sent before the SFU is connected, because neither side cares which comes first.
//! Invariant: a step names a failure instead of ending the call itself; the caller releases.

mod asking_in;
mod callees;
mod entering;
mod hands;
mod inviting;
mod keys;
mod media;
mod members;
mod question;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use room_messages::api::{Phase, Problem};
use room_messages::{OwnTrack, PeerTrack};

use super::Around;
use super::presence::Presence;
use super::quality::Qualities;
use super::timeline::Timeline;
use crate::RequestId;
use crate::input::Effect;
use crate::matrix::{Account, MatrixFact, MatrixOrder, RoomState, Standing};
use crate::problem::Issue;
use crate::rtc::Mode;
use crate::rtc::event::Event;
use crate::rtc::hands::Hands;
use crate::rtc::keeper::Keeper;
use crate::rtc::lookup::Lookup;
use crate::rtc::own_hand::OwnHand;
use crate::rtc::session::Session;
use crate::sfus::{Endpoint, SfuEffect, Sfus};
use crate::target::{Place, Target};
use callees::Callees;
use inviting::Inviting;
use keys::Keys;
use question::Question;

/// What one input came to.
#[derive(Debug, Default)]
pub struct Step {
    pub effects: Vec<Effect>,
    pub failed: Option<Problem>,
}

impl Step {
    pub(super) fn go_on(effects: Vec<Effect>) -> Self {
        Self {
            effects,
            failed: None,
        }
    }

    pub(super) fn fail(problem: Problem) -> Self {
        Self {
            effects: Vec::new(),
            failed: Some(problem),
        }
    }

    fn and(mut self, other: Self) -> Self {
        self.effects.extend(other.effects);
        self.failed = self.failed.or(other.failed);
        self
    }
}

/// How the own SFU is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OwnMedia {
    NotYet,
    Connected,
    Lost,
}

/// See the module.
#[derive(Debug)]
pub struct Run {
    id: RequestId,
    account: Account,
    mode: Mode,
    /// Identifier as given, for problems.
    label: String,
    via: Vec<String>,
    /// Whom the call is with, when it is with one person.
    person: Option<String>,
    is_made: bool,
    /// The call began without encryption.
    is_plain: bool,
    give_up_at: Duration,
    making: Question,
    resolving: Question,
    entering: Question,
    asking_transports: Question,
    room: Option<String>,
    state: Option<RoomState>,
    events: Vec<Event>,
    names: BTreeMap<String, Option<String>>,
    /// Service to publish through, once known.
    service: Option<String>,
    sfus: Sfus,
    own_media: OwnMedia,
    keeper: Option<Keeper>,
    keys: Keys,
    member_id: String,
    session: Session,
    presence: Presence,
    qualities: Qualities,
    was_in_call: bool,
    since_ms: Option<u64>,
    timeline: Timeline,
    peer_tracks: Vec<PeerTrack>,
    own_tracks: Vec<OwnTrack>,
    hands: Hands,
    lookup: Lookup,
    hand: OwnHand,
    callees: Callees,
    inviting: Inviting,
    /// Those who knock and were looked at.
    knocks: BTreeSet<String>,
}

impl Run {
    /// Begins to join.
    pub(super) fn begin(
        target: Target,
        account: Account,
        around: &mut Around<'_>,
    ) -> (Self, Vec<Effect>) {
        // Sticky events where the homeserver has none would reach nobody.
        let sticky = account.capabilities.sticky_events && account.capabilities.delayed_events;
        let mode = if sticky {
            around.mode
        } else {
            Mode::Compatibility
        };
        let endpoint = match mode {
            Mode::Compatibility => Endpoint::SfuGet,
            Mode::Matrix20 => Endpoint::GetToken,
        };
        let now = around.now.since_start;
        let (label, person) = match target.place.clone() {
            Place::Room(label) | Place::Alias(label) => (label, None),
            Place::Person(user) => (user.clone(), Some(user)),
            Place::New => (around.name.to_owned(), None),
        };
        let mut run = Self {
            id: around.requests.next(),
            member_id: member_id(mode, &account, around),
            keys: Keys::new(&account),
            account,
            mode,
            label,
            via: target.via,
            person,
            is_made: matches!(target.place, Place::Person(_) | Place::New),
            is_plain: false,
            give_up_at: now.saturating_add(super::JOIN_LIMIT),
            making: Question::default(),
            resolving: Question::default(),
            entering: Question::default(),
            asking_transports: Question::default(),
            room: None,
            state: None,
            events: Vec::new(),
            names: BTreeMap::new(),
            service: None,
            sfus: Sfus::new(endpoint),
            own_media: OwnMedia::NotYet,
            keeper: None,
            session: Session::default(),
            presence: Presence::default(),
            qualities: Qualities::default(),
            was_in_call: false,
            since_ms: None,
            timeline: Timeline::new(around.now),
            peer_tracks: Vec::new(),
            own_tracks: Vec::new(),
            hands: Hands::default(),
            lookup: Lookup::default(),
            hand: OwnHand::default(),
            callees: Callees::default(),
            inviting: Inviting::default(),
            knocks: BTreeSet::new(),
        };
        let effects = match target.place {
            Place::Alias(_) => vec![run.resolve(around)],
            Place::Room(room) => run.enter(room, around),
            Place::Person(_) | Place::New => vec![run.make(around)],
        };
        (run, effects)
    }

    /// The Matrix room that was made, or found, for this call: whoever comes back to it by its
    /// target would make another one, or ring again.
    pub(super) fn made_room(&self) -> Option<&str> {
        self.room.as_deref().filter(|_| self.is_made)
    }

    /// What the membership on its way out needs.
    pub(super) fn into_parts(self) -> (RequestId, Option<String>, Option<Keeper>) {
        (self.id, self.room, self.keeper)
    }

    pub(super) fn matrix(&mut self, fact: MatrixFact, around: &mut Around<'_>) -> Step {
        match fact {
            MatrixFact::Made { request, result } if self.making.is(request) => {
                self.made(result, around)
            }
            MatrixFact::Asked { request, result } => self.asked_in(request, result, around),
            MatrixFact::Resolved { request, result } if self.resolving.is(request) => {
                self.resolved(result, around)
            }
            MatrixFact::Entered { request, result } if self.entering.is(request) => {
                self.entered(result, around)
            }
            MatrixFact::Transports { request, result } if self.asking_transports.is(request) => {
                self.transports(result, around)
            }
            MatrixFact::Room(state) if self.room.as_ref() == Some(&state.room) => {
                self.room_changed(*state, around)
            }
            MatrixFact::Token { request, result } => {
                if result.is_ok() {
                    self.mark("token", around);
                }
                let answered = self
                    .sfus
                    .answered(around.now, request, result, around.requests);
                self.sfu_step(answered, around)
            }
            MatrixFact::Kept {
                run,
                request,
                outcome,
            } if run == self.id => {
                let Some(keeper) = &mut self.keeper else {
                    return Step::default();
                };
                let orders = keeper.answered(around.now, request, outcome);
                self.keeper_step(orders, around)
            }
            MatrixFact::KeySent { request, result } => {
                let step = self.keys.sent(request, result, around);
                if self.keys.is_shared() {
                    self.mark("key_sent", around);
                }
                Step::go_on(step)
            }
            MatrixFact::Online => Step::go_on(self.keys.homeserver_back(around)),
            MatrixFact::Key(key) => Step::go_on(self.keys.arrived(&key, around.now)),
            MatrixFact::Timeline { room, event } if self.room.as_ref() == Some(&room) => {
                self.timeline_event(event, around)
            }
            MatrixFact::Sent { request, result } => {
                let sent = result.as_ref().ok().map(String::as_str);
                self.callees.sent(request, sent);
                self.reaction_sent(request, result, around)
            }
            MatrixFact::Reactions { request, result } => self.reactions(request, result, around),
            _ => Step::default(),
        }
    }

    pub(super) fn tick(&mut self, around: &mut Around<'_>) -> Step {
        if !self.was_in_call && around.now.since_start >= self.give_up_at {
            return Step::fail(Issue::JoinTimedOut.about(self.what_is_missing()));
        }
        let mut step = Step::go_on(self.ask_again(around));
        let sfu = self.sfus.tick(around.now, around.requests);
        step = step.and(Step::go_on(self.sfu_effects(sfu)));
        if let Some(keeper) = &mut self.keeper {
            let orders = keeper.tick(around.now);
            step = step.and(self.keeper_step(orders, around));
        }
        let expired = self.session.next_expiry_ms;
        let dropped = self.presence.tick(around.now);
        if dropped || expired.is_some_and(|at| around.now.unix_ms >= at) {
            step = step.and(self.recount(around));
        }
        let keys = self.keys.tick(around);
        let hands = self.hands_due(around);
        let asking = self.asking_due(around);
        [keys, hands, asking]
            .into_iter()
            .fold(step, |step, effects| step.and(Step::go_on(effects)))
    }

    #[must_use]
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let give_up = (!self.was_in_call).then_some(self.give_up_at);
        let keeper = self.keeper.as_ref().and_then(Keeper::next_deadline);
        [
            give_up,
            keeper,
            self.sfus.next_deadline(),
            self.keys.next_deadline(),
            self.presence.next_deadline(),
            self.making.next_deadline(),
            self.callees.next_deadline(),
            self.inviting.next_deadline(),
            self.resolving.next_deadline(),
            self.entering.next_deadline(),
            self.asking_transports.next_deadline(),
            self.hand.next_deadline(),
            self.lookup.next_deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Unix milliseconds at which the list of members changes without an event.
    #[must_use]
    pub fn next_expiry_ms(&self) -> Option<u64> {
        self.session.next_expiry_ms
    }

    #[must_use]
    pub fn phase(&self) -> Phase {
        let member = self.keeper.as_ref().is_some_and(Keeper::is_member);
        let up = self.own_media == OwnMedia::Connected && member;
        match (self.was_in_call, up) {
            (_, true) => Phase::InCall,
            (false, false) => Phase::Joining,
            (true, false) => Phase::Reconnecting,
        }
    }

    /// Marks the moment the room is in the call for the first time.
    fn settle(&mut self, around: &Around<'_>) {
        if !self.was_in_call && self.phase() == Phase::InCall {
            self.was_in_call = true;
            self.since_ms = Some(around.now.unix_ms);
            self.mark("in_call", around);
        }
    }

    /// Notes a step of the join the first time it is reached.
    fn mark(&mut self, step: &str, around: &Around<'_>) {
        self.timeline.mark(step, around.now);
    }

    fn what_is_missing(&self) -> &'static str {
        if self.room.is_none() || !self.has_entered() {
            "Matrix room"
        } else if self.service.is_none() {
            "transports"
        } else if !self.keeper.as_ref().is_some_and(Keeper::is_member) {
            "membership"
        } else {
            "media"
        }
    }

    fn has_entered(&self) -> bool {
        self.state
            .as_ref()
            .is_some_and(|state| state.standing == Standing::Joined)
    }

    fn sfu_effects(&self, effects: Vec<SfuEffect>) -> Vec<Effect> {
        let room = self.room.clone().unwrap_or_default();
        effects
            .into_iter()
            .map(|effect| match effect {
                SfuEffect::Media(order) => Effect::Media(order),
                SfuEffect::Ask(token) => Effect::Matrix(MatrixOrder::AskToken {
                    room: room.clone(),
                    member_id: self.member_id.clone(),
                    token,
                }),
            })
            .collect()
    }

    fn keeper_step(&mut self, orders: Vec<crate::rtc::keeper::Order>, around: &Around<'_>) -> Step {
        let Some(keeper) = &self.keeper else {
            return Step::default();
        };
        if keeper.is_refused() && !self.was_in_call {
            return Step::fail(Issue::MembershipRefused.problem());
        }
        if keeper.is_member() {
            self.mark("membership", around);
        }
        self.settle(around);
        let room = self.room.clone().unwrap_or_default();
        Step::go_on(super::keep(self.id, &room, orders))
    }
}

/// Matrix 2.0 wants an id no other join ever had; compatibility mode names user and device.
fn member_id(mode: Mode, account: &Account, around: &mut Around<'_>) -> String {
    match mode {
        Mode::Compatibility => format!("{}:{}", account.user, account.device),
        Mode::Matrix20 => uuid_v4(around.entropy.bytes()),
    }
}

/// RFC 9562, version 4, from 16 of the given random bytes.
fn uuid_v4(random: [u8; 32]) -> String {
    let mut hex = String::with_capacity(36);
    for (place, byte) in random.iter().take(16).enumerate() {
        let byte = match place {
            6 => byte & 0x0f | 0x40,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        if matches!(place, 4 | 6 | 8 | 10) {
            hex.push('-');
        }
        hex.push_str(&format!("{byte:02x}"));
    }
    hex
}
