//! One trait per physical thing on a room's board, named as an installer names it.
//!
//! Real and simulated backends implement the same traits and always both compile; start-up code
//! in one place picks one. Invariant: no call here blocks longer than the wait it is given or the
//! limit its documentation states. Deliberately absent: what a press or a colour means.

use std::time::Duration;

/// Colours every status light can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    #[default]
    Off,
    Green,
    Amber,
    Red,
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

/// The lamp that tells the room's state to people who enter.
pub trait StatusLight: Send {
    /// # Errors
    /// When the lamp does not acknowledge within 50 ms.
    fn set(&mut self, colour: Colour, brightness: Percent) -> Result<(), BoardError>;
}

/// A push button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    Join,
    HangUp,
    Mute,
}

/// The board's push buttons.
pub trait Buttons: Send {
    /// The next press, or `None` when there is none within `wait`. A press is told once, when
    /// the button goes down, free of bounce.
    ///
    /// # Errors
    /// When the buttons cannot be read.
    fn next(&mut self, wait: Duration) -> Result<Option<Button>, BoardError>;
}

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

/// A thing on the board does not do what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    #[error("it is not connected")]
    Unplugged,
    #[error("it did not answer in time")]
    TimedOut,
}

/// Everything a board has.
#[allow(missing_debug_implementations, reason = "trait objects")]
pub struct Board {
    pub light: Box<dyn StatusLight>,
    pub buttons: Box<dyn Buttons>,
    pub mute_line: Box<dyn MuteLine>,
}

/// Checks every backend must pass; backends call them in their own tests.
pub mod contract {
    use super::{Colour, MuteLine, Percent, StatusLight};
    use std::time::{Duration, Instant};

    /// # Errors
    /// What the light does wrong.
    pub fn light_takes_every_colour(light: &mut dyn StatusLight) -> Result<(), String> {
        for colour in [Colour::Green, Colour::Amber, Colour::Red, Colour::Off] {
            let set = light.set(colour, Percent::FULL);
            set.map_err(|error| format!("{colour:?}: {error}"))?;
        }
        Ok(())
    }

    /// # Errors
    /// What the line does wrong.
    pub fn quiet_line_returns_after_the_wait(line: &mut dyn MuteLine) -> Result<(), String> {
        let before = Instant::now();
        let change = line.next_change(Duration::from_millis(20));
        match change {
            Ok(None) if before.elapsed() < Duration::from_secs(10) => Ok(()),
            other => Err(format!("{other:?} after {:?}", before.elapsed())),
        }
    }
}
