//! What a press means: the same for a button on a line, on a speakerphone or on a remote control.

use room_messages::api::Button;

use super::Room;
use crate::Moment;
use crate::call::Call;
use crate::input::{Ask, Effect};

/// What a press on a volume button changes, of 100: as much as one on the panel.
const VOLUME_STEP: u8 = 10;

impl Room {
    pub(super) fn pressed(&mut self, now: Moment, button: Button) -> Vec<Effect> {
        match button {
            Button::HangUp => self.with_call(now, Call::leave),
            Button::Join => self.join_by_button(now),
            Button::Call if self.is_free() => self.join_by_button(now),
            Button::Call => self.with_call(now, Call::leave),
            Button::Mute => {
                let muted = !self.mute.asked_muted();
                self.asked(now, Ask::Microphone { muted })
            }
            Button::Camera => {
                let on = !self.mute.asked_camera();
                self.asked(now, Ask::Camera { on })
            }
            Button::VolumeUp => self.turn(now, |volume| volume.saturating_add(VOLUME_STEP)),
            Button::VolumeDown => self.turn(now, |volume| volume.saturating_sub(VOLUME_STEP)),
            Button::Help => {
                let wanted = !self.help.is_wanted();
                self.asked(now, Ask::Help { wanted })
            }
        }
    }

    fn turn(&mut self, now: Moment, to: impl FnOnce(u8) -> u8) -> Vec<Effect> {
        let volume = to(self.media.volume());
        self.asked(now, Ask::Speaker { volume })
    }

    fn is_free(&self) -> bool {
        !self.call.phase().is_call()
    }

    /// Joins what rings, else the meeting that can be joined now, else the call of last time;
    /// does nothing in a call, so that a second press is harmless.
    fn join_by_button(&mut self, now: Moment) -> Vec<Effect> {
        let ringing = self
            .ringing(now)
            .into_iter()
            .next()
            .map(|call| call.room_id);
        match ringing
            .or_else(|| self.meeting.clone())
            .or_else(|| self.last_target.clone())
            .filter(|_| self.is_free())
        {
            Some(target) => self.join(now, &target),
            None => Vec::new(),
        }
    }
}
