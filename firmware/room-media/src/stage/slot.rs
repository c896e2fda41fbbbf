//! The newest picture of one video track, between its decoder and the stage.

use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer_video::VideoInfo;

/// A decoded I420 picture.
#[derive(Clone)]
pub(super) struct Shot {
    pub(super) buffer: gst::Buffer,
    pub(super) info: VideoInfo,
    /// Differs from that of every other picture of this slot.
    pub(super) number: u64,
}

/// A handle; clones share the picture. Only the newest is kept: the stage draws at its own pace.
#[derive(Clone, Default)]
pub struct FrameSlot(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    shot: Option<Shot>,
    count: u64,
    hidden: bool,
}

impl std::fmt::Debug for FrameSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrameSlot").finish_non_exhaustive()
    }
}

impl FrameSlot {
    /// Replaces the picture; `info` must be I420.
    pub fn put(&self, buffer: gst::Buffer, info: VideoInfo) {
        let old = {
            let mut content = self.lock();
            if content.hidden {
                return;
            }
            content.count += 1;
            let number = content.count;
            content.shot.replace(Shot {
                buffer,
                info,
                number,
            })
        };
        // Given back to its decoder's pool outside the lock.
        drop(old);
    }

    /// Takes the picture away: the track is over.
    pub fn clear(&self) {
        self.lock().shot = None;
    }

    /// While hidden (muted, or undecryptable) no picture is shown, not even one that was still
    /// being decoded.
    pub fn set_hidden(&self, hidden: bool) {
        let mut content = self.lock();
        content.hidden = hidden;
        if hidden {
            content.shot = None;
        }
    }

    /// Width and height of the picture that is shown.
    #[cfg(test)]
    pub(crate) fn newest_size(&self) -> Option<(u32, u32)> {
        let shot = self.newest()?;
        Some((shot.info.width(), shot.info.height()))
    }

    pub(super) fn newest(&self) -> Option<Shot> {
        self.lock().shot.clone()
    }

    /// Nobody else can put a picture here any more.
    pub(super) fn orphaned(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
