//! VP8 in RTP (RFC 7741).
//!
//! Own, because stock payloaders read the frame beyond its clear bytes, and a sealed frame is
//! noise there. Nothing but the length of a frame is looked at here. The picture id is sent
//! because an SFU numbers pictures anew when it changes layers.

use crate::MAX_FRAME;
use crate::payload::{Depayloaded, Payload};
use crate::sequence::{Arrival, Sequence};

const DESCRIPTOR: usize = 4;
const EXTENDED: u8 = 0x80;
const START: u8 = 0x10;
const PICTURE_ID: u8 = 0x80;

/// Whether a frame, sealed or not, is a key frame (RFC 6386, 9.1).
#[must_use]
pub fn is_key_frame(frame: &[u8]) -> bool {
    frame.first().is_some_and(|byte| byte & 1 == 0)
}

/// Width and height a key frame states, sealed or not.
#[must_use]
pub fn dimensions(frame: &[u8]) -> Option<(u16, u16)> {
    let [first, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = frame.first_chunk::<10>()? else {
        return None;
    };
    let side = |low, high| u16::from_le_bytes([low, high]) & 0x3fff;
    (first & 1 == 0).then(|| (side(*w0, *w1), side(*h0, *h1)))
}

#[derive(Clone, Copy, Debug)]
pub struct Payloader {
    picture: u16,
}

impl Payloader {
    /// Numbers pictures from `first`, modulo 2^15.
    #[must_use]
    pub const fn new(first: u16) -> Self {
        Self { picture: first }
    }

    /// Payloads of about equal size, each at most `limit` bytes (at least 16).
    pub fn payloads(&mut self, frame: &[u8], limit: usize) -> Vec<Payload> {
        let room = limit.max(16) - DESCRIPTOR;
        let count = frame.len().div_ceil(room).max(1);
        let size = frame.len().div_ceil(count).max(1);
        let [high, low] = (self.picture | 0x8000).to_be_bytes();
        let mut payloads: Vec<_> = frame
            .chunks(size)
            .enumerate()
            .map(|(number, chunk)| {
                let start = if number == 0 { START } else { 0 };
                let mut bytes = Vec::with_capacity(DESCRIPTOR + chunk.len());
                bytes.extend_from_slice(&[EXTENDED | start, PICTURE_ID, high, low]);
                bytes.extend_from_slice(chunk);
                Payload {
                    bytes,
                    marker: false,
                }
            })
            .collect();
        if let Some(last) = payloads.last_mut() {
            last.marker = true;
            self.picture = self.picture.wrapping_add(1);
        }
        payloads
    }
}

/// Length of the payload descriptor and whether a frame starts here.
fn descriptor(payload: &[u8]) -> Option<(usize, bool)> {
    let first = *payload.first()?;
    let mut length = 1;
    if first & EXTENDED != 0 {
        let extension = *payload.get(1)?;
        length = 2;
        if extension & PICTURE_ID != 0 {
            length += if payload.get(2)? & 0x80 == 0 { 1 } else { 2 };
        }
        length += usize::from(extension & 0x40 != 0);
        length += usize::from(extension & 0x30 != 0);
    }
    // Start of partition 0 is the start of the frame.
    Some((length, first & START != 0 && first & 0x0f == 0))
}

/// Puts VP8 frames together.
#[derive(Clone, Debug, Default)]
pub struct Depayloader {
    sequence: Sequence,
    /// The frame being put together.
    partial: Option<Vec<u8>>,
}

impl Depayloader {
    pub fn push(&mut self, sequence: u16, marker: bool, payload: &[u8]) -> Depayloaded {
        let mut out = Depayloaded::default();
        match self.sequence.arrive(sequence) {
            Arrival::Old => return out,
            Arrival::AfterGap => {
                self.partial = None;
                out.incomplete = true;
            }
            Arrival::InOrder => {}
        }
        if payload.is_empty() {
            return out;
        }
        match self.append(payload) {
            Some(whole) => out.incomplete |= !whole,
            None => {
                self.partial = None;
                out.incomplete = true;
            }
        }
        if marker {
            out.frame = self.partial.take();
        }
        out
    }

    /// Whether nothing was missing before this payload; `None` when it is of no use.
    fn append(&mut self, payload: &[u8]) -> Option<bool> {
        let (length, starts) = descriptor(payload)?;
        let chunk = payload.get(length..).filter(|chunk| !chunk.is_empty())?;
        // A frame that never ended is one that lost its end.
        let whole = !(starts && self.partial.replace(Vec::new()).is_some());
        let partial = self.partial.as_mut()?;
        if partial.len() + chunk.len() > MAX_FRAME {
            return None;
        }
        partial.extend_from_slice(chunk);
        Some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_carry_start_picture_id_and_marker() {
        let mut payloader = Payloader::new(0x7fff);
        let payloads = payloader.payloads(&[7; 40], 24);
        assert_eq!(payloads.len(), 2);
        assert_eq!(payloads[0].bytes[..5], [0x90, 0x80, 0xff, 0xff, 7]);
        assert_eq!(payloads[1].bytes[..5], [0x80, 0x80, 0xff, 0xff, 7]);
        assert_eq!([payloads[0].marker, payloads[1].marker], [false, true]);
        let next = payloader.payloads(&[7], 24);
        assert_eq!(next[0].bytes, [0x90, 0x80, 0x80, 0x00, 7]);
    }

    #[test]
    fn every_form_of_descriptor_is_understood() {
        let forms: [(&[u8], usize); 5] = [
            (&[0x10], 1),
            (&[0x90, 0x00], 2),
            (&[0x90, 0x80, 0x05], 3),
            (&[0x90, 0xf0, 0x80, 0x05, 1, 2], 6),
            (&[0x90, 0x20, 0x40], 3),
        ];
        for (bytes, length) in forms {
            assert_eq!(descriptor(bytes), Some((length, true)), "{bytes:?}");
        }
        assert_eq!(descriptor(&[0x90]), None);
    }

    #[test]
    fn a_lost_packet_loses_its_frame_and_only_that() {
        let mut payloader = Payloader::new(0);
        let mut depayloader = Depayloader::default();
        let mut sequence = 0;
        let mut frames = Vec::new();
        for number in 0..3_u8 {
            for payload in payloader.payloads(&[number; 60], 24) {
                sequence += 1;
                if sequence == 5 {
                    continue;
                }
                frames.push(depayloader.push(sequence, payload.marker, &payload.bytes));
            }
        }
        let whole: Vec<_> = frames.iter().filter_map(|d| d.frame.as_ref()).collect();
        assert_eq!(whole, [&vec![0; 60], &vec![2; 60]]);
        assert!(frames.iter().any(|d| d.incomplete));
    }

    #[test]
    fn dimensions_come_from_key_frames_only() {
        let mut frame = [0x10, 2, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1, 0];
        assert_eq!(dimensions(&frame), Some((640, 360)));
        frame[0] |= 1;
        assert_eq!(dimensions(&frame), None);
    }
}
