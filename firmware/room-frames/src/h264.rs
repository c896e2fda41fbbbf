//! H.264 byte streams, and H.264 in RTP (RFC 6184, packetization mode 1).
//!
//! Own, because stock payloaders strip trailing zero bytes, which may be the key index of a
//! sealed frame. A frame is one access unit, every NAL unit behind a 4-byte start code. In a
//! sealed frame all after the first slice's header is escaped noise: it holds no start code,
//! so the slice runs to the end of the frame.

use crate::MAX_FRAME;
use crate::payload::{Depayloaded, Payload};
use crate::sequence::{Arrival, Sequence};

const START_CODE: [u8; 4] = [0, 0, 0, 1];
const SLICE: u8 = 1;
const IDR: u8 = 5;
const SUPPLEMENT: u8 = 6;
const SEQUENCE_SET: u8 = 7;
const DELIMITER: u8 = 9;
const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const TYPE: u8 = 0x1f;
const FU_START: u8 = 0x80;
const FU_END: u8 = 0x40;

/// Offset of the first `00 00 01` at or after `from`.
fn find_start(bytes: &[u8], from: usize) -> Option<usize> {
    let tail = bytes.get(from..)?;
    let at = tail.windows(3).position(|window| window == [0, 0, 1])?;
    Some(from + at)
}

/// NAL units as (offset of the header byte, bytes). A zero before a start code belongs to it.
fn units(frame: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = find_start(frame, 0).map(|at| at + 3);
    std::iter::from_fn(move || {
        let from = start?;
        let next = find_start(frame, from);
        start = next.map(|at| at + 3);
        let mut to = next.unwrap_or(frame.len());
        if next.is_some() && to > from && frame.get(to - 1) == Some(&0) {
            to -= 1;
        }
        Some((from, frame.get(from..to)?))
    })
    .filter(|(_, unit)| !unit.is_empty())
}

fn kind(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |byte| byte & TYPE)
}

/// Offset of the header byte of the first slice; `None` when the frame has none or does not
/// begin with a start code.
pub(crate) fn first_slice(frame: &[u8]) -> Option<usize> {
    if !(frame.starts_with(&START_CODE) || frame.starts_with(&[0, 0, 1])) {
        return None;
    }
    let mut from = 0;
    loop {
        let at = find_start(frame, from)? + 3;
        if matches!(frame.get(at)? & TYPE, SLICE | IDR) {
            return Some(at);
        }
        from = at;
    }
}

/// Whether a frame, sealed or not, begins with an instantaneous refresh.
#[must_use]
pub fn is_key_frame(frame: &[u8]) -> bool {
    first_slice(frame)
        .and_then(|at| frame.get(at))
        .is_some_and(|byte| byte & TYPE == IDR)
}

/// The same access unit with 4-byte start codes and without access unit delimiters.
#[must_use]
pub fn normalise(frame: &[u8]) -> Vec<u8> {
    let mut normal = Vec::with_capacity(frame.len() + 16);
    for (_, unit) in units(frame).filter(|(_, unit)| kind(unit) != DELIMITER) {
        normal.extend_from_slice(&START_CODE);
        normal.extend_from_slice(unit);
    }
    normal
}

/// Appends `bytes` to `out` with emulation prevention, starting with no zeros behind.
pub(crate) fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len() + bytes.len() / 64);
    let mut zeros = 0;
    for &byte in bytes {
        if zeros == 2 && byte <= 3 {
            out.push(3);
            zeros = 0;
        }
        out.push(byte);
        zeros = if byte == 0 { zeros + 1 } else { 0 };
    }
}

/// Removes emulation prevention.
pub(crate) fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut zeros = 0;
    for &byte in bytes {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        out.push(byte);
        zeros = if byte == 0 { zeros + 1 } else { 0 };
    }
    out
}

/// Payloads of one access unit: small units together (STAP-A), long ones in fragments (FU-A).
pub(crate) fn payloads(frame: &[u8], limit: usize) -> Vec<Payload> {
    let limit = limit.max(16);
    let mut payloads = Vec::new();
    let mut small: Vec<&[u8]> = Vec::new();
    for (_, unit) in units(frame) {
        let held: usize = small.iter().map(|unit| unit.len() + 2).sum();
        if 1 + held + unit.len() + 2 > limit || matches!(kind(unit), SLICE | IDR) {
            aggregate(&mut small, &mut payloads);
        }
        if matches!(kind(unit), SLICE | IDR) || unit.len() + 3 > limit {
            fragment(unit, limit, &mut payloads);
        } else {
            small.push(unit);
        }
    }
    aggregate(&mut small, &mut payloads);
    if let Some(last) = payloads.last_mut() {
        last.marker = true;
    }
    payloads
}

fn unmarked(bytes: Vec<u8>) -> Payload {
    Payload {
        bytes,
        marker: false,
    }
}

