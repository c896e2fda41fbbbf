//! The whole mind of one room: facts and time in, orders out.
//!
//! Invariants: one call at most; nothing is captured outside a call; the hardware mute line wins;
//! after a leave or a shut-down everything is released, in whatever order late answers come.
//! The wanted condition of `mediad` is stated anew after every input; only changes are sent.

mod acceptances;
mod asks;
mod buttons;
mod faults;
mod lamp;
mod outage;
mod spoken;
mod stage;
mod status;
mod visiting;

use std::collections::BTreeMap;
use std::time::Duration;

use room_messages::api::{Homeserver, Language, Problem};
use room_messages::{Configuration, DeviceState, Fact, Identity, Order, Source};

use crate::bells::Bells;
use crate::call::{Around, Call};
use crate::help::Help;
use crate::input::{BoardFact, Effect, Input};
use crate::invitations::{InvitationRule, accepts};
use crate::lens::Lens;
use crate::matrix::{Account, MatrixFact, MatrixOrder, RoomState};
use crate::media::Media;
use crate::mute::Mute;
use crate::prompts::Prompts;
use crate::rtc::Mode;
use crate::share::Share;
use crate::staging::Staging;
use crate::visio::Instances;
use crate::{Entropy, Moment, RequestId};
use acceptances::Acceptances;
use outage::Outage;

pub use lamp::Lamp;

/// What the installer decided.
#[derive(Clone, Debug)]
pub struct Character {
    pub name: String,
    pub language: Language,
    /// Address of the homeserver, for problems.
    pub homeserver: String,
    /// Version of `roomd`.
    pub version: String,
    pub mode: Mode,
    /// `livekit_service_url` used when the homeserver names none.
    pub transport: Option<String>,
    pub invitations: Vec<InvitationRule>,
    /// Visio instances that may be joined.
    pub visio: Instances,
    /// The loudest that voices are played, 10 to 100.
    pub maximum_volume: u8,
    /// How loud a call rings, 0 to 100.
    pub ring_volume: u8,
    /// Whether what happens is said aloud.
    pub spoken_prompts: bool,
    pub media: Configuration,
}

/// Devices as `mediad` last said they are.
#[derive(Clone, Copy, Debug)]
struct Devices {
    camera: DeviceState,
    microphone: DeviceState,
    speaker: DeviceState,
    content: DeviceState,
    /// Volume voices are played with; `None` while no `mediad` has told it.
    volume: Option<u8>,
}

/// See the module.
pub struct Room {
    character: Character,
    entropy: Box<dyn Entropy>,
    requests: RequestId,
    account: Option<Account>,
    /// Said by the session, also before it says who we are.
    verified: bool,
    homeserver: Homeserver,
    /// Why there is no session.
    login_problem: Option<Problem>,
    state_fault: Option<Problem>,
    /// What `fleetd` finds wrong with the unit.
    unit_faults: Vec<Problem>,
    updating: bool,
    board_fault: Option<Problem>,
    api_fault: Option<Problem>,
    mute: Mute,
    share: Share,
    media: Media,
    outage: Outage,
    devices: Devices,
    speaking: Vec<Identity>,
    staging: Staging,
    lens: Lens,
    call: Call,
    bells: Bells,
    hushed: bool,
    help: Help,
    prompts: Prompts,
    acceptances: Acceptances,
    /// The rooms the call and the bells watch.
    call_rooms: Vec<String>,
    watched: Vec<String>,
    /// The watched rooms as last shown: a session tells a room anew only when it changed.
    shown: BTreeMap<String, RoomState>,
    /// The call has begun to watch its room, and has not been shown it.
    owes_state: bool,
    /// Target of the meeting for which Join is lit.
    meeting: Option<String>,
    last_target: Option<String>,
    stopping: bool,
    finished: bool,
}

impl std::fmt::Debug for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Room")
            .field("phase", &self.call.phase())
            .finish_non_exhaustive()
    }
}

