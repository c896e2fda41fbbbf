//! Opus in RTP (RFC 7587): a packet is a frame.

use crate::payload::{Depayloaded, Payload};
use crate::sequence::{Arrival, Sequence};

pub(crate) fn payloads(frame: &[u8]) -> Vec<Payload> {
    if frame.is_empty() {
        return Vec::new();
    }
    vec![Payload {
        bytes: frame.to_vec(),
        marker: false,
    }]
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Depayloader {
    sequence: Sequence,
}

impl Depayloader {
    pub fn push(&mut self, sequence: u16, payload: &[u8]) -> Depayloaded {
        let arrival = self.sequence.arrive(sequence);
        Depayloaded {
            incomplete: arrival == Arrival::AfterGap,
            frame: (arrival != Arrival::Old && !payload.is_empty()).then(|| payload.to_vec()),
        }
    }
}
