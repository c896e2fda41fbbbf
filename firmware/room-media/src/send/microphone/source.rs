//! Where the microphone's sound comes from; every source ends in 48 kHz mono of 16 bits.

use std::io;
use std::path::Path;

use gstreamer as gst;
use gstreamer::prelude::*;
use room_messages::AudioInput;

use super::super::capture::OpenError;
use super::super::source::{Rigged, link};
use super::tone;
use super::wav::Wav;

/// Samples per block of the test tone: 20 ms.
const BLOCK: u64 = 960;

/// Adds the source of `input` and returns the element that gives [`caps`].
pub(super) fn add(rigged: &Rigged, input: &AudioInput) -> Result<gst::Element, OpenError> {
    let raw = match input {
        AudioInput::None => return Err(OpenError::new("microphone", "none is named")),
        AudioInput::Board(_) => return Err(OpenError::new("microphone", "none is plugged in")),
        AudioInput::Test => add_tone(rigged)?,
        AudioInput::File(path) => add_file(rigged, path)?,
        AudioInput::Device(name) => add_device(rigged, name)?,
    };
    let convert = rigged.add("audioconvert")?;
    let resample = rigged.add("audioresample")?;
    let filter = rigged.add_filter(caps())?;
    link(&raw, &convert)?;
    link(&convert, &resample)?;
    link(&resample, &filter)?;
    Ok(filter)
}

/// What the encoder gets.
fn caps() -> gst::Caps {
    gst::Caps::builder("audio/x-raw")
        .field("format", "S16LE")
        .field("layout", "interleaved")
        .field("rate", 48_000_i32)
        .field("channels", 1_i32)
        .build()
}

fn add_tone(rigged: &Rigged) -> Result<gst::Element, OpenError> {
    let mut place = 0;
    rigged.add_feed(&caps(), move || {
        let samples = (place..place + BLOCK).flat_map(|place| tone::sample(place).to_le_bytes());
        let mut buffer = gst::Buffer::from_mut_slice(samples.collect::<Vec<u8>>());
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(gst::ClockTime::from_mseconds(place / BLOCK * 20));
            buffer.set_duration(gst::ClockTime::from_mseconds(20));
        }
        place += BLOCK;
        io::Result::Ok(buffer)
    })
}

fn add_file(rigged: &Rigged, path: &Path) -> Result<gst::Element, OpenError> {
    let failed = |error| OpenError::new("sound file", format!("{}: {error}", path.display()));
    let mut file = Wav::open(path).map_err(failed)?;
    let caps = file.caps().map_err(failed)?;
    rigged.add_feed(&caps, move || file.next_block())
}

fn add_device(rigged: &Rigged, name: &str) -> Result<gst::Element, OpenError> {
    let source = rigged.add("alsasrc")?;
    source.set_property("device", name);
    // Microseconds: blocks of 20 ms, and room for a busy processor.
    source.set_property("latency-time", 20_000_i64);
    source.set_property("buffer-time", 200_000_i64);
    // The device's clock drifts against the one all pipelines share; it is followed, not set.
    source.set_property("provide-clock", false);
    source.set_property_from_str("slave-method", "re-timestamp");
    let queue = rigged.add("queue")?;
    link(&source, &queue)?;
    Ok(queue)
}
