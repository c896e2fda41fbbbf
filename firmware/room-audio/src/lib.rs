//! Sample blocks: mixing, levels, tones, the ring. Pure.
//!
//! All samples are 16-bit signed at 48 kHz; stereo is interleaved.
//!
//! Invariant: nothing here blocks, reads a clock, or allocates per block in the steady state,
//! so it may run in a playback thread.

mod buffer;
mod level;
mod limiter;
mod mixer;
mod ring;
mod tone;

pub use level::{Level, LevelMeter, SILENCE_DBFS};
pub use mixer::{Mixer, VoiceId};
pub use tone::{ToneMeter, loudest_frequency};

/// Samples per second and channel, everywhere in Salle.
pub const RATE: u32 = 48_000;
