//! Buttons, the mute line and the presence sensor.

use std::time::Duration;

use board_api::{BoardError, Button, Buttons, MuteLine, PresenceSensor};

use crate::Fault;
use crate::controls::Controls;

pub(crate) struct Panel(pub Controls);

impl Buttons for Panel {
    fn next(&mut self, wait: Duration) -> Result<Option<Button>, BoardError> {
        if self.0.state().buttons_fault == Fault::Unplugged {
            std::thread::sleep(wait);
            return Err(BoardError::Unplugged);
        }
        Ok(self.0.wait_for(wait, |state| state.presses.pop_front()))
    }
}

pub(crate) struct Line {
    controls: Controls,
    told: bool,
}

impl Line {
    pub fn new(controls: Controls) -> Self {
        Self {
            controls,
            told: false,
        }
    }
}

impl MuteLine for Line {
    fn is_asserted(&mut self) -> Result<bool, BoardError> {
        let state = self.controls.state();
        if state.line_fault == Fault::Unplugged {
            return Err(BoardError::Unplugged);
        }
        self.told = state.asserted;
        Ok(self.told)
    }

    fn next_change(&mut self, wait: Duration) -> Result<Option<bool>, BoardError> {
        if self.controls.state().line_fault == Fault::Unplugged {
            std::thread::sleep(wait);
            return Err(BoardError::Unplugged);
        }
        let told = self.told;
        let change = self.controls.wait_for(wait, |state| {
            (state.asserted != told).then_some(state.asserted)
        });
        self.told = change.unwrap_or(told);
        Ok(change)
    }
}

pub(crate) struct Sensor {
    controls: Controls,
    told: Option<bool>,
}

impl Sensor {
    pub fn new(controls: Controls) -> Self {
        Self {
            controls,
            told: None,
        }
    }
}

impl PresenceSensor for Sensor {
    fn sees_movement(&mut self) -> Result<bool, BoardError> {
        self.told = self.controls.state().movement;
        self.told.ok_or(BoardError::Unplugged)
    }

    fn next_change(&mut self, wait: Duration) -> Result<Option<bool>, BoardError> {
        let told = self.told;
        let changed = self.controls.wait_for(wait, |state| {
            state.movement.filter(|movement| Some(*movement) != told)
        });
        self.told = changed.or(told);
        Ok(changed)
    }
}
