//! Power of the room's display.

use crate::BoardError;

/// The display the stage is shown on.
pub trait DisplayPower: Send {
    /// Whether a display is plugged in; one that was put to sleep still is.
    ///
    /// # Errors
    /// When the connector cannot be read.
    fn is_connected(&mut self) -> Result<bool, BoardError>;

    /// Whether the board gives it a picture.
    ///
    /// # Errors
    /// As [`DisplayPower::is_connected`].
    fn is_on(&mut self) -> Result<bool, BoardError>;

    /// Wakes it, or puts it to sleep. Takes up to 2 s.
    ///
    /// # Errors
    /// When the board cannot do so.
    fn set_on(&mut self, on: bool) -> Result<(), BoardError>;
}
