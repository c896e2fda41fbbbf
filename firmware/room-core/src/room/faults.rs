//! What is wrong now, worst first.

use room_messages::DeviceState;
use room_messages::api::{Homeserver, Problem};

use super::Room;
use crate::problem::Issue;

impl Room {
    pub(super) fn faults(&self) -> Vec<Problem> {
        let mut faults = self.pressing();
        faults.extend_from_slice(&self.unit_faults);
        let account = self.account.as_ref();
        if account.is_some_and(|account| !account.capabilities.delayed_events) {
            faults.push(Issue::NoDelayedEvents.problem());
        }
        faults
    }

    /// What hinders a meeting now, so that those who sit in one should see it.
    pub(super) fn pressing(&self) -> Vec<Problem> {
        let mut faults: Vec<Problem> = Vec::new();
        faults.extend(self.state_fault.clone());
        faults.extend(self.login_problem.clone());
        faults.extend(self.board_fault.clone());
        faults.extend(self.api_fault.clone());
        if self.homeserver == Homeserver::Offline && self.login_problem.is_none() {
            faults.push(Issue::HomeserverUnreachable.about(&self.character.homeserver));
        }
        if self.outage.is_away() {
            faults.push(Issue::MediaDown.problem());
        }
        let devices = [
            (self.devices.camera, Issue::CameraFailed),
            (self.devices.microphone, Issue::MicrophoneFailed),
            (self.devices.speaker, Issue::SpeakerFailed),
            (self.devices.content, Issue::ShareFailed),
        ];
        let failed = devices
            .into_iter()
            .filter(|(state, _)| *state == DeviceState::Failed);
        faults.extend(failed.map(|(_, issue)| issue.problem()));
        faults
    }
}
