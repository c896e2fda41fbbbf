//! Where mixed sound goes.

use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::AppSrc;
use room_audio::RATE;
use room_messages::AudioOutput;

use super::wav::WavFile;

#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    #[error("the sound file cannot be written")]
    File(#[source] std::io::Error),
    #[error("the sound device cannot be opened")]
    Open(#[source] gst::glib::BoolError),
    #[error("the sound device stopped: {0}")]
    Stopped(String),
}

pub(super) enum Output {
    /// Mixed and measured, not played.
    Measured,
    File(WavFile),
    Device(Device),
}

impl Output {
    pub(super) fn open(wanted: &AudioOutput) -> Result<Self, OutputError> {
        match wanted {
            AudioOutput::None | AudioOutput::Test | AudioOutput::Board(_) => Ok(Self::Measured),
            AudioOutput::File(path) => WavFile::create(path)
                .map(Self::File)
                .map_err(OutputError::File),
            AudioOutput::Device(name) => Device::open(name).map(Self::Device),
        }
    }

    /// Whether writing waits for the output itself.
    pub(super) const fn paces(&self) -> bool {
        matches!(self, Self::Device(_))
    }

    pub(super) fn write(&mut self, block: &[i16]) -> Result<(), OutputError> {
        match self {
            Self::Measured => Ok(()),
            Self::File(file) => file.write(block).map_err(OutputError::File),
            Self::Device(device) => device.write(block),
        }
    }
}

pub(super) struct Device {
    pipeline: gst::Pipeline,
    source: AppSrc,
    /// Why it stopped.
    cause: Arc<Mutex<Option<String>>>,
}

impl Device {
    fn open(name: &str) -> Result<Self, OutputError> {
        let sink = gst::ElementFactory::make("alsasink")
            .property("device", name)
            // The device paces us; its clock is not the one blocks are stamped with.
            .property("sync", false)
            .property("buffer-time", 60_000_i64)
            .property("latency-time", 10_000_i64)
            .build()
            .map_err(OutputError::Open)?;
        Self::start(sink)
    }

    fn start(sink: gst::Element) -> Result<Self, OutputError> {
        let caps = gst::Caps::builder("audio/x-raw")
            .field("format", "S16LE")
            .field("layout", "interleaved")
            .field("rate", RATE as i32)
            .field("channels", 2)
            .build();
        let source = AppSrc::builder()
            .caps(&caps)
            .format(gst::Format::Time)
            .is_live(true)
            .do_timestamp(true)
            .block(true)
            // Two blocks of 20 ms.
            .max_bytes(2 * 960 * 4)
            .build();
        let pipeline = gst::Pipeline::new();
        let convert = crate::gst::make("audioconvert").map_err(OutputError::Open)?;
        let resample = crate::gst::make("audioresample").map_err(OutputError::Open)?;
        let chain = [source.upcast_ref(), &convert, &resample, &sink];
        pipeline.add_many(chain).map_err(OutputError::Open)?;
        gst::Element::link_many(chain).map_err(OutputError::Open)?;
        let cause = Arc::default();
        end_on_error(&pipeline, &cause);
        let device = Self {
            pipeline,
            source,
            cause,
        };
        match device.pipeline.set_state(gst::State::Playing) {
            Ok(_) => Ok(device),
            Err(_) => Err(device.stopped()),
        }
    }

    fn write(&mut self, block: &[i16]) -> Result<(), OutputError> {
        let bytes: Vec<u8> = block.iter().flat_map(|s| s.to_le_bytes()).collect();
        self.source
            .push_buffer(gst::Buffer::from_mut_slice(bytes))
            .map(|_| ())
            .map_err(|_| self.stopped())
    }

    fn stopped(&self) -> OutputError {
        let cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        OutputError::Stopped(cause.clone().unwrap_or_else(|| "no cause given".into()))
    }
}

/// Stops the pipeline of a device that was unplugged: nothing drains it any more, and whoever
/// writes into it would wait for ever.
fn end_on_error(pipeline: &gst::Pipeline, cause: &Arc<Mutex<Option<String>>>) {
    let Some(bus) = pipeline.bus() else {
        return;
    };
    let (pipeline, cause) = (pipeline.downgrade(), Arc::clone(cause));
    bus.set_sync_handler(move |_, message| {
        if let gst::MessageView::Error(error) = message.view() {
            let mut cause = cause.lock().unwrap_or_else(PoisonError::into_inner);
            cause.get_or_insert_with(|| error.error().to_string());
            if let Some(pipeline) = pipeline.upgrade() {
                // Not from this thread, which is the pipeline's own.
                pipeline.call_async(|pipeline| {
                    let _ = pipeline.set_state(gst::State::Null);
                });
            }
        }
        gst::BusSyncReply::Drop
    });
}

impl Drop for Device {
    fn drop(&mut self) {
        if let Some(bus) = self.pipeline.bus() {
            bus.unset_sync_handler();
        }
        if self.pipeline.set_state(gst::State::Null).is_err() {
            tracing::warn!("the sound device does not close");
        }
    }
}
