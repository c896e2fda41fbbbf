//! The camera, or the picture of a computer that is shared: captured, scaled, encoded in up to
//! three sizes.
//!
//! Invariants: off means no pipeline and a closed device; only layers somebody watches are
//! encoded; when nobody watches, the camera closes after a grace. What is shared stays open: the
//! room's own stage shows it.

mod crop;
mod draw;
mod pipeline;
mod rig;
mod source;
mod y4m;

use std::path::PathBuf;
use std::time::Duration;

use room_frames::Codec;
use room_messages::api::View;
use room_messages::{DeviceState, Source, VideoFormat, VideoInput};

use super::capture::Capture;
use super::control::Input;
use super::frame::Outlet;
use super::ladder::{self, Layer};
use crate::stage::FrameSlot;
use rig::{CameraRig, Command};

/// What a camera is made with.
#[derive(Clone, Debug)]
pub struct CameraOptions {
    pub input: VideoInput,
    pub format: VideoFormat,
    /// VP8, or H.264 where a receiver has proven the encoder.
    pub codec: Codec,
    /// Frame rate of all layers but the largest.
    pub low_frames_per_second: u32,
    /// [`Source::Camera`] or [`Source::ScreenShare`].
    pub source: Source,
    /// Where the picture is shown in the room itself.
    pub preview: Option<FrameSlot>,
}

impl CameraOptions {
    /// VP8 at the frame rates Element Call uses.
    #[must_use]
    pub fn new(input: VideoInput, format: VideoFormat) -> Self {
        Self {
            input,
            format,
            codec: Codec::Vp8,
            low_frames_per_second: ladder::low_frames_per_second(format),
            source: Source::Camera,
            preview: None,
        }
    }

    /// What is shared, and where the room itself sees it.
    #[must_use]
    pub fn content(input: VideoInput, format: VideoFormat, preview: FrameSlot) -> Self {
        Self {
            source: Source::ScreenShare,
            preview: Some(preview),
            ..Self::new(input, format)
        }
    }

    /// The layers to announce, smallest first.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        ladder::layers(self.format, self.low_frames_per_second)
    }
}

/// Handle of the camera. It starts off. Dropping it closes the device in the background.
pub struct Camera {
    capture: Capture<Command>,
    layers: Vec<Layer>,
    /// The room itself watches.
    seen_here: bool,
}

impl std::fmt::Debug for Camera {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Camera").finish_non_exhaustive()
    }
}

impl Camera {
    /// `report` gets every change of the device's state, on the camera's thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new(
        options: CameraOptions,
        outlet: Outlet,
        report: impl Fn(DeviceState) + Send + 'static,
    ) -> std::io::Result<Self> {
        let absent = matches!(options.input, VideoInput::None | VideoInput::Board(_));
        let layers = options.layers();
        let seen_here = options.preview.is_some();
        let name = match options.source {
            Source::ScreenShare => "content",
            _ => "camera",
        };
        let rig = CameraRig::new(options, outlet);
        let capture = Capture::start(name, absent, rig, report)?;
        Ok(Self {
            capture,
            layers,
            seen_here,
        })
    }

    /// The layers to announce, smallest first.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Opens or closes the camera.
    pub fn set_on(&self, on: bool) {
        self.capture.input(Input::Want(on));
    }

    /// Which layers somebody watches (LiveKit's subscribed quality), smallest first. All are
    /// at the start.
    pub fn set_watched(&self, watched: &[bool]) {
        let needed = watched
            .iter()
            .take(self.layers.len())
            .any(|watched| *watched)
            || self.seen_here;
        self.capture.command(Command::Watched(watched.to_vec()));
        self.capture.input(Input::Need(needed));
    }

    /// Bits per second the way to the SFU carries; `None` when not known.
    pub fn set_estimate(&self, bits_per_second: Option<u32>) {
        self.capture.command(Command::Estimate(bits_per_second));
    }

    /// Sends this part of its picture from now on, also after it was closed meanwhile.
    pub fn set_view(&self, view: View) {
        self.capture.command(Command::View(view));
    }

    /// A receiver of this layer needs a key frame. At most three a second are made.
    pub fn need_key_frame(&self, layer: usize) {
        self.capture.command(Command::KeyFrame(layer));
    }

    /// The camera that is plugged in now, as its device node; `None`: none is. The next opening
    /// takes it.
    pub fn set_device(&self, node: Option<PathBuf>) {
        let present = node.is_some();
        if let Some(node) = node {
            self.capture.command(Command::Device(node));
        }
        self.capture.input(Input::Present(present));
    }

    /// Profile `sim`: pulls the plug or puts it back.
    pub fn set_plugged(&self, plugged: bool) {
        self.capture.input(Input::Plug(plugged));
    }

    /// Closes the camera and waits until it is released.
    pub async fn close(self) {
        self.capture.close().await;
    }
}

/// Least time between two key frames of a layer that were asked for.
const KEY_FRAME_PAUSE: Duration = Duration::from_millis(300);
