//! From the target to the Matrix room, its state and a service to publish through.

use serde_json::Value;

use super::{Around, Run, Step};
use crate::input::Effect;
use crate::matrix::{Failure, MatrixOrder, RoomState, Standing};
use crate::problem::Issue;
use crate::rtc::keeper::{Joining, Keeper};
use crate::rtc::membership::sticky;
use crate::rtc::power::Action;
use crate::rtc::{Intent, Mode, making, transports};

impl Run {
    /// Asks for the Matrix room that the call is to be in.
    pub(super) fn make(&mut self, around: &mut Around<'_>) -> Effect {
        let body = match &self.person {
            Some(user) => making::direct(user),
            None => making::meeting(around.name),
        };
        Effect::Matrix(MatrixOrder::Make {
            request: self.making.ask(around.requests),
            person: self.person.clone(),
            body,
        })
    }

    pub(super) fn made(
        &mut self,
        result: Result<String, Failure>,
        around: &mut Around<'_>,
    ) -> Step {
        match result {
            Ok(room) => {
                self.making.close();
                if let Some(user) = self.person.clone() {
                    // The body, or the room there was, has asked them in.
                    self.callees.call(around.now, &user, false);
                }
                Step::go_on(self.enter(room, around))
            }
            Err(failure) if self.making.waits(around.now, failure, self.give_up_at) => {
                Step::default()
            }
            Err(Failure::Network) => Step::fail(self.homeserver_problem(Failure::Network)),
            Err(_) => Step::fail(Issue::RoomNotMade.about(self.server())),
        }
    }

    pub(super) fn resolve(&mut self, around: &mut Around<'_>) -> Effect {
        Effect::Matrix(MatrixOrder::Resolve {
            request: self.resolving.ask(around.requests),
            alias: self.label.clone(),
        })
    }

    pub(super) fn resolved(
        &mut self,
        result: Result<(String, Vec<String>), Failure>,
        around: &mut Around<'_>,
    ) -> Step {
        match result {
            Ok((room, servers)) => {
                self.resolving.close();
                if self.via.is_empty() {
                    self.via = servers;
                }
                Step::go_on(self.enter(room, around))
            }
            Err(failure) if self.resolving.waits(around.now, failure, self.give_up_at) => {
                Step::default()
            }
            Err(Failure::NotFound | Failure::Refused) => {
                Step::fail(Issue::RoomUnknown.about(&self.label))
            }
            Err(failure) => Step::fail(self.homeserver_problem(failure)),
        }
    }

    /// Asks for everything at once: being in the room, its state, and where calls are carried.
    pub(super) fn enter(&mut self, room: String, around: &mut Around<'_>) -> Vec<Effect> {
        self.mark("resolved", around);
        self.keys.listen(&room);
        let rooms = vec![room.clone()];
        self.room = Some(room);
        vec![
            Effect::Matrix(MatrixOrder::Watch { rooms }),
            self.ask_to_enter(around),
            self.ask_transports(around),
        ]
    }

    fn ask_to_enter(&mut self, around: &mut Around<'_>) -> Effect {
        Effect::Matrix(MatrixOrder::Enter {
            request: self.entering.ask(around.requests),
            room: state_room(&self.room),
            via: self.via.clone(),
        })
    }

    fn ask_transports(&mut self, around: &mut Around<'_>) -> Effect {
        let request = self.asking_transports.ask(around.requests);
        Effect::Matrix(MatrixOrder::AskTransports { request })
    }

    /// Asks again what the homeserver wanted us to wait with.
    pub(super) fn ask_again(&mut self, around: &mut Around<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.making.is_due(around.now) {
            effects.push(self.make(around));
        }
        if self.resolving.is_due(around.now) {
            effects.push(self.resolve(around));
        }
        if self.entering.is_due(around.now) {
            if self.has_entered() {
                self.entering.close();
            } else {
                effects.push(self.ask_to_enter(around));
            }
        }
        if self.asking_transports.is_due(around.now) {
            effects.push(self.ask_transports(around));
        }
        effects
    }

    pub(super) fn entered(&mut self, result: Result<(), Failure>, around: &mut Around<'_>) -> Step {
        let Err(failure) = result else {
            self.entering.close();
            return Step::default();
        };
        // The join is a courtesy to the server when we are in the room already.
        if self.has_entered() {
            self.entering.close();
            return Step::default();
        }
        if self.entering.waits(around.now, failure, self.give_up_at) {
            return Step::default();
        }
        Step::fail(match failure {
            Failure::Forbidden => Issue::RoomNotInvited.about(&self.label),
            Failure::NotFound | Failure::Refused => Issue::RoomUnknown.about(&self.label),
            failure => self.homeserver_problem(failure),
        })
    }

