//! What people ask for, by API, panel or button.

use room_messages::api::{Homeserver, Layout, Problem};
use room_messages::{DeviceState, Order};

use super::Room;
use crate::Moment;
use crate::call::{Call, Running, Wanted};
use crate::input::{Ask, Effect};
use crate::matrix::MatrixOrder;
use crate::problem::Issue;
use crate::rtc::ring;
use crate::share::{Share, Surroundings};
use crate::target::Target;

impl Room {
    /// Whether `ask` can be done now; asked before [`Room::handle`] by those who want an answer.
    ///
    /// # Errors
    /// What stands against it.
    pub fn check(&self, ask: &Ask) -> Result<(), Problem> {
        match ask {
            Ask::Join { target } => {
                let wanted = Wanted::read(target, &self.character.visio)?;
                self.may_join(&wanted)
            }
            Ask::Microphone { muted: false } if self.mute.line_asserted() => {
                Err(Issue::MutedByHardware.problem())
            }
            Ask::Microphone { muted: false } if self.mute.forbidden().0 => {
                Err(Issue::MicrophoneForbidden.problem())
            }
            Ask::Camera { on: true } if self.mute.forbidden().1 => {
                Err(Issue::CameraForbidden.problem())
            }
            Ask::Meet => self.may_join(&Wanted::Matrix(Target::new_room())),
            Ask::Add { target } => self.callee(target).map(drop),
            Ask::Speaker { volume } if *volume > self.character.maximum_volume => {
                let maximum = self.character.maximum_volume.to_string();
                Err(Issue::TooLoud.about(&maximum))
            }
            Ask::Hand { .. } => self.may_raise(),
            Ask::React(_) => self.may_react(),
            Ask::Arrange(layout) => self.may_arrange(*layout),
            Ask::Share { active: true } => self.may_share(),
            Ask::Turn(_) => self.may_turn(),
            Ask::LookAt(name) => self.lens.find(name).and_then(|_| self.may_turn()),
            Ask::KeepView(name) => self.lens.may_keep(name),
            _ => Ok(()),
        }
    }

    fn may_raise(&self) -> Result<(), Problem> {
        let issue = match self.call.running() {
            Some(Running::Matrix(_)) => None,
            Some(Running::Visio(visit)) => visit.no_hand(),
            None => Some(Issue::NotInCall),
        };
        issue.map_or(Ok(()), |issue| Err(issue.problem()))
    }

    /// Nothing that nobody sees: a camera that is off would be found looking elsewhere later.
    fn may_turn(&self) -> Result<(), Problem> {
        match (self.call.captures(), self.mute.asked_camera()) {
            (false, _) => Err(Issue::NotInCall.problem()),
            (true, false) => Err(Issue::CameraOff.problem()),
            (true, true) => Ok(()),
        }
    }

    fn may_arrange(&self, layout: Layout) -> Result<(), Problem> {
        let layouts = self.staging.layouts();
        if layouts.is_empty() {
            return Err(Issue::NotInCall.problem());
        }
        let there = layouts.contains(&layout);
        there.then_some(()).ok_or(Issue::NothingShared.problem())
    }

    fn may_share(&self) -> Result<(), Problem> {
        let obstacle = Share::obstacle(self.around_share());
        obstacle.map_or(Ok(()), |issue| Err(issue.problem()))
    }

    pub(super) fn around_share(&self) -> Surroundings {
        Surroundings {
            in_call: self.is_in_call(),
            allowed: self.call.may_share(),
            plugged_in: self.devices.content != DeviceState::Absent,
        }
    }

    fn may_react(&self) -> Result<(), Problem> {
        match self.call.running() {
            Some(Running::Matrix(_)) => Ok(()),
            Some(Running::Visio(_)) => Err(Issue::VisioNoReactions.problem()),
            None => Err(Issue::NotInCall.problem()),
        }
    }

