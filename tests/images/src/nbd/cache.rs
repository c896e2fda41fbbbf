//! What a disk has been given and has not yet made lasting.

use std::collections::HashMap;

use crate::{Random, RawDisk, Result};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
/// How much is looked up at once.
const BLOCK: u64 = 4096;

/// What a cut did to writes since the last flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub kept: usize,
    pub torn: usize,
    pub lost: usize,
}

/// The lasting part and the writes since the last flush, in their order.
#[derive(Debug)]
pub(super) struct Cache {
    disk: RawDisk,
    pending: Vec<(u64, Vec<u8>)>,
    /// What reads see where something is pending.
    seen: HashMap<u64, Vec<u8>>,
}

impl Cache {
    pub fn new(disk: RawDisk) -> Self {
        Self {
            disk,
            pending: Vec::new(),
            seen: HashMap::new(),
        }
    }

    pub const fn disk(&self) -> &RawDisk {
        &self.disk
    }

    pub fn read(&self, at: u64, length: usize) -> Result<Vec<u8>> {
        let mut bytes = self.disk.read(at, length)?;
        if !self.seen.is_empty() {
            for (block, inside, part) in parts(at, &mut bytes) {
                if let Some(seen) = self.seen.get(&block) {
                    let newer = seen.get(inside..inside + part.len()).unwrap_or_default();
                    part.copy_from_slice(newer);
                }
            }
        }
        Ok(bytes)
    }

    pub fn write(&mut self, at: u64, mut bytes: Vec<u8>) -> Result<()> {
        for (block, inside, part) in parts(at, &mut bytes) {
            let seen = match self.seen.entry(block) {
                std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::hash_map::Entry::Vacant(entry) => {
                    entry.insert(self.disk.read(block * BLOCK, BLOCK as usize)?)
                }
            };
            if let Some(place) = seen.get_mut(inside..inside + part.len()) {
                place.copy_from_slice(part);
            }
        }
        self.pending.push((at, bytes));
        Ok(())
    }

    pub fn flush(&mut self) -> Result<()> {
        self.seen.clear();
        std::mem::take(&mut self.pending)
            .iter()
            .try_for_each(|(at, bytes)| self.disk.write(*at, bytes))
    }

    pub fn cut(&mut self, random: &mut Random) -> Result<Cut> {
        self.seen.clear();
        let mut cut = Cut {
            kept: 0,
            torn: 0,
            lost: 0,
        };
        // Some cuts lose nearly all, some nearly nothing.
        let kept_of_ten = random.below(11);
        for (at, bytes) in std::mem::take(&mut self.pending) {
            if random.below(10) < kept_of_ten {
                self.disk.write(at, &bytes)?;
                cut.kept += 1;
            } else if random.below(8) == 0 && bytes.len() > SECTOR {
                let sectors = random.below((bytes.len() / SECTOR) as u64) as usize;
                self.disk
                    .write(at, bytes.get(..sectors * SECTOR).unwrap_or_default())?;
                cut.torn += 1;
            } else {
                cut.lost += 1;
            }
        }
        Ok(cut)
    }
}

/// Cuts a piece of the disk at block boundaries: block, offset inside it, bytes.
fn parts(at: u64, bytes: &mut [u8]) -> impl Iterator<Item = (u64, usize, &mut [u8])> {
    let mut rest = bytes;
    let mut next = at;
    std::iter::from_fn(move || {
        let inside = (next % BLOCK) as usize;
        let length = rest.len().min(BLOCK as usize - inside);
        let (part, others) = std::mem::take(&mut rest).split_at_mut(length);
        rest = others;
        let block = next / BLOCK;
        next += length as u64;
        (!part.is_empty()).then_some((block, inside, part))
    })
}