fn aggregate(units: &mut Vec<&[u8]>, payloads: &mut Vec<Payload>) {
    match units.as_slice() {
        [] => {}
        [unit] => payloads.push(unmarked(unit.to_vec())),
        many => {
            let importance = many
                .iter()
                .filter_map(|unit| unit.first())
                .map(|b| b & 0x60);
            let mut bytes = vec![STAP_A | importance.max().unwrap_or(0)];
            for unit in many {
                // Units here are shorter than the packet limit, hence than 64 KiB.
                let length = u16::try_from(unit.len()).unwrap_or(u16::MAX);
                bytes.extend_from_slice(&length.to_be_bytes());
                bytes.extend_from_slice(unit);
            }
            payloads.push(unmarked(bytes));
        }
    }
    units.clear();
}

fn fragment(unit: &[u8], limit: usize, payloads: &mut Vec<Payload>) {
    if unit.len() <= limit {
        payloads.push(unmarked(unit.to_vec()));
        return;
    }
    let Some((header, body)) = unit.split_first() else {
        return;
    };
    let count = body.len().div_ceil(limit - 2);
    let size = body.len().div_ceil(count);
    for (number, chunk) in body.chunks(size).enumerate() {
        let start = if number == 0 { FU_START } else { 0 };
        let end = if (number + 1) * size >= body.len() {
            FU_END
        } else {
            0
        };
        let mut bytes = Vec::with_capacity(2 + chunk.len());
        bytes.extend_from_slice(&[header & 0xe0 | FU_A, start | end | header & TYPE]);
        bytes.extend_from_slice(chunk);
        payloads.push(unmarked(bytes));
    }
}

/// Puts access units together, every NAL unit behind a 4-byte start code.
#[derive(Clone, Debug, Default)]
pub struct Depayloader {
    sequence: Sequence,
    frame: Vec<u8>,
    /// Within a fragmented unit.
    open: bool,
    /// Something of the present frame is missing: wait for its end.
    broken: bool,
}

impl Depayloader {
    pub fn push(&mut self, sequence: u16, marker: bool, payload: &[u8]) -> Depayloaded {
        let mut out = Depayloaded::default();
        match self.sequence.arrive(sequence) {
            Arrival::Old => return out,
            Arrival::AfterGap => {
                out.incomplete = true;
                // The gap may have held the end of one frame and the start of this one.
                self.broken = !begins_frame(payload);
                self.frame.clear();
                self.open = false;
            }
            Arrival::InOrder => {}
        }
        if payload.is_empty() {
            return out;
        }
        if !self.broken && self.append(payload).is_none() {
            self.broken = true;
            out.incomplete = true;
        }
        if marker {
            out.incomplete |= self.open && !self.broken;
            let whole = !self.broken && !self.open && !self.frame.is_empty();
            let frame = std::mem::take(&mut self.frame);
            out.frame = whole.then_some(frame);
            (self.open, self.broken) = (false, false);
        }
        out
    }

    fn append(&mut self, payload: &[u8]) -> Option<()> {
        if self.frame.len() + payload.len() + 4 > MAX_FRAME {
            return None;
        }
        match kind(payload) {
            1..=23 if !self.open => {
                self.unit(payload);
                Some(())
            }
            STAP_A if !self.open => self.aggregated(payload.get(1..)?),
            FU_A => self.fragment(payload),
            _ => None,
        }
    }

    fn unit(&mut self, unit: &[u8]) {
        self.frame.extend_from_slice(&START_CODE);
        self.frame.extend_from_slice(unit);
    }

    fn aggregated(&mut self, mut rest: &[u8]) -> Option<()> {
        while let Some((length, tail)) = rest.split_first_chunk::<2>() {
            let Some((unit, after)) =
                tail.split_at_checked(usize::from(u16::from_be_bytes(*length)))
            else {
                break;
            };
            if unit.is_empty() || self.frame.len() + unit.len() + 4 > MAX_FRAME {
                return None;
            }
            self.unit(unit);
            rest = after;
        }
        // The SFU puts its trailer, without a length, behind the last unit of its fillers.
        self.frame.extend_from_slice(rest);
        Some(())
    }

    fn fragment(&mut self, payload: &[u8]) -> Option<()> {
        let (&[indicator, header], chunk) = payload.split_first_chunk::<2>()?;
        let starts = header & FU_START != 0;
        if starts == self.open || chunk.is_empty() {
            return None;
        }
        if starts {
            self.unit(&[indicator & 0xe0 | header & TYPE]);
        }
        self.frame.extend_from_slice(chunk);
        self.open = header & FU_END == 0;
        Some(())
    }
}

/// Whether a payload is surely the first of a key frame's access unit. A slice is not: the
/// parameter sets before it may be what was lost, and the clear header would not authenticate.
fn begins_frame(payload: &[u8]) -> bool {
    matches!(
        kind(payload),
        SUPPLEMENT | SEQUENCE_SET | DELIMITER | STAP_A
    )
}

#[cfg(test)]
#[path = "h264_tests.rs"]
mod tests;