    pub(super) fn transports(
        &mut self,
        result: Result<Vec<String>, Failure>,
        around: &mut Around<'_>,
    ) -> Step {
        self.asking_transports.close();
        let failure = result.as_ref().err().copied();
        if failure.is_some_and(|failure| {
            self.asking_transports
                .waits(around.now, failure, self.give_up_at)
        }) {
            return Step::default();
        }
        let named = result.unwrap_or_default();
        self.service = transports::choose(&named, around.transport);
        match failure {
            _ if self.service.is_some() => self.start_when_ready(around),
            Some(failure) => Step::fail(self.homeserver_problem(failure)),
            None => Step::fail(Issue::NoTransport.about(self.server())),
        }
    }

    pub(super) fn room_changed(&mut self, state: RoomState, around: &mut Around<'_>) -> Step {
        let was_in = self.has_entered();
        let standing = state.standing;
        self.take_state(state, around);
        match standing {
            Standing::Joined => {}
            Standing::Banned => return Step::fail(Issue::RoomLeft.about(&self.label)),
            _ if was_in => return Step::fail(Issue::RoomLeft.about(&self.label)),
            // Not in yet: the answer to `Enter` decides.
            _ => return Step::default(),
        }
        if self.keeper.is_none() {
            return self.start_when_ready(around);
        }
        // What goes out in the clear must end at once; with keys it is another call.
        let encrypted = self.state.as_ref().is_some_and(|state| state.encrypted);
        if self.is_plain && encrypted {
            return Step::fail(Issue::EncryptionBegan.about(&self.label));
        }
        self.recount(around)
    }

    /// Membership, token and keys, all at once, as soon as room and service are known.
    fn start_when_ready(&mut self, around: &mut Around<'_>) -> Step {
        let (Some(service), true, None) = (self.service.clone(), self.has_entered(), &self.keeper)
        else {
            return Step::default();
        };
        let Some(state) = &self.state else {
            return Step::default();
        };
        let encrypted = state.encrypted;
        // A room that is made is told of while it is being made: its encryption comes last.
        if self.is_made && !encrypted {
            return Step::default();
        }
        if let Some(issue) = self.not_allowed(state) {
            return Step::fail(issue.about(&self.label));
        }
        self.is_plain = !encrypted;
        self.sfus.set_encrypted(encrypted);
        let joining = self.joining(state, service.clone());
        let (keeper, orders) = Keeper::join(around.now, joining);
        self.keeper = Some(keeper);
        let mut step = Step::default();
        if encrypted {
            let keys = self
                .keys
                .begin(&self.member_id, &state_room(&self.room), around);
            step = step.and(Step::go_on(keys));
        }
        step = step.and(self.keeper_step(orders, around));
        let asked = self.sfus.begin(&service, around.requests);
        step = step.and(Step::go_on(self.sfu_effects(asked)));
        step.and(self.recount(around))
    }

    /// Whether something in the Matrix room forbids the call.
    fn not_allowed(&self, state: &RoomState) -> Option<Issue> {
        let rules = state.rules();
        let slot = state.slot.as_ref().and_then(|event| event.get("content"));
        if !rules.may(&self.account.user, Action::Join(self.mode)) {
            return Some(Issue::RoomNoPower);
        }
        let closed = self.mode == Mode::Matrix20 && !sticky::slot_is_open(slot);
        closed.then_some(Issue::SlotClosed)
    }

    fn joining(&self, state: &RoomState, service_url: String) -> Joining {
        let capabilities = self.account.capabilities;
        let version = state.create.as_ref().and_then(|event| {
            event
                .pointer("/content/room_version")
                .and_then(Value::as_str)
        });
        let max_delay = capabilities
            .max_delay
            .map(|delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
        Joining {
            mode: self.mode,
            user: self.account.user.clone(),
            device: self.account.device.clone(),
            room_id: state.room.clone(),
            room_version: version.unwrap_or("1").to_owned(),
            member_id: self.member_id.clone(),
            service_url,
            intent: Intent::Video,
            max_delay_ms: if capabilities.delayed_events {
                max_delay
            } else {
                Some(0)
            },
        }
    }

    /// Name of the own homeserver.
    fn server(&self) -> &str {
        let user = self.account.user.split_once(':');
        user.map_or("", |(_, server)| server)
    }

    fn homeserver_problem(&self, failure: Failure) -> room_messages::api::Problem {
        let server = self.server();
        match failure {
            Failure::RateLimited { .. } => Issue::HomeserverBusy.about(server),
            Failure::Network => Issue::HomeserverUnreachable.about(server),
            _ => Issue::HomeserverRefused.about(server),
        }
    }
}

fn state_room(room: &Option<String>) -> String {
    room.clone().unwrap_or_default()
}