impl Room {
    #[must_use]
    pub fn new(character: Character, entropy: Box<dyn Entropy>) -> Self {
        let screen = stage::idle(Homeserver::Connecting);
        let maximum = character.maximum_volume;
        Self {
            media: Media::new(character.media.clone(), screen, maximum),
            character,
            entropy,
            requests: RequestId::default(),
            account: None,
            verified: false,
            homeserver: Homeserver::Connecting,
            login_problem: None,
            state_fault: None,
            unit_faults: Vec::new(),
            updating: false,
            board_fault: None,
            api_fault: None,
            mute: Mute::default(),
            share: Share::default(),
            outage: Outage::default(),
            devices: Devices {
                camera: DeviceState::Off,
                microphone: DeviceState::Off,
                speaker: DeviceState::Off,
                content: DeviceState::Absent,
                volume: None,
            },
            speaking: Vec::new(),
            staging: Staging::default(),
            lens: Lens::default(),
            call: Call::default(),
            bells: Bells::default(),
            hushed: false,
            help: Help::default(),
            prompts: Prompts::default(),
            acceptances: Acceptances::default(),
            call_rooms: Vec::new(),
            watched: Vec::new(),
            shown: BTreeMap::new(),
            owes_state: false,
            meeting: None,
            last_target: None,
            stopping: false,
            finished: false,
        }
    }

    /// One thing happened: everything to do about it.
    pub fn handle(&mut self, now: Moment, input: Input) -> Vec<Effect> {
        let pressed = match &input {
            Input::Board(BoardFact::Pressed(button)) => Some(*button),
            _ => None,
        };
        let mut effects = self.react(now, input);
        effects.extend(self.give_up_on_media(now));
        self.bells.tick(now);
        self.help.tick(now);
        effects.extend(self.watch_when_changed());
        effects.extend(self.show_known_room(now));
        self.mute.set_capturing(self.call.captures());
        self.mute.forbid(self.call.forbidden());
        self.share.observe(now.since_start, self.around_share());
        self.settle_stage(now);
        if !self.call.captures() {
            self.lens.rest();
        }
        let view = self.lens.view();
        let seen = [
            self.share.order(),
            Order::SetView { view },
            self.ring(now),
            self.screen(now),
            Order::Arrange(self.staging.arrangement()),
        ];
        let said = self.say(now, pressed);
        let orders = self.mute.orders().into_iter().chain(seen).chain(said);
        let orders: Vec<_> = orders.filter_map(|order| self.media.order(order)).collect();
        effects.extend(orders.into_iter().map(Effect::Media));
        if self.stopping && self.call.is_released() && !self.finished {
            self.finished = true;
            effects.push(Effect::Finished);
        }
        effects
    }

    fn react(&mut self, now: Moment, input: Input) -> Vec<Effect> {
        let effects = match input {
            Input::Tick => {
                let mut effects = self.with_call(now, Call::tick);
                let due = self.acceptances.due(now, &mut self.requests);
                effects.extend(due.into_iter().map(Effect::Matrix));
                effects
            }
            Input::Ask(_) | Input::Remembered { .. } if self.stopping => Vec::new(),
            Input::Ask(ask) => self.asked(now, ask),
            Input::Board(fact) => self.board(now, fact),
            Input::MediaUp => {
                self.outage.came_up(now);
                return self
                    .media
                    .came_up()
                    .into_iter()
                    .map(Effect::Media)
                    .collect();
            }
            Input::MediaDown => {
                self.outage.went_down(now);
                self.media_went_down();
                Vec::new()
            }
            Input::Media(fact) => self.media_fact(now, fact),
            Input::Matrix(fact) => self.matrix_fact(now, fact),
            Input::Visio(fact) => self.with_call(now, |call, around| call.visio(&fact, around)),
            Input::Remembered { target } => {
                self.with_call(now, |call, around| call.join(&target, true, around))
            }
            Input::Presets(presets) => {
                self.lens.remember(presets);
                Vec::new()
            }
            Input::Meeting { target } => {
                self.meeting = target;
                Vec::new()
            }
            Input::Hush(hushed) => {
                self.hushed = hushed;
                Vec::new()
            }
            Input::BoardFault(problem) => {
                self.board_fault = Some(problem);
                Vec::new()
            }
            Input::ApiFault(problem) => {
                self.api_fault = problem;
                Vec::new()
            }
            Input::UnitFaults(problems) => {
                self.unit_faults = problems;
                Vec::new()
            }
            Input::Updating(updating) => {
                self.updating = updating;
                Vec::new()
            }
            Input::StateFault(problem) => {
                self.state_fault = problem;
                Vec::new()
            }
            Input::ShutDown => {
                self.stopping = true;
                self.with_call(now, Call::leave)
            }
        };
        self.through_conditions(effects)
    }

