//! Encoded frames, and the way from a capture to whoever publishes it now.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use room_frames::Codec;
use room_messages::Source;

/// One encoded frame: a plain value, tied to no pipeline.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedFrame {
    pub source: Source,
    /// Simulcast layer, 0 is the smallest.
    pub layer: usize,
    pub codec: Codec,
    pub data: Vec<u8>,
    /// Clock time of capture in nanoseconds ([`crate::gst::clock_now`]).
    pub captured_ns: u64,
    pub key_frame: bool,
    /// Picture size; 0 for sound.
    pub width: u32,
    pub height: u32,
    /// Sound only: dB below full scale, 0 (loudest) to 127 (silence), as RFC 6464.
    pub level: Option<u8>,
    /// Sound only: first frame after a pause.
    pub talk_spurt: bool,
}

/// Its `Debug` shows no media.
impl fmt::Debug for EncodedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedFrame")
            .field("source", &self.source)
            .field("layer", &self.layer)
            .field("bytes", &self.data.len())
            .field("key_frame", &self.key_frame)
            .finish_non_exhaustive()
    }
}

type Taker = Arc<dyn Fn(EncodedFrame) + Send + Sync>;

/// Where a capture puts its frames. Frames nobody takes are dropped.
#[derive(Clone, Default)]
pub struct Outlet(Arc<RwLock<Option<Taker>>>);

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outlet")
    }
}

impl Outlet {
    /// `taker` gets every frame from now on, on the encoder's thread: it must not block.
    pub fn connect(&self, taker: impl Fn(EncodedFrame) + Send + Sync + 'static) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(taker));
    }

    /// Nobody takes frames any more.
    pub fn disconnect(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn put(&self, frame: EncodedFrame) {
        let taker = {
            let taker = self.0.read().unwrap_or_else(PoisonError::into_inner);
            taker.clone()
        };
        if let Some(taker) = taker {
            taker(frame);
        }
    }
}
