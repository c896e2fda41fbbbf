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
    /// 175 ms on, 175 ms off: somebody should look. Slower than the three flashes a second that can
    /// bring on a seizure (WCAG 2.2, 2.3.1).
    Flashing,
    /// 100 ms on, 1.9 s off: all is well, nothing is going on.
    Glinting,
    /// 1.5 s on, 1.5 s off.
    Slow,
    /// 1.75 s on, 250 ms off.
    Occulting,
    /// Twice 125 ms on, 1.1 s apart from the next two.
    Double,
}

impl Pattern {
    pub const ALL: [Self; 8] = [
        Self::Dark,
        Self::Steady,
        Self::Blinking,
        Self::Flashing,
        Self::Glinting,
        Self::Slow,
        Self::Occulting,
        Self::Double,
    ];

    /// How long it is lit, dark, lit … in turn, in milliseconds, over and over; empty when it does
    /// not change.
    #[must_use]
    pub const fn phases_ms(self) -> &'static [u16] {
        match self {
            Self::Dark | Self::Steady => &[],
            Self::Blinking => &[500, 500],
            Self::Flashing => &[175, 175],
            Self::Glinting => &[100, 1900],
            Self::Slow => &[1500, 1500],
            Self::Occulting => &[1750, 250],
            Self::Double => &[125, 125, 125, 1125],
        }
    }

    /// Whether it is lit in this phase, counted from 0.
    #[must_use]
    pub const fn is_lit(self, phase: usize) -> bool {
        match self {
            Self::Dark => false,
            Self::Steady => true,
            _ => phase.is_multiple_of(2),
        }
    }
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
