//! Push buttons on GPIO lines.

use std::time::{Duration, Instant};

use board_api::profile::ButtonLines;
use board_api::{BoardError, Button, Buttons};

use crate::gpio::{Gpio, Inputs};

/// The buttons the profile names, in the order of their lines.
pub(crate) struct Panel {
    buttons: Vec<Button>,
    inputs: Box<dyn Inputs>,
}

impl Panel {
    pub fn new(gpio: &dyn Gpio, lines: &ButtonLines) -> Self {
        let named = Button::ALL.into_iter().filter_map(|button| {
            let line = match button {
                Button::Join => &lines.join,
                Button::HangUp => &lines.hang_up,
                Button::Mute => &lines.mute,
                Button::VolumeUp => &lines.volume_up,
                Button::VolumeDown => &lines.volume_down,
                Button::Camera => &lines.camera,
                Button::Help => &lines.help,
                Button::Call => &lines.call,
            };
            Some((button, line.clone()?))
        });
        let (buttons, lines) = named.unzip();
        Self {
            buttons,
            inputs: gpio.inputs(lines),
        }
    }
}

impl Buttons for Panel {
    fn next(&mut self, wait: Duration) -> Result<Option<Button>, BoardError> {
        let end = Instant::now() + wait;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.inputs.next(left)? {
                Some((number, true)) => return Ok(self.buttons.get(number).copied()),
                Some((_, false)) => {}
                None => return Ok(None),
            }
        }
    }
}
