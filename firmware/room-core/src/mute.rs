//! Microphone and camera: what is asked for, and what may be.
//!
//! Invariants: with the hardware mute line asserted nothing unmutes; outside a call nothing is
//! captured; what a moderator forbids stays closed, and once allowed again it is somebody here
//! who opens it. The answer is stated anew from the whole condition every time, never patched.

use room_messages::{Order, Source};

use crate::problem::Issue;

/// What people asked for, and what the board says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mute {
    microphone_muted: bool,
    line_asserted: bool,
    camera_on: bool,
    capturing: bool,
    /// Microphone, camera: a moderator of the meeting forbids it.
    forbidden: (bool, bool),
    /// What others did to either since somebody here last touched it.
    done: (Option<Done>, Option<Done>),
}

/// What others did to the microphone or the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Silenced,
    GivenBack,
}

impl Default for Mute {
    fn default() -> Self {
        Self {
            microphone_muted: false,
            line_asserted: false,
            camera_on: true,
            capturing: false,
            forbidden: (false, false),
            done: (None, None),
        }
    }
}

/// The hardware mute line is asserted, or a moderator forbids to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldShut;

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
    /// [`HeldShut`] when unmuting is asked for while it cannot be; nothing changes.
    pub fn set_microphone(&mut self, muted: bool) -> Result<(), HeldShut> {
        if !muted && (self.line_asserted || self.forbidden.0) {
            return Err(HeldShut);
        }
        self.microphone_muted = muted;
        self.done.0 = None;
        Ok(())
    }

    /// # Errors
    /// [`HeldShut`] when a moderator forbids it; nothing changes.
    pub fn set_camera(&mut self, on: bool) -> Result<(), HeldShut> {
        if on && self.forbidden.1 {
            return Err(HeldShut);
        }
        self.camera_on = on;
        self.done.1 = None;
        Ok(())
    }

    /// What a moderator forbids now (microphone, camera), in a call; `None` outside one. What is
    /// allowed again does not open by itself: those in the room may not have heard of it.
    pub fn forbid(&mut self, forbidden: Option<(bool, bool)>) {
        let Some((microphone, camera)) = forbidden else {
            self.forbidden = (false, false);
            self.done = (None, None);
            return;
        };
        if self.forbidden.0 && !microphone {
            self.microphone_muted = true;
            self.done.0 = Some(Done::GivenBack);
        }
        if self.forbidden.1 && !camera {
            self.camera_on = false;
            self.done.1 = Some(Done::GivenBack);
        }
        self.forbidden = (microphone, camera);
    }

    /// What others did that those in the room should know.
    #[must_use]
    pub fn notices(&self) -> Vec<Issue> {
        let said = |forbidden, done, issues: [Issue; 3]| {
            let [forbids, silenced, given_back] = issues;
            match (forbidden, done) {
                (true, _) => Some(forbids),
                (false, Some(Done::Silenced)) => Some(silenced),
                (false, Some(Done::GivenBack)) => Some(given_back),
                (false, None) => None,
            }
        };
        let microphone = [
            Issue::MicrophoneForbidden,
            Issue::MicrophoneSilenced,
            Issue::MicrophoneGivenBack,
        ];
        let camera = [
            Issue::CameraForbidden,
            Issue::CameraSilenced,
            Issue::CameraGivenBack,
        ];
        let camera = said(self.forbidden.1, self.done.1, camera);
        let microphone = said(self.forbidden.0, self.done.0, microphone);
        camera.into_iter().chain(microphone).collect()
    }

    /// Whether a moderator forbids the microphone and the camera.
    #[must_use]
    pub fn forbidden(&self) -> (bool, bool) {
        self.forbidden
    }

    /// A moderator muted a track of ours: as if it had been asked for here, so that it is shown,
    /// and the next press of the button asks for the opposite.
    pub fn muted_by_server(&mut self, source: Source) {
        match source {
            Source::Microphone => {
                self.microphone_muted = true;
                self.done.0 = Some(Done::Silenced);
            }
            Source::Camera => {
                self.camera_on = false;
                self.done.1 = Some(Done::Silenced);
            }
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
        self.microphone_muted || self.forbidden.0
    }

    #[must_use]
    pub fn asked_camera(&self) -> bool {
        self.camera_on && !self.forbidden.1
    }

    /// Nobody would hear the room, by whomever's doing.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.asked_muted() || self.line_asserted
    }

    #[must_use]
    pub fn line_asserted(&self) -> bool {
        self.line_asserted
    }

    /// The wanted condition, as orders to repeat.
    #[must_use]
    pub fn orders(&self) -> [Order; 2] {
        let muted = self.is_silent() || !self.capturing;
        let on = self.asked_camera() && self.capturing;
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
        assert_eq!(mute.set_microphone(false), Err(HeldShut));
        assert!(!live(&mute));
        mute.set_line(false);
        assert!(live(&mute));
        mute.set_line(true);
        assert_eq!(mute.set_microphone(true), Ok(()));
        mute.set_line(false);
        assert!(!live(&mute));
    }

    #[test]
    fn what_a_moderator_forbids_stays_shut_and_opens_only_by_somebody_here() {
        let mut mute = Mute::default();
        mute.set_capturing(true);
        mute.forbid(Some((false, false)));
        assert!(live(&mute) && mute.notices().is_empty());
        mute.forbid(Some((true, true)));
        assert!(!live(&mute) && mute.asked_muted() && !mute.asked_camera());
        assert_eq!(mute.set_microphone(false), Err(HeldShut));
        assert_eq!(mute.set_camera(true), Err(HeldShut));
        let told = [Issue::CameraForbidden, Issue::MicrophoneForbidden];
        assert_eq!(mute.notices(), told);
        mute.forbid(Some((false, false)));
        assert!(!live(&mute) && !mute.asked_camera());
        let told = [Issue::CameraGivenBack, Issue::MicrophoneGivenBack];
        assert_eq!(mute.notices(), told);
        assert_eq!(mute.set_microphone(false), Ok(()));
        assert_eq!(mute.set_camera(true), Ok(()));
        assert!(live(&mute) && mute.notices().is_empty());
    }

    #[test]
    fn what_others_silence_is_told_until_somebody_here_touches_it_or_the_call_ends() {
        let mut mute = Mute::default();
        mute.set_capturing(true);
        for source in [Source::Microphone, Source::Camera] {
            mute.muted_by_server(source);
        }
        let told = [Issue::CameraSilenced, Issue::MicrophoneSilenced];
        assert_eq!(mute.notices(), told);
        assert_eq!(mute.set_microphone(false), Ok(()));
        assert!(live(&mute));
        assert_eq!(mute.notices(), [Issue::CameraSilenced]);
        mute.forbid(None);
        assert!(mute.notices().is_empty() && !mute.asked_camera());
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
