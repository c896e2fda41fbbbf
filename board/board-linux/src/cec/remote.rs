//! The display's remote control.

use std::time::{Duration, Instant};

use board_api::{BoardError, Button, Buttons};
use linux_cec::device::{Device, Envelope, MessageData};
use linux_cec::message::Message;
use linux_cec::operand::UiCommand;
use linux_cec::{Error, FollowerMode, LogicalAddress, Timeout};

use super::answer::{self, Doing};
use super::{Adapter, kind};

/// A key that is held is told again and again; only after this long without a word is it another
/// press (CEC 13.13.3).
const REPEAT: Duration = Duration::from_millis(550);

pub(crate) struct Remote {
    adapter: Adapter,
    device: Option<Device>,
    held: Option<(UiCommand, Instant)>,
}

impl Remote {
    pub fn new(adapter: Adapter) -> Self {
        Self {
            adapter,
            device: None,
            held: None,
        }
    }

    fn device(&mut self) -> Result<&Device, BoardError> {
        if self.device.is_none() {
            let device = self.adapter.open()?;
            let follows = device.set_follower_mode(FollowerMode::Enabled);
            follows.map_err(|error| kind(&error))?;
            self.device = Some(device);
        }
        self.device.as_ref().ok_or(BoardError::Unplugged)
    }

    fn heard(&mut self, envelope: &Envelope) -> Option<Button> {
        let MessageData::Valid(message) = envelope.message else {
            return None;
        };
        // What is said to all is no question, and no key.
        if envelope.destination == LogicalAddress::Broadcast {
            return None;
        }
        match answer::to(&message) {
            Doing::Press(button) => self.is_new(&message).then_some(button),
            Doing::Answer(answer) => {
                if let Some(device) = &self.device {
                    // Whoever asked has gone: nothing is lost.
                    let _ = device.tx_message(&answer, envelope.initiator);
                }
                None
            }
            Doing::Nothing => {
                self.held = None;
                None
            }
        }
    }

    /// Volume goes on while its key is held; of every other key only the first word counts.
    fn is_new(&mut self, message: &Message) -> bool {
        let Message::UserControlPressed { ui_command } = message else {
            return true;
        };
        let now = Instant::now();
        let before = self.held.replace((*ui_command, now));
        let goes_on = matches!(ui_command, UiCommand::VolumeUp | UiCommand::VolumeDown);
        let same = before
            .is_some_and(|(command, at)| command == *ui_command && now.duration_since(at) < REPEAT);
        goes_on || !same
    }
}

impl Buttons for Remote {
    fn next(&mut self, wait: Duration) -> Result<Option<Button>, BoardError> {
        let end = Instant::now() + wait;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            // 0 would be without end.
            let left = u32::try_from(left.as_millis()).unwrap_or(u32::MAX).max(1);
            let told = self.device()?.rx_message(Timeout::from_ms(left));
            match told {
                Ok(envelope) => {
                    if let Some(button) = self.heard(&envelope) {
                        return Ok(Some(button));
                    }
                }
                Err(Error::Timeout) => return Ok(None),
                // One message that makes no sense is not the end of the adapter.
                Err(Error::InvalidData | Error::RxError(_)) => {}
                Err(error) => {
                    self.device = None;
                    return Err(kind(&error));
                }
            }
            if Instant::now() >= end {
                return Ok(None);
            }
        }
    }
}
