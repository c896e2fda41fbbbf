//! uhid: a speakerphone whose reports are written and read here (`linux/uhid.h`).

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use super::wait_for;

const OUTPUT: u32 = 6;
const DESTROY: u32 = 1;
const CREATE2: u32 = 11;
const INPUT2: u32 = 12;
/// Size of `struct uhid_event`.
const EVENT: usize = 4380;
const DATA: usize = 4096;
const USB: u16 = 3;

/// Telephony and its lamps, in report 2.
const DESCRIPTOR: &[u8] = &[
    0x05, 0x0B, 0x09, 0x05, 0xA1, 0x01, 0x85, 0x02, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x09, 0x20,
    0x95, 0x01, 0x81, 0x22, 0x09, 0x2F, 0x81, 0x06, 0x95, 0x06, 0x81, 0x01, 0x05, 0x08, 0x09, 0x17,
    0x09, 0x09, 0x09, 0x18, 0x95, 0x03, 0x91, 0x22, 0x95, 0x05, 0x91, 0x01, 0xC0,
];

pub struct Handset(File);

impl Handset {
    pub fn plug_in() -> Self {
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(nonblocking)
            .open("/dev/uhid");
        let mut event = vec![0; EVENT];
        event[..4].copy_from_slice(&CREATE2.to_le_bytes());
        let name = b"Salle test handset";
        event[4..4 + name.len()].copy_from_slice(name);
        // name[128], phys[64], uniq[64], then sizes and numbers, then the descriptor.
        let sizes = 4 + 128 + 64 + 64;
        let length = u16::try_from(DESCRIPTOR.len()).unwrap();
        event[sizes..sizes + 2].copy_from_slice(&length.to_le_bytes());
        event[sizes + 2..sizes + 4].copy_from_slice(&USB.to_le_bytes());
        let begins = sizes + 2 + 2 + 4 * 4;
        event[begins..begins + DESCRIPTOR.len()].copy_from_slice(DESCRIPTOR);
        let mut handset = Self(file.unwrap());
        handset.0.write_all(&event).unwrap();
        handset
    }

    pub fn report(&mut self, report: &[u8]) {
        let mut event = vec![0; EVENT];
        event[..4].copy_from_slice(&INPUT2.to_le_bytes());
        let length = u16::try_from(report.len()).unwrap();
        event[4..6].copy_from_slice(&length.to_le_bytes());
        event[6..6 + report.len()].copy_from_slice(report);
        self.0.write_all(&event).unwrap();
    }

    /// Waits until it was told to light its lamps like this.
    pub fn is_told(&mut self, wanted: &[u8]) {
        let mut told = Vec::new();
        wait_for(&format!("lamps {wanted:?}"), || {
            while let Some(report) = self.output() {
                told = report;
            }
            told == wanted
        });
    }

    /// The next report to the device; other events are passed over.
    fn output(&mut self) -> Option<Vec<u8>> {
        loop {
            let mut event = vec![0; EVENT];
            match self.0.read(&mut event) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) => panic!("uhid: {error}"),
            }
            if event[..4] == OUTPUT.to_le_bytes() {
                let size = [event[4 + DATA], event[4 + DATA + 1]];
                let size = usize::from(u16::from_le_bytes(size));
                return Some(event[4..4 + size].to_vec());
            }
        }
    }
}

impl Drop for Handset {
    fn drop(&mut self) {
        let mut event = vec![0; EVENT];
        event[..4].copy_from_slice(&DESTROY.to_le_bytes());
        let _ = self.0.write_all(&event);
    }
}
