//! The hardware mute line on a GPIO line.

use std::time::{Duration, Instant};

use board_api::profile;
use board_api::{BoardError, MuteLine};

use crate::gpio::{Gpio, Inputs};

pub(crate) struct Line {
    input: Box<dyn Inputs>,
    /// What was said last; `None` after an error, so that whatever comes next is said.
    told: Option<bool>,
}

impl Line {
    pub fn new(gpio: &dyn Gpio, line: &profile::Line) -> Self {
        let mut input = gpio.inputs(vec![line.clone()]);
        let told = input.is_active(0).ok();
        Self { input, told }
    }

    fn read(&mut self) -> Result<bool, BoardError> {
        self.input.is_active(0).inspect_err(|_| self.told = None)
    }
}

impl MuteLine for Line {
    fn is_asserted(&mut self) -> Result<bool, BoardError> {
        let asserted = self.read()?;
        self.told = Some(asserted);
        Ok(asserted)
    }

    /// An edge only says when to look: the level is what counts.
    fn next_change(&mut self, wait: Duration) -> Result<Option<bool>, BoardError> {
        let end = Instant::now() + wait;
        loop {
            let asserted = self.read()?;
            if self.told != Some(asserted) {
                self.told = Some(asserted);
                return Ok(Some(asserted));
            }
            let left = end.saturating_duration_since(Instant::now());
            let edge = self.input.next(left).inspect_err(|_| self.told = None)?;
            if edge.is_none() {
                return Ok(None);
            }
        }
    }
}
