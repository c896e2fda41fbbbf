//! The display's own bus (HDMI CEC, by the kernel's framework): wakes the display and puts it to
//! sleep, and hears its remote control.
//!
//! Every use opens the adapter anew or notices that it went: a graphics card takes its adapters
//! away and brings them back. Deliberately absent: volume of the display, which has its own.

mod answer;
mod display;
mod remote;

use std::path::PathBuf;

use board_api::BoardError;
use board_api::profile::CecRule;
use linux_cec::device::Device;
use linux_cec::{Error, LogicalAddressType};

use crate::rule::{Roots, entries, like};

pub(crate) use display::Display;
pub(crate) use remote::Remote;

/// As the display calls the room in its list of sources; 14 letters at most.
const NAME: &str = "Salle";

/// Which adapter is meant.
#[derive(Clone, Debug)]
pub(crate) struct Adapter {
    roots: Roots,
    name: Option<String>,
}

impl Adapter {
    pub fn new(roots: Roots, rule: &CecRule) -> Self {
        Self {
            roots,
            name: rule.adapter.as_ref().map(|name| name.as_str().to_owned()),
        }
    }

    /// Opens it, with an address on the bus as soon as a display is plugged in.
    fn open(&self) -> Result<Device, BoardError> {
        let mut refused = BoardError::Unplugged;
        for node in entries(&self.roots.dev, "cec") {
            match self.open_node(self.roots.dev.join(node)) {
                Ok(Some(device)) => return Ok(device),
                Ok(None) => {}
                Err(error) => refused = kind(&error),
            }
        }
        Err(refused)
    }

    /// `None` when it is not the one that is meant.
    fn open_node(&self, node: PathBuf) -> Result<Option<Device>, Error> {
        let mut device = Device::open(node)?;
        let name = device.get_adapter_name()?;
        let name = name.to_string_lossy();
        let name = name.trim_end_matches('\0');
        if self.name.as_ref().is_some_and(|rule| !like(rule, name)) {
            return Ok(None);
        }
        match device.get_logical_addresses() {
            Ok(addresses) if addresses.is_empty() => {
                device.set_osd_name(NAME)?;
                device.set_logical_address(LogicalAddressType::Playback)?;
            }
            Ok(_) => {}
            // Asked for, and none is given as long as no display is plugged in.
            Err(Error::InvalidValueForType { .. }) => return Err(Error::NoLogicalAddress),
            Err(error) => return Err(error),
        }
        Ok(Some(device))
    }
}

fn kind(error: &Error) -> BoardError {
    match error {
        Error::Disconnected | Error::NoLogicalAddress => BoardError::Unplugged,
        Error::Timeout | Error::Abort => BoardError::TimedOut,
        Error::SystemError(error) => match *error as i32 {
            // EACCES, EPERM; EBUSY.
            13 | 1 => BoardError::NotAllowed,
            16 => BoardError::Busy,
            _ => BoardError::Failed,
        },
        _ => BoardError::Failed,
    }
}
