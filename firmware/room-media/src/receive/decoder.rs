//! A decoder in a pipeline of its own.
//!
//! Own, so that a decoder that errors on hostile content is rebuilt alone: in the
//! connection's pipeline it would end the whole connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer_app::{AppSink, AppSinkCallbacks, AppSrc};
use gstreamer_video::VideoInfo;
use room_frames::Codec;

use super::track::MAX_SIDE;
use crate::gst::make;
use crate::stage::FrameSlot;
use crate::voice::VoiceTrack;

/// An Opus packet as everybody sends it.
const PACKET: Duration = Duration::from_millis(20);
/// More than this of a gap cannot be concealed.
const LONGEST_GAP: u16 = 5;

/// Where decoded media goes.
#[derive(Clone)]
pub(super) enum Target {
    Picture(FrameSlot),
    Sound(Arc<VoiceTrack>),
}

/// What a decoder has done; kept when it is rebuilt.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) frames: AtomicU64,
    pub(super) width: AtomicU32,
    pub(super) height: AtomicU32,
}

pub(super) struct Decoder {
    pipeline: gst::Pipeline,
    source: AppSrc,
    failed: Arc<AtomicBool>,
    sound: bool,
}

impl Decoder {
    pub(super) fn new(
        codec: Codec,
        target: Target,
        done: Arc<Done>,
    ) -> Result<Self, glib::BoolError> {
        let source = source(codec);
        let sink = sink(target, done);
        let pipeline = gst::Pipeline::new();
        let mut chain = vec![source.clone().upcast::<gst::Element>()];
        chain.extend(elements(codec)?);
        chain.push(sink.upcast());
        pipeline.add_many(&chain)?;
        gst::Element::link_many(&chain)?;
        let failed = Arc::new(AtomicBool::new(false));
        watch(&pipeline, &failed);
        let decoder = Self {
            pipeline,
            source,
            failed,
            sound: codec == Codec::Opus,
        };
        decoder
            .pipeline
            .set_state(gst::State::Playing)
            .map_err(|_| glib::bool_error!("the decoder does not start"))?;
        Ok(decoder)
    }

    /// Whether it stopped on an error and has to be made anew.
    pub(super) fn failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Takes a frame. Never waits: what is too much is dropped.
    pub(super) fn push(&self, frame: Vec<u8>, at: Duration, missing: u16) {
        if self.sound && missing > 0 {
            self.conceal(at, missing.min(LONGEST_GAP));
        }
        let mut buffer = gst::Buffer::from_mut_slice(frame);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(time(at));
            if self.sound {
                buffer.set_duration(time(PACKET));
            }
        }
        if self.source.push_buffer(buffer).is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
    }

    /// Tells the decoder of missing packets: it makes up what it can (PLC, in-band FEC).
    fn conceal(&self, at: Duration, missing: u16) {
        let length = PACKET * u32::from(missing);
        let from = time(at.saturating_sub(length));
        let gap = gst::event::Gap::builder(from)
            .duration(time(length))
            .build();
        self.source.send_event(gap);
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        if self.pipeline.set_state(gst::State::Null).is_err() {
            tracing::warn!("a decoder does not stop");
        }
    }
}

fn time(at: Duration) -> gst::ClockTime {
    gst::ClockTime::from_nseconds(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX - 1))
}

fn source(codec: Codec) -> AppSrc {
    let caps = match codec {
        Codec::Vp8 => gst::Caps::builder("video/x-vp8").build(),
        Codec::H264 => gst::Caps::builder("video/x-h264")
            .field("stream-format", "byte-stream")
            .field("alignment", "au")
            .build(),
        Codec::Opus => gst::Caps::builder("audio/x-opus")
            .field("channel-mapping-family", 0)
            .field("channels", 2)
            .field("rate", 48_000)
            .build(),
    };
    AppSrc::builder()
        .caps(&caps)
        .format(gst::Format::Time)
        .is_live(true)
        .max_bytes(4 * 1024 * 1024)
        .max_buffers(60)
        .leaky_type(gstreamer_app::AppLeakyType::Downstream)
        .build()
}

fn elements(codec: Codec) -> Result<Vec<gst::Element>, glib::BoolError> {
    let decoder = match codec {
        Codec::Vp8 => {
            let decoder = make("vp8dec")?;
            // More threads spin on contended cores and gain nothing at these sizes.
            decoder.set_property("threads", 1_u32);
            decoder
        }
        Codec::H264 => make("avdec_h264").or_else(|_| make("openh264dec"))?,
        Codec::Opus => {
            let decoder = make("opusdec")?;
            decoder.set_property("plc", true);
            decoder.set_property("use-inband-fec", true);
            decoder
        }
    };
    if decoder.has_property("max-errors") {
        decoder.set_property("max-errors", -1_i32);
    }
    let convert = match codec {
        Codec::Opus => make("audioconvert")?,
        Codec::Vp8 | Codec::H264 => make("videoconvert")?,
    };
    // OpenH264 asks for a profile, which only the parser finds.
    let parser = (codec == Codec::H264).then(|| make("h264parse"));
    let parser = parser.transpose()?;
    Ok(parser.into_iter().chain([decoder, convert]).collect())
}

fn sink(target: Target, done: Arc<Done>) -> AppSink {
    let caps = match target {
        Target::Picture(_) => gst::Caps::builder("video/x-raw").field("format", "I420"),
        Target::Sound(_) => gst::Caps::builder("audio/x-raw")
            .field("format", "S16LE")
            .field("layout", "interleaved")
            .field("rate", 48_000)
            .field("channels", gst::IntRange::new(1, 2)),
    };
    let callbacks = AppSinkCallbacks::builder()
        .new_sample(move |sink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            take(&sample, &target, &done);
            Ok(gst::FlowSuccess::Ok)
        })
        .build();
    AppSink::builder()
        .caps(&caps.build())
        .sync(false)
        .async_(false)
        .enable_last_sample(false)
        .max_buffers(4)
        .callbacks(callbacks)
        .build()
}

fn take(sample: &gst::Sample, target: &Target, done: &Done) -> Option<()> {
    let (caps, buffer) = (sample.caps()?, sample.buffer_owned()?);
    match target {
        Target::Picture(slot) => {
            let info = VideoInfo::from_caps(caps).ok()?;
            if info.width() > MAX_SIDE || info.height() > MAX_SIDE {
                return None;
            }
            done.width.store(info.width(), Ordering::Relaxed);
            done.height.store(info.height(), Ordering::Relaxed);
            slot.put(buffer, info);
        }
        Target::Sound(voice) => {
            let channels = caps.structure(0)?.get::<i32>("channels").ok()?;
            let map = buffer.map_readable().ok()?;
            let samples: Vec<i16> = map
                .as_chunks::<2>()
                .0
                .iter()
                .map(|bytes| i16::from_le_bytes(*bytes))
                .collect();
            voice.push(&samples, usize::try_from(channels).ok()?);
        }
    }
    done.frames.fetch_add(1, Ordering::Relaxed);
    Some(())
}

fn watch(pipeline: &gst::Pipeline, failed: &Arc<AtomicBool>) {
    let failed = Arc::clone(failed);
    if let Some(bus) = pipeline.bus() {
        bus.set_sync_handler(move |_, message| {
            if let gst::MessageView::Error(error) = message.view() {
                tracing::debug!(error = %error.error(), "a decoder stopped");
                failed.store(true, Ordering::Relaxed);
            }
            gst::BusSyncReply::Drop
        });
    }
}
