//! Fingers on the touch panel.

use std::time::Duration;

use crate::BoardError;

/// What a finger did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    Down,
    Moved,
    Up,
}

/// One finger's doing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Touch {
    pub what: Touched,
    /// From the left edge (0.0) to the right one (1.0).
    pub x: f32,
    /// From the upper edge (0.0) to the lower one (1.0).
    pub y: f32,
}

/// The touch panel; one finger counts, the first.
pub trait TouchPanel: Send {
    /// The next doing, or `None` when there is none within `wait`.
    ///
    /// # Errors
    /// [`BoardError::Unplugged`] while there is no panel; it is found again when it is back.
    fn next(&mut self, wait: Duration) -> Result<Option<Touch>, BoardError>;
}
