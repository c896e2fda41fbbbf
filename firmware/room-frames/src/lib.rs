//! Frame encryption and RTP payload formats: pure, without GStreamer.
//!
//! On the way out an encoded frame is sealed ([`Sealer`]), cut into payloads
//! ([`Payloader`]) and given RTP headers ([`rtp`]); on the way in payloads become whole frames
//! ([`Depayloader`]), are opened with the sender's keys ([`open`]) and, for video, pass the
//! [`VideoGate`].
//!
//! Invariants: a frame is handed on whole or not at all; nothing that failed authentication
//! leaves this crate; no input panics; every buffer is bounded by [`MAX_FRAME`].
//!
//! Deliberately absent: sockets, clocks (time comes in as an argument), SRTP, jitter buffers.

pub mod h264;
pub mod key;
pub mod open;
pub mod opus;
mod payload;
pub mod rtp;
pub mod seal;
mod sequence;
pub mod sif;
pub mod video_gate;
pub mod vp8;

pub use key::{FrameKey, KeyRing};
pub use open::{Opened, open};
pub use payload::{Depayloaded, Depayloader, Payload, Payloader};
pub use seal::{SealError, Sealer};
pub use sif::SifTrailer;
pub use video_gate::{Verdict, VideoGate};

/// Longest encoded frame, in bytes, that is put together or cut up.
pub const MAX_FRAME: usize = 2 * 1024 * 1024;

/// Bytes that sealing adds to a frame, H.264 escaping left out: tag, IV, IV length, key index.
pub const SEAL_OVERHEAD: usize = TAG_LENGTH + IV_LENGTH + 2;

const TAG_LENGTH: usize = 16;
const IV_LENGTH: usize = 12;

/// The codecs whose frames Salle sends and receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    Opus,
    Vp8,
    H264,
}

impl Codec {
    /// The codec of an SDP or LiveKit name (`VP8`, `video/VP8`, `audio/opus`), in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.rsplit('/').next().unwrap_or(name);
        [Self::Opus, Self::Vp8, Self::H264]
            .into_iter()
            .find(|codec| codec.name().eq_ignore_ascii_case(name))
    }

    /// Name as in SDP.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::Vp8 => "VP8",
            Self::H264 => "H264",
        }
    }

    /// RTP clock rate in Hz.
    #[must_use]
    pub const fn clock_rate(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::Vp8 | Self::H264 => 90_000,
        }
    }

    /// Whether `frame`, sealed or not, can be decoded without an earlier one. Every Opus frame can.
    #[must_use]
    pub fn is_key_frame(self, frame: &[u8]) -> bool {
        match self {
            Self::Opus => true,
            Self::Vp8 => vp8::is_key_frame(frame),
            Self::H264 => h264::is_key_frame(frame),
        }
    }

    /// Bytes at the start of `frame` that stay readable when it is sealed (LiveKit's table);
    /// `None` when the frame is too short or has no slice.
    #[must_use]
    pub(crate) fn clear_length(self, frame: &[u8]) -> Option<usize> {
        let length = match self {
            Self::Opus => 1,
            Self::Vp8 if vp8::is_key_frame(frame) => 10,
            Self::Vp8 => 3,
            Self::H264 => h264::first_slice(frame)?.checked_add(2)?,
        };
        (length <= frame.len()).then_some(length)
    }
}
