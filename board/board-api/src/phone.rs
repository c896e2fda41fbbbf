//! A speakerphone's buttons and lamps (USB HID, telephony page).

use std::time::Duration;

use crate::{BoardError, Button};

/// What a speakerphone shows (USB HID, LED page).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhoneLamps {
    /// A call goes on.
    pub off_hook: bool,
    /// The microphone is closed during one.
    pub mute: bool,
    pub ring: bool,
}

/// A speakerphone: a press on it means what the same button on the wall means.
pub trait Speakerphone: Send {
    /// The next press, or `None` when there is none within `wait`.
    ///
    /// # Errors
    /// [`BoardError::Unplugged`] while there is none; returns at once then.
    fn next(&mut self, wait: Duration) -> Result<Option<Button>, BoardError>;

    /// Lights its lamps. Takes at most 5 s, which is how long the kernel waits for a device.
    ///
    /// # Errors
    /// As [`Speakerphone::next`].
    fn show(&mut self, lamps: PhoneLamps) -> Result<(), BoardError>;
}
