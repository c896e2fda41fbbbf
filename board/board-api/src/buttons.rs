//! Push buttons.

use std::time::Duration;

use crate::BoardError;

/// A push button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Button {
    Join,
    HangUp,
    Mute,
}

impl Button {
    pub const ALL: [Self; 3] = [Self::Join, Self::HangUp, Self::Mute];
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