    /// Ends a join that has waited long enough for a `mediad` that is not there.
    fn give_up_on_media(&mut self, now: Moment) -> Vec<Effect> {
        if self.media_deadline().is_none_or(|at| now.since_start < at) {
            return Vec::new();
        }
        let problem = crate::problem::Issue::MediaDown.problem();
        let effects = self.with_call(now, |call, around| call.give_up(problem, around));
        self.through_conditions(effects)
    }

    fn media_deadline(&self) -> Option<Duration> {
        self.outage.gives_up_at(self.call.joining_since()?)
    }

    /// Takes orders to `mediad` into its wanted condition and the rooms to watch into their
    /// set; drops those that change nothing.
    fn through_conditions(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Media(order) => self.media.order(order).map(Effect::Media),
                Effect::Matrix(MatrixOrder::Watch { rooms }) => {
                    self.call_rooms = rooms;
                    self.owes_state = !self.call_rooms.is_empty();
                    self.watch_when_changed()
                }
                effect => Some(effect),
            })
            .collect()
    }

    /// The rooms of the call and of what may ring, when they are not those watched already.
    fn watch_when_changed(&mut self) -> Option<Effect> {
        let mut rooms = self.call_rooms.clone();
        let ringing = self
            .bells
            .rooms()
            .filter(|room| !self.call_rooms.iter().any(|r| r == room));
        rooms.extend(ringing.map(str::to_owned));
        if rooms == self.watched {
            return None;
        }
        self.watched.clone_from(&rooms);
        Some(Effect::Matrix(MatrixOrder::Watch { rooms }))
    }

    /// Shows the call the room it has just begun to watch, when it was watched before.
    fn show_known_room(&mut self, now: Moment) -> Vec<Effect> {
        let owed = std::mem::take(&mut self.owes_state);
        let known = self.call_rooms.first().filter(|_| owed);
        let effects = match known.and_then(|room| self.shown.get(room)).cloned() {
            Some(state) => {
                let fact = MatrixFact::Room(Box::new(state));
                self.with_call(now, |call, around| call.matrix(fact, around))
            }
            None => Vec::new(),
        };
        let effects = self.through_conditions(effects);
        let watched = &self.watched;
        self.shown.retain(|room, _| watched.contains(room));
        effects
    }

    /// Lets the call act with what is around it.
    fn with_call<T>(
        &mut self,
        now: Moment,
        act: impl FnOnce(&mut Call, &mut Around<'_>) -> T,
    ) -> T {
        let mut around = Around {
            now,
            account: self.account.as_ref(),
            no_session: self.login_problem.as_ref(),
            mode: self.character.mode,
            transport: self.character.transport.as_deref(),
            visio: &self.character.visio,
            name: &self.character.name,
            invitations: &self.character.invitations,
            requests: &mut self.requests,
            entropy: self.entropy.as_mut(),
        };
        act(&mut self.call, &mut around)
    }

    fn board(&mut self, now: Moment, fact: BoardFact) -> Vec<Effect> {
        match fact {
            BoardFact::MuteLine { asserted } => {
                self.mute.set_line(asserted);
                Vec::new()
            }
            BoardFact::Pressed(button) => self.pressed(now, button),
            BoardFact::Plugged { device, present } => {
                vec![Effect::Media(Order::SimulateDevice { device, present })]
            }
        }
    }

    fn media_went_down(&mut self) {
        self.media.went_down();
        self.speaking.clear();
        let gone = |state: &mut DeviceState| {
            if *state != DeviceState::Absent {
                *state = DeviceState::Off;
            }
        };
        gone(&mut self.devices.camera);
        gone(&mut self.devices.microphone);
        gone(&mut self.devices.speaker);
        gone(&mut self.devices.content);
        self.devices.volume = None;
        self.call.media_down();
    }

    fn media_fact(&mut self, now: Moment, fact: Fact) -> Vec<Effect> {
        match fact {
            Fact::Devices {
                camera,
                microphone,
                speaker,
                content,
                volume,
            } => {
                self.devices = Devices {
                    camera,
                    microphone,
                    speaker,
                    content,
                    volume: Some(volume),
                };
                Vec::new()
            }
            Fact::MutedByServer {
                source: Source::ScreenShare,
            } => {
                self.share.stopped_by_server();
                Vec::new()
            }
            Fact::MutedByServer { source } => {
                self.mute.muted_by_server(source);
                Vec::new()
            }
            Fact::Speaking { identities } => {
                self.speaking = identities;
                Vec::new()
            }
            fact => self.with_call(now, |call, around| call.media(&fact, around)),
        }
    }

    fn matrix_fact(&mut self, now: Moment, fact: MatrixFact) -> Vec<Effect> {
        match fact {
            MatrixFact::LoggedIn(ref account) => {
                self.verified |= account.verified;
                self.account = Some(account.clone());
                self.login_problem = None;
                self.homeserver = Homeserver::Online;
            }
            MatrixFact::Verified(verified) => self.verified = verified,
            MatrixFact::Online => self.homeserver = Homeserver::Online,
            MatrixFact::Offline => self.homeserver = Homeserver::Offline,
            MatrixFact::LoginFailed {
                ref problem,
                lasting,
            } => {
                self.homeserver = if lasting {
                    Homeserver::Refused
                } else {
                    Homeserver::Connecting
                };
                self.login_problem = Some(problem.clone());
            }
            MatrixFact::LoggedOut => self.logged_out(),
            MatrixFact::Invited { room, inviter } => return self.invited(now, room, inviter),
            MatrixFact::Accepted { request, result } => {
                self.acceptances.answered(now, request, result);
                return Vec::new();
            }
            MatrixFact::Timeline {
                ref room,
                ref event,
            } => self.heard(now, room, event),
            MatrixFact::Room(ref state) => {
                self.shown
                    .insert(state.room.clone(), RoomState::clone(state));
                if let Some(account) = &self.account {
                    self.bells.state(now, state, account);
                }
            }
            _ => {}
        }
        self.with_call(now, |call, around| call.matrix(fact, around))
    }

    /// An event of any room's timeline: somebody may ring.
    fn heard(&mut self, now: Moment, room: &str, event: &serde_json::Value) {
        let own = self.account.as_ref();
        let user = own.map_or("", |account| account.user.as_str());
        self.bells.observe(now, room, event, user);
        // A room that is watched already is told anew only when it changes.
        if let (Some(state), Some(account)) = (self.shown.get(room), own) {
            self.bells.state(now, state, account);
        }
    }

    fn logged_out(&mut self) {
        self.homeserver = Homeserver::Refused;
        let server = self.character.homeserver.as_str();
        self.login_problem = Some(crate::problem::Issue::TokenExpired.about(server));
    }

    fn invited(&mut self, now: Moment, room: String, inviter: Option<String>) -> Vec<Effect> {
        let own = self
            .account
            .as_ref()
            .map_or("", |account| account.user.as_str());
        let welcome =
            inviter.is_some_and(|inviter| accepts(&self.character.invitations, own, &inviter));
        if !welcome {
            return Vec::new();
        }
        let orders = self.acceptances.accept(now, room, &mut self.requests);
        orders.into_iter().map(Effect::Matrix).collect()
    }

    /// When [`Input::Tick`] is next of use, since start.
    #[must_use]
    pub fn next_deadline(&self, now: Moment) -> Option<Duration> {
        let by_clock = self.next_change_ms(now).map(|at| {
            let left = at.saturating_sub(now.unix_ms);
            now.since_start.saturating_add(Duration::from_millis(left))
        });
        [
            self.call.next_deadline(),
            by_clock,
            self.media_deadline(),
            self.staging.next_change(),
            self.share.ends_at(),
            self.acceptances.next_deadline(),
            self.help.next_deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Number of the present join order: grows with each.
    #[must_use]
    pub fn attempt(&self) -> u64 {
        self.call.attempt()
    }

    /// Volume that is really played with; `None` while `mediad` is away.
    #[must_use]
    pub fn volume_played(&self) -> Option<u8> {
        self.devices.volume
    }

    /// Whether the room's hand is up as everybody sees it.
    #[must_use]
    pub fn hand_seen(&self) -> bool {
        self.call.hand_seen()
    }
}

#[cfg(test)]
mod tests;
