//! The microphone's pipeline and its rig.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use room_frames::Codec;
use room_messages::{AudioInput, Source};

use super::super::capture::{Broke, OpenError, Rig};
use super::super::frame::{EncodedFrame, Outlet};
use super::super::source::{Output, Rigged, add_output, link};
use super::{MicrophoneOptions, level, source};

/// Opus marks silence by packets of at most this many bytes.
const SILENCE_BYTES: usize = 2;

pub(super) enum Command {
    /// The ALSA device to open from now on.
    Device(String),
}

pub(super) struct MicrophoneRig {
    options: MicrophoneOptions,
    outlet: Outlet,
    frames: Arc<AtomicU64>,
    rigged: Option<Rigged>,
}

impl MicrophoneRig {
    pub fn new(options: MicrophoneOptions, outlet: Outlet) -> Self {
        Self {
            options,
            outlet,
            frames: Arc::default(),
            rigged: None,
        }
    }

    fn build(&self, broke: Broke) -> Result<Rigged, OpenError> {
        let rigged = Rigged::new();
        let source = source::add(&rigged, &self.options.input)?;
        let encoder = rigged.add("opusenc")?;
        encoder.set_property("bitrate", self.options.bitrate.clamp(6_000, 128_000));
        encoder.set_property_from_str("audio-type", "voice");
        encoder.set_property_from_str("bitrate-type", "vbr");
        encoder.set_property_from_str("frame-size", "20");
        encoder.set_property("dtx", self.options.dtx);
        encoder.set_property("inband-fec", self.options.fec);
        // Without an expected loss the encoder leaves the correction out.
        encoder.set_property("packet-loss-percentage", 10_i32);
        let level = Arc::new(AtomicU8::new(127));
        measure(&encoder, Arc::clone(&level));
        let taker = taker(self.outlet.clone(), level);
        let output = add_output(&rigged, Arc::clone(&self.frames), taker)?;
        link(&source, &encoder)?;
        link(&encoder, &output)?;
        rigged.start(broke)?;
        Ok(rigged)
    }
}

impl Rig for MicrophoneRig {
    type Command = Command;

    fn open(&mut self, broke: Broke) -> Result<(), OpenError> {
        self.rigged = Some(self.build(broke)?);
        Ok(())
    }

    fn close(&mut self) {
        self.rigged = None;
    }

    fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    fn command(&mut self, _now: Duration, command: Command) {
        match command {
            Command::Device(pcm) => self.options.input = AudioInput::Device(pcm),
        }
    }

    fn tick(&mut self, _now: Duration) {}
}

/// Keeps the level of the newest samples on their way into the encoder.
fn measure(encoder: &gst::Element, newest: Arc<AtomicU8>) {
    let Some(pad) = encoder.static_pad("sink") else {
        return;
    };
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, probe| {
        if let Some(Ok(bytes)) = probe.buffer().map(|buffer| buffer.map_readable()) {
            let samples = level::samples(&bytes);
            newest.store(level::below_full_scale(&samples), Ordering::Relaxed);
        }
        gst::PadProbeReturn::Ok
    });
}

fn taker(outlet: Outlet, level: Arc<AtomicU8>) -> impl Fn(Output) + Send + 'static {
    // The very first frame begins a talk spurt too.
    let paused = AtomicBool::new(true);
    move |output| {
        if output.data.len() <= SILENCE_BYTES {
            paused.store(true, Ordering::Relaxed);
            return;
        }
        outlet.put(EncodedFrame {
            source: Source::Microphone,
            layer: 0,
            codec: Codec::Opus,
            data: output.data,
            captured_ns: output.captured_ns,
            key_frame: true,
            width: 0,
            height: 0,
            level: Some(level.load(Ordering::Relaxed)),
            talk_spurt: paused.swap(false, Ordering::Relaxed),
        });
    }
}
