//! The hardware mute line.

use std::time::Duration;

use crate::BoardError;

/// The hardware mute line: asserted, no software can open the microphone.
pub trait MuteLine: Send {
    /// The line as it is.
    ///
    /// # Errors
    /// When it cannot be read; it must then be taken as asserted.
    fn is_asserted(&mut self) -> Result<bool, BoardError>;

    /// The line's new state, or `None` when it does not change within `wait`.
    ///
    /// # Errors
    /// As [`MuteLine::is_asserted`].
    fn next_change(&mut self, wait: Duration) -> Result<Option<bool>, BoardError>;
}
