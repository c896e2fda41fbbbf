//! The display's power, by its own bus.

use board_api::{BoardError, DisplayPower};
use linux_cec::device::{Device, MessageData};
use linux_cec::message::{Message, Opcode};
use linux_cec::operand::PowerStatus;
use linux_cec::{Error, LogicalAddress, Timeout};

use super::{Adapter, kind};

pub(crate) struct Display {
    adapter: Adapter,
    /// What was last asked for: many displays do not say how they stand.
    asked_on: bool,
}

impl Display {
    pub fn new(adapter: Adapter) -> Self {
        Self {
            adapter,
            asked_on: true,
        }
    }
}

impl DisplayPower for Display {
    fn is_connected(&mut self) -> Result<bool, BoardError> {
        let device = self.adapter.open()?;
        let address = device.get_physical_address();
        address
            .map(|at| at.is_valid())
            .map_err(|error| kind(&error))
    }

    fn is_on(&mut self) -> Result<bool, BoardError> {
        let device = self.adapter.open()?;
        match status(&device) {
            Ok(MessageData::Valid(Message::ReportPowerStatus { status })) => {
                Ok(matches!(status, PowerStatus::On | PowerStatus::ToOn))
            }
            Ok(_) | Err(Error::Timeout | Error::Abort | Error::RxError(_)) => Ok(self.asked_on),
            Err(error) => Err(kind(&error)),
        }
    }

    /// Woken, it shows the room's picture rather than another source.
    fn set_on(&mut self, on: bool) -> Result<(), BoardError> {
        let device = self.adapter.open()?;
        let sent = if on {
            device.wake(true, false)
        } else {
            device.standby(LogicalAddress::Tv)
        };
        sent.map_err(|error| kind(&error))?;
        self.asked_on = on;
        Ok(())
    }
}

fn status(device: &Device) -> Result<MessageData, Error> {
    let asked = device.tx_rx_message(
        &Message::GiveDevicePowerStatus {},
        LogicalAddress::Tv,
        Opcode::ReportPowerStatus,
        Timeout::MAX,
    );
    asked.map(|reply| reply.message)
}
