//! Buttons and the mute line.

use std::time::Duration;

use board_api::{BoardError, Button, Buttons, MuteLine};

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