    /// User id of who can be called into the running call.
    fn callee(&self, target: &str) -> Result<String, Problem> {
        let Some(user) = Target::person(target) else {
            return Err(Issue::TargetNotAPerson.about(target));
        };
        let issue = match self.call.running() {
            Some(Running::Matrix(run)) => run.no_callees(&user),
            Some(Running::Visio(_)) => Some(Issue::VisioNoCallees),
            None => Some(Issue::NotInCall),
        };
        issue.map_or(Ok(user), |issue| Err(issue.problem()))
    }

    /// While only a person can mend what there is no session for, waiting for one would hide why.
    /// A Visio meeting asks for no session.
    fn may_join(&self, wanted: &Wanted) -> Result<(), Problem> {
        if matches!(wanted, Wanted::Visio(_)) {
            return Ok(());
        }
        let refused = self.homeserver == Homeserver::Refused;
        let stateless = self.state_fault.as_ref().filter(|_| self.account.is_none());
        let login = self.login_problem.as_ref().filter(|_| refused);
        match stateless.or(login) {
            Some(problem) => Err(problem.clone()),
            None => Ok(()),
        }
    }

    pub(super) fn asked(&mut self, now: Moment, ask: Ask) -> Vec<Effect> {
        match ask {
            Ask::Join { target } => self.join(now, &target),
            Ask::Leave => self.with_call(now, Call::leave),
            Ask::Microphone { muted } => {
                // A refusal changes nothing, and `check` has said so to whoever asked.
                let _ = self.mute.set_microphone(muted);
                Vec::new()
            }
            Ask::Camera { on } => {
                let _ = self.mute.set_camera(on);
                Vec::new()
            }
            Ask::Speaker { volume } => {
                let volume = volume.min(self.character.maximum_volume);
                vec![Effect::Media(Order::SetSpeaker { volume })]
            }
            Ask::Hand { raised } => {
                self.with_call(now, |call, around| call.set_hand(raised, around))
            }
            Ask::React(reaction) => {
                self.with_call(now, |call, around| call.react(reaction, around))
            }
            Ask::Meet => self.with_call(now, Call::meet),
            Ask::Add { target } => self.add(now, &target),
            Ask::Arrange(layout) => {
                self.staging.choose(layout);
                Vec::new()
            }
            Ask::Share { active } => {
                self.share.set(active, self.around_share());
                Vec::new()
            }
            Ask::Turn(by) if self.may_turn().is_ok() => {
                self.lens.turn(by);
                Vec::new()
            }
            Ask::LookAt(name) if self.may_turn().is_ok() => {
                self.lens.recall(&name);
                Vec::new()
            }
            Ask::Turn(_) | Ask::LookAt(_) => Vec::new(),
            Ask::KeepView(name) => vec![Effect::KeepPresets(self.lens.keep(&name))],
            Ask::ForgetView(name) => vec![Effect::KeepPresets(self.lens.forget(&name))],
            Ask::Decline { room } => self.decline(&room),
            Ask::Help { wanted } => {
                self.help.set(now, wanted, self.entropy.as_mut());
                Vec::new()
            }
        }
    }

    /// The caller hears of it once; what rings no longer is declined already.
    fn decline(&mut self, room: &str) -> Vec<Effect> {
        let declined = self.bells.silence(room);
        let send = declined.map(|notification| MatrixOrder::Send {
            request: self.requests.next(),
            room: room.to_owned(),
            kind: ring::DECLINE_KIND.to_owned(),
            content: ring::decline_content(&notification),
        });
        send.into_iter().map(Effect::Matrix).collect()
    }

    /// What cannot be done was said by `check`.
    fn add(&mut self, now: Moment, target: &str) -> Vec<Effect> {
        match self.callee(target) {
            Ok(user) => self.with_call(now, |call, around| call.add(&user, around)),
            Err(_) => Vec::new(),
        }
    }

    pub(super) fn join(&mut self, now: Moment, target: &str) -> Vec<Effect> {
        self.last_target = Some(target.to_owned());
        let wanted = Wanted::read(target, &self.character.visio);
        if let Err(problem) = wanted.and_then(|wanted| self.may_join(&wanted)) {
            self.call.refuse(target, problem);
            return Vec::new();
        }
        self.with_call(now, |call, around| call.join(target, false, around))
    }
}
