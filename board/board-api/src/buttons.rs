//! Push buttons.

use std::time::Duration;

use crate::BoardError;

/// A push button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Button {
    Join,
    HangUp,
    Mute,
    VolumeUp,
    VolumeDown,
    /// Camera privacy: closes the camera, and opens it again.
    Camera,
    /// Calls for somebody who helps.
    Help,
    /// Joins while no call goes on, hangs up while one does: the only button of a small board, and
    /// what a speakerphone calls its hook switch.
    Call,
}

impl Button {
    pub const ALL: [Self; 8] = [
        Self::Join,
        Self::HangUp,
        Self::Mute,
        Self::VolumeUp,
        Self::VolumeDown,
        Self::Camera,
        Self::Help,
        Self::Call,
    ];
}

/// The board's push buttons.
pub trait Buttons: Send {
    /// The next press, or `None` when there is none within `wait`. A press is told once, when
    /// the button goes down, free of bounce. A button held while the program starts is no press.
    ///
    /// # Errors
    /// When the buttons cannot be read.
    fn next(&mut self, wait: Duration) -> Result<Option<Button>, BoardError>;
}
