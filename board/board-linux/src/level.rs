//! What is a level on a GPIO line: the hardware mute line, the presence sensor.

use std::time::{Duration, Instant};

use board_api::profile;
use board_api::{BoardError, MuteLine, PresenceSensor};

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

    fn level(&mut self) -> Result<bool, BoardError> {
        let active = self.read()?;
        self.told = Some(active);
        Ok(active)
    }

    /// An edge only says when to look: the level is what counts.
    fn change(&mut self, wait: Duration) -> Result<Option<bool>, BoardError> {
        let end = Instant::now() + wait;
        loop {
            let active = self.read()?;
            if self.told != Some(active) {
                self.told = Some(active);
                return Ok(Some(active));
            }
            let left = end.saturating_duration_since(Instant::now());
            let edge = self.input.next(left).inspect_err(|_| self.told = None)?;
            if edge.is_none() {
                return Ok(None);
            }
        }
    }
}

impl MuteLine for Line {
    fn is_asserted(&mut self) -> Result<bool, BoardError> {
        self.level()
    }

    fn next_change(&mut self, wait: Duration) -> Result<Option<bool>, BoardError> {
        self.change(wait)
    }
}

impl PresenceSensor for Line {
    fn sees_movement(&mut self) -> Result<bool, BoardError> {
        self.level()
    }

    fn next_change(&mut self, wait: Duration) -> Result<Option<bool>, BoardError> {
        self.change(wait)
    }
}
