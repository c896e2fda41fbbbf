//! Where the partitions of a disk are, by label. Reads the primary table only.

use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::{Error, Result};

const SECTOR: u64 = 512;

/// A partition in bytes from the disk's beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    pub start: u64,
    pub size: u64,
}

/// # Errors
/// When the disk cannot be read or has no partition of that label.
pub fn find(disk: &File, label: &str) -> Result<Partition> {
    let wrong = Error::file("read the partitions of", "the disk");
    let mut table = vec![0; 128 * 128];
    disk.read_exact_at(&mut table, 2 * SECTOR).map_err(wrong)?;
    table
        .chunks_exact(128)
        .find(|entry| name(entry) == label)
        .and_then(extent)
        .ok_or_else(|| Error::NoPartition(label.to_owned()))
}

/// UEFI 2.10, 5.3.3: the name is UTF-16 from byte 56, first and last block at 32 and 40.
fn name(entry: &[u8]) -> String {
    let units = entry.get(56..).unwrap_or_default().chunks_exact(2);
    let units = units.filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)));
    char::decode_utf16(units.take_while(|unit| *unit != 0))
        .map(|c| c.unwrap_or('?'))
        .collect()
}

fn extent(entry: &[u8]) -> Option<Partition> {
    let number = |at: usize| Some(u64::from_le_bytes(entry.get(at..at + 8)?.try_into().ok()?));
    let (first, last) = (number(32)?, number(40)?);
    Some(Partition {
        start: first * SECTOR,
        size: (last + 1).checked_sub(first)? * SECTOR,
    })
}
