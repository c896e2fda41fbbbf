//! Lamps that are only remembered.

use std::time::Duration;

use board_api::{BoardError, Colour, Lamp, Pattern, Percent, StatusLight};

use crate::Fault;
use crate::controls::{Controls, Shine, State};

/// Limit of [`StatusLight::set`].
const LIMIT: Duration = Duration::from_millis(50);

pub(crate) struct Light(pub Controls);

impl StatusLight for Light {
    fn set(
        &mut self,
        colour: Colour,
        pattern: Pattern,
        brightness: Percent,
    ) -> Result<(), BoardError> {
        let fault = self.0.state().light_fault;
        match fault {
            Fault::Unplugged => return Err(BoardError::Unplugged),
            Fault::Slow(delay) if delay > LIMIT => return Err(BoardError::TimedOut),
            Fault::Slow(delay) => std::thread::sleep(delay),
            Fault::Stuck => return Ok(()),
            Fault::None => {}
        }
        self.0.change(|state| {
            state.light = Shine {
                colour,
                pattern,
                brightness,
            };
        });
        Ok(())
    }
}

impl Drop for Light {
    fn drop(&mut self) {
        self.0.change(|state| state.light = Shine::default());
    }
}

/// A lamp of one colour.
pub(crate) struct Single {
    controls: Controls,
    place: fn(&mut State) -> &mut Pattern,
}

impl Single {
    pub fn call(controls: Controls) -> Self {
        fn place(state: &mut State) -> &mut Pattern {
            &mut state.call
        }
        Self { controls, place }
    }

    pub fn mute(controls: Controls) -> Self {
        fn place(state: &mut State) -> &mut Pattern {
            &mut state.mute
        }
        Self { controls, place }
    }
}

impl Lamp for Single {
    fn set(&mut self, pattern: Pattern) -> Result<(), BoardError> {
        self.controls.change(|state| *(self.place)(state) = pattern);
        Ok(())
    }
}

impl Drop for Single {
    fn drop(&mut self) {
        let place = self.place;
        self.controls.change(|state| *place(state) = Pattern::Dark);
    }
}
