//! Where mixed sound goes.

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
            AudioOutput::None | AudioOutput::Test => Ok(Self::Measured),
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
        let device = Self { pipeline, source };
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
        let error = self
            .pipeline
            .bus()
            .and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
        let text = match error.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Error(error)) => error.error().to_string(),
            _ => "no cause given".into(),
        };
        OutputError::Stopped(text)
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        if self.pipeline.set_state(gst::State::Null).is_err() {
            tracing::warn!("the sound device does not close");
        }
    }
}
