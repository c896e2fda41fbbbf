//! A sensor that sees movement in the room.

use std::time::Duration;

use crate::BoardError;

/// A presence sensor: infrared, radar or another, with one output. What is concluded from it is not
/// its affair: people sit still.
pub trait PresenceSensor: Send {
    /// Whether it sees movement now.
    ///
    /// # Errors
    /// When it cannot be read; nobody then knows.
    fn sees_movement(&mut self) -> Result<bool, BoardError>;

    /// What it sees from now on, or `None` when that does not change within `wait`.
    ///
    /// # Errors
    /// As [`PresenceSensor::sees_movement`].
    fn next_change(&mut self, wait: Duration) -> Result<Option<bool>, BoardError>;
}
