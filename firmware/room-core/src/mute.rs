//! Microphone and camera: what is asked for, and what may be.
//!
//! Invariants: with the hardware mute line asserted nothing unmutes; outside a call nothing is
//! captured. The answer is stated anew from the whole condition every time, never patched.

use room_messages::{Order, Source};

/// What people asked for, and what the board says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mute {
    microphone_muted: bool,
    line_asserted: bool,
    camera_on: bool,
    capturing: bool,
}

impl Default for Mute {
    fn default() -> Self {
        Self {
            microphone_muted: false,
            line_asserted: false,
            camera_on: true,
            capturing: false,
        }
    }
}

/// The hardware mute line is asserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HardwareMuted;

impl Mute {
    /// What a call before asked for, until somebody asks for something else.
    #[must_use]
    pub fn asked(microphone_muted: bool, camera_on: bool) -> Self {
        Self {
            microphone_muted,
            camera_on,
            ..Self::default()
        }
    }

    /// # Errors
    /// [`HardwareMuted`] when unmuting is asked for while the line is asserted; nothing changes.
    pub fn set_microphone(&mut self, muted: bool) -> Result<(), HardwareMuted> {
        if !muted && self.line_asserted {
            return Err(HardwareMuted);
        }
        self.microphone_muted = muted;
        Ok(())
    }

    pub fn set_camera(&mut self, on: bool) {
        self.camera_on = on;
    }

    /// A moderator muted a track of ours: as if it had been asked for here, so that it is shown,
    /// and the next press of the button asks for the opposite.
    pub fn muted_by_server(&mut self, source: Source) {
        match source {
            Source::Microphone => self.microphone_muted = true,
            Source::Camera => self.camera_on = false,
            Source::ScreenShare | Source::ScreenShareAudio => {}
        }
    }

    /// The hardware mute line. Its release gives back what was asked for before.
    pub fn set_line(&mut self, asserted: bool) {
        self.line_asserted = asserted;
    }

    /// Whether there is a call to capture for.
    pub fn set_capturing(&mut self, capturing: bool) {
        self.capturing = capturing;
    }

    #[must_use]
    pub fn asked_muted(&self) -> bool {
        self.microphone_muted
    }

    #[must_use]
    pub fn asked_camera(&self) -> bool {
        self.camera_on
    }

    #[must_use]
    pub fn line_asserted(&self) -> bool {
        self.line_asserted
    }

    /// The wanted condition, as orders to repeat.
    #[must_use]
    pub fn orders(&self) -> [Order; 2] {
        let muted = self.microphone_muted || self.line_asserted || !self.capturing;
        let on = self.camera_on && self.capturing;
        [Order::SetMicrophone { muted }, Order::SetCamera { on }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live(mute: &Mute) -> bool {
        mute.orders()
            .contains(&Order::SetMicrophone { muted: false })
    }

    #[test]
    fn the_line_wins_over_every_order_and_gives_back_what_was_asked() {
        let mut mute = Mute::default();
        mute.set_capturing(true);
        assert!(live(&mute));
        mute.set_line(true);
        assert!(!live(&mute));
        assert_eq!(mute.set_microphone(false), Err(HardwareMuted));
        assert!(!live(&mute));
        mute.set_line(false);
        assert!(live(&mute));
        mute.set_line(true);
        assert_eq!(mute.set_microphone(true), Ok(()));
        mute.set_line(false);
        assert!(!live(&mute));
    }

    #[test]
    fn nothing_is_captured_outside_a_call_whatever_is_asked() {
        for bits in 0..8 {
            let mut mute = Mute::asked(bits & 1 > 0, bits & 2 > 0);
            mute.set_line(bits & 4 > 0);
            assert_eq!(
                mute.orders(),
                [
                    Order::SetMicrophone { muted: true },
                    Order::SetCamera { on: false }
                ]
            );
        }
    }
}
