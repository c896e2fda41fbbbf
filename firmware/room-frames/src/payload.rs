//! Payload formats of all codecs behind one face.

use crate::{Codec, h264, opus, vp8};

/// Payload of one RTP packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    pub bytes: Vec<u8>,
    /// RTP marker bit: last packet of a video frame.
    pub marker: bool,
}

/// Cuts frames of one track into RTP payloads.
#[derive(Clone, Debug)]
pub enum Payloader {
    Opus,
    Vp8(vp8::Payloader),
    H264,
}

impl Payloader {
    /// `seed` chooses the first VP8 picture id; any value will do.
    #[must_use]
    pub const fn new(codec: Codec, seed: u16) -> Self {
        match codec {
            Codec::Opus => Self::Opus,
            Codec::Vp8 => Self::Vp8(vp8::Payloader::new(seed)),
            Codec::H264 => Self::H264,
        }
    }

    /// Payloads of one whole frame, sealed or not, each at most `limit` bytes (at least 16;
    /// Opus frames are never cut). An empty frame has none.
    pub fn payloads(&mut self, frame: &[u8], limit: usize) -> Vec<Payload> {
        match self {
            Self::Opus => opus::payloads(frame),
            Self::Vp8(payloader) => payloader.payloads(frame, limit),
            Self::H264 => h264::payloads(frame, limit),
        }
    }
}

/// What one packet brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depayloaded {
    /// A packet or a whole frame before this one is missing; a partial frame was dropped.
    pub incomplete: bool,
    /// The frame this packet completes.
    pub frame: Option<Vec<u8>>,
}

/// Puts the frames of one track together from packets in order of their sequence numbers.
/// Late and doubled packets are ignored, packets without payload only counted.
#[derive(Clone, Debug)]
pub enum Depayloader {
    Opus(opus::Depayloader),
    Vp8(vp8::Depayloader),
    H264(h264::Depayloader),
}

impl Depayloader {
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        match codec {
            Codec::Opus => Self::Opus(opus::Depayloader::default()),
            Codec::Vp8 => Self::Vp8(vp8::Depayloader::default()),
            Codec::H264 => Self::H264(h264::Depayloader::default()),
        }
    }

    /// Takes the payload of the packet with this sequence number and marker bit.
    pub fn push(&mut self, sequence: u16, marker: bool, payload: &[u8]) -> Depayloaded {
        match self {
            Self::Opus(depayloader) => depayloader.push(sequence, payload),
            Self::Vp8(depayloader) => depayloader.push(sequence, marker, payload),
            Self::H264(depayloader) => depayloader.push(sequence, marker, payload),
        }
    }
}
