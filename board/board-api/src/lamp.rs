//! Lamps: of one colour, and the status light of several.
//!
//! A lamp goes dark when its owner is dropped.

use crate::BoardError;

/// Colours every status light can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    #[default]
    Off,
    Green,
    Amber,
    Red,
}

/// How a lamp is lit over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pattern {
    #[default]
    Dark,
    Steady,
    /// 500 ms on, 500 ms off: something is under way.
    Blinking,
    /// 125 ms on, 125 ms off: somebody should look.
    Flashing,
}

/// 0 to 100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u8);

impl Percent {
    pub const FULL: Self = Self(100);

    /// Larger figures count as 100.
    #[must_use]
    pub fn new(figure: u8) -> Self {
        Self(figure.min(100))
    }

    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

/// A lamp of one colour.
pub trait Lamp: Send {
    /// Takes at most 50 ms; blinking goes on by itself.
    ///
    /// # Errors
    /// When the lamp does not acknowledge within 50 ms.
    fn set(&mut self, pattern: Pattern) -> Result<(), BoardError>;
}

/// The lamp that tells the room's state to people who enter.
pub trait StatusLight: Send {
    /// Takes at most 50 ms; blinking goes on by itself. A light without dimmer is fully lit by
    /// every brightness above 0; one of a single colour is lit by every colour but `Off`.
    ///
    /// # Errors
    /// When the lamp does not acknowledge within 50 ms.
    fn set(
        &mut self,
        colour: Colour,
        pattern: Pattern,
        brightness: Percent,
    ) -> Result<(), BoardError>;
}
