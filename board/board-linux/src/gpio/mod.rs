//! GPIO lines: inputs that are waited for together, outputs.
//!
//! Invariant: `true` is pressed, asserted, lit, whatever the level; bounce never leaves here.

mod chardev;
mod chips;
mod raspberry;

use std::time::Duration;

use board_api::BoardError;
use board_api::profile::{GpioDriver, Line};

/// Who this program is, where the kernel shows who holds a line.
const CONSUMER: &str = "salle";

/// Inputs, numbered in the order they were asked for.
pub(crate) trait Inputs: Send {
    /// # Errors
    /// When it cannot be read.
    fn is_active(&mut self, number: usize) -> Result<bool, BoardError>;

    /// The next change, as input and new state, or `None` when there is none within `wait`. An input
    /// that cannot be had silences no other.
    ///
    /// # Errors
    /// When one of them cannot be waited for and the others did not change within `wait`; at once
    /// when there are no others.
    fn next(&mut self, wait: Duration) -> Result<Option<(usize, bool)>, BoardError>;
}

pub(crate) trait Output: Send {
    /// # Errors
    /// When the line does not answer.
    fn set(&mut self, active: bool) -> Result<(), BoardError>;
}

/// A way to drive lines. Lines that are not there yet are looked for at every use.
pub(crate) trait Gpio {
    fn inputs(&self, lines: Vec<Line>) -> Box<dyn Inputs>;
    /// It is `active` from the moment it is ours.
    fn output(&self, line: &Line, active: bool) -> Box<dyn Output>;
}

/// The profile's way; the kernel's where that one does not work, which has the same names.
pub(crate) fn of(driver: GpioDriver) -> Box<dyn Gpio> {
    match driver {
        GpioDriver::Gpiocdev => Box::new(chardev::Chardev),
        GpioDriver::Rppal => match raspberry::Raspberry::open() {
            Ok(raspberry) => Box::new(raspberry),
            Err(error) => {
                tracing::warn!(%error, "rppal does not work here; the kernel drives the lines");
                Box::new(chardev::Chardev)
            }
        },
    }
}
