//! The capture pipeline: one source, scaled down step by step, one encoder per layer.
//!
//! ```text
//! source - crop - tee - queue - encoder (largest)
//!                  \ scale - tee - queue - encoder
//!                             \ scale - queue - encoder (smallest)
//! ```
//!
//! Scaling step by step costs half of scaling each layer from the full picture. One thread per
//! encoder; the encoder's own threads spin and are worth it only on idle cores.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_video::{UpstreamForceKeyUnitEvent, VideoInfo};
use room_frames::Codec;
use room_messages::api::View;

use super::super::capture::{Broke, OpenError};
use super::super::frame::{EncodedFrame, Outlet};
use super::super::ladder::Layer;
use super::super::source::{Rigged, add_output, link};
use super::super::thinning::Thinning;
use super::crop::Crop;
use super::{CameraOptions, source};
use crate::stage::FrameSlot;

/// Frames between key frames nobody asked for: none, in effect.
const KEY_FRAME_DISTANCE: i32 = 100_000;

/// The running pipeline. Dropping it releases the camera.
pub(super) struct Pipeline {
    layers: Vec<LayerEncoder>,
    crop: Crop,
    rigged: Rigged,
}

struct LayerEncoder {
    encoder: gst::Element,
    codec: Codec,
    open: Arc<AtomicBool>,
}

impl Pipeline {
    /// Builds and starts it; `rates` as in [`Self::set_rates`].
    pub fn start(
        options: &CameraOptions,
        view: View,
        rates: &[Option<u32>],
        frames: &Arc<AtomicU64>,
        outlet: &Outlet,
        broke: Broke,
    ) -> Result<Self, OpenError> {
        let rigged = Rigged::new();
        let whole = source::add(&rigged, options)?;
        if let Some(preview) = &options.preview {
            show(&whole, preview.clone(), Arc::clone(frames));
        }
        let (crop, mut above) = Crop::add(&rigged, &whole, options.format, view)?;
        let ladder = options.layers();
        let opens: Vec<Arc<AtomicBool>> = ladder.iter().map(|_| Arc::default()).collect();
        let mut layers = Vec::new();
        for ((place, layer), open) in ladder.iter().enumerate().zip(&opens).rev() {
            let below = opens.get(..=place).unwrap_or_default();
            above = step(&rigged, &above, layer, place + 1 == ladder.len(), below)?;
            let take = taker(place, layer, options, outlet.clone());
            let output = add_output(&rigged, Arc::clone(frames), take)?;
            let open = Arc::clone(open);
            layers.push(add_encoder(
                &rigged,
                options.codec,
                layer,
                &above,
                &output,
                open,
            )?);
        }
        layers.reverse();
        let pipeline = Self {
            layers,
            crop,
            rigged,
        };
        pipeline.set_rates(rates);
        pipeline.rigged.start(broke)?;
        Ok(pipeline)
    }

    /// Bits per second of each layer; `None` stops its encoder. One that starts again begins
    /// with a key frame.
    pub fn set_rates(&self, rates: &[Option<u32>]) {
        for (layer, rate) in self.layers.iter().zip(rates) {
            if let Some(rate) = rate {
                layer.set_rate(*rate);
            }
            let was_open = layer.open.swap(rate.is_some(), Ordering::Relaxed);
            if rate.is_some() && !was_open {
                layer.make_key_frame();
            }
        }
    }

    pub fn look(&self, view: View) {
        self.crop.look(view);
    }

    pub fn make_key_frame(&self, layer: usize) {
        if let Some(layer) = self.layers.get(layer) {
            layer.make_key_frame();
        }
    }
}

impl LayerEncoder {
    fn set_rate(&self, bits_per_second: u32) {
        match self.codec {
            Codec::H264 => self.encoder.set_property("bitrate", bits_per_second),
            _ => {
                let rate = i32::try_from(bits_per_second).unwrap_or(i32::MAX);
                self.encoder.set_property("target-bitrate", rate);
            }
        }
    }

    fn make_key_frame(&self) {
        if let Some(pad) = self.encoder.static_pad("src") {
            pad.send_event(
                UpstreamForceKeyUnitEvent::builder()
                    .all_headers(true)
                    .build(),
            );
        }
    }
}

/// The tee that carries this layer's size. `below`: this layer and all smaller ones; when none
/// of them runs, nothing is scaled for them.
fn step(
    rigged: &Rigged,
    above: &gst::Element,
    layer: &Layer,
    largest: bool,
    below: &[Arc<AtomicBool>],
) -> Result<gst::Element, OpenError> {
    let tee = rigged.add("tee")?;
    tee.set_property("allow-not-linked", true);
    if largest {
        link(above, &tee)?;
        return Ok(tee);
    }
    let scale = rigged.add("videoscale")?;
    let filter = rigged.add_filter(source::size_caps(layer.width, layer.height))?;
    link(above, &scale)?;
    link(&scale, &filter)?;
    link(&filter, &tee)?;
    let below = below.to_vec();
    drop_unless(&scale, move |_| {
        below.iter().any(|open| open.load(Ordering::Relaxed))
    });
    Ok(tee)
}

fn add_encoder(
    rigged: &Rigged,
    codec: Codec,
    layer: &Layer,
    tee: &gst::Element,
    output: &gst::Element,
    open: Arc<AtomicBool>,
) -> Result<LayerEncoder, OpenError> {
    let queue = rigged.add("queue")?;
    queue.set_property("max-size-buffers", 2_u32);
    queue.set_property("max-size-bytes", 0_u32);
    queue.set_property("max-size-time", 0_u64);
    // A slow encoder gets the newest pictures, and never holds up the camera.
    queue.set_property_from_str("leaky", "downstream");
    let encoder = match codec {
        Codec::H264 => add_openh264(rigged)?,
        _ => add_vp8(rigged)?,
    };
    link(tee, &queue)?;
    link(&queue, &encoder)?;
    if codec == Codec::H264 {
        let filter = rigged.add_filter(h264_caps())?;
        link(&encoder, &filter)?;
        link(&filter, output)?;
    } else {
        link(&encoder, output)?;
    }
    let thinning = Mutex::new(Thinning::new(layer.frames_per_second));
    let gate = Arc::clone(&open);
    drop_unless(&queue, move |time_ns| {
        gate.load(Ordering::Relaxed)
            && thinning
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .passes(time_ns)
    });
    Ok(LayerEncoder {
        encoder,
        codec,
        open,
    })
}

/// Every picture goes to the stage too. It counts as a sign of life: nobody else may watch.
fn show(whole: &gst::Element, preview: FrameSlot, frames: Arc<AtomicU64>) {
    let Some(pad) = whole.static_pad("src") else {
        return;
    };
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, probe| {
        let caps = pad.current_caps();
        let info = caps.and_then(|caps| VideoInfo::from_caps(&caps).ok());
        if let (Some(info), Some(buffer)) = (info, probe.buffer()) {
            preview.put(buffer.clone(), info);
            frames.fetch_add(1, Ordering::Relaxed);
        }
        gst::PadProbeReturn::Ok
    });
}

/// Drops what arrives at `element` unless `passes` its time in nanoseconds.
fn drop_unless(element: &gst::Element, passes: impl Fn(u64) -> bool + Send + Sync + 'static) {
    let Some(pad) = element.static_pad("sink") else {
        return;
    };
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, probe| {
        let time = probe.buffer().and_then(|buffer| buffer.pts());
        if passes(time.map_or(0, gst::ClockTime::nseconds)) {
            gst::PadProbeReturn::Ok
        } else {
            // `Drop` would make GStreamer complain: the bindings have released the buffer.
            gst::PadProbeReturn::Handled
        }
    });
}

fn add_vp8(rigged: &Rigged) -> Result<gst::Element, OpenError> {
    let encoder = rigged.add("vp8enc")?;
    encoder.set_property("deadline", 1_i64);
    // Negative: this speed and no slower. Positive values would mean a share of the processor.
    encoder.set_property("cpu-used", -6_i32);
    encoder.set_property("threads", 1_i32);
    encoder.set_property("lag-in-frames", 0_i32);
    encoder.set_property("keyframe-max-dist", KEY_FRAME_DISTANCE);
    encoder.set_property("min-quantizer", 2_i32);
    encoder.set_property("max-quantizer", 58_i32);
    encoder.set_property("undershoot", 95_i32);
    encoder.set_property("buffer-initial-size", 500_i32);
    encoder.set_property("buffer-optimal-size", 600_i32);
    encoder.set_property("buffer-size", 1000_i32);
    encoder.set_property_from_str("end-usage", "cbr");
    encoder.set_property_from_str("error-resilient", "default");
    Ok(encoder)
}

fn add_openh264(rigged: &Rigged) -> Result<gst::Element, OpenError> {
    let encoder = rigged.add("openh264enc")?;
    encoder.set_property_from_str("rate-control", "bitrate");
    encoder.set_property_from_str("complexity", "low");
    encoder.set_property_from_str("slice-mode", "n-slices");
    encoder.set_property("num-slices", 1_u32);
    encoder.set_property("multi-thread", 1_u32);
    encoder.set_property("gop-size", KEY_FRAME_DISTANCE.unsigned_abs());
    Ok(encoder)
}

fn h264_caps() -> gst::Caps {
    gst::Caps::builder("video/x-h264")
        .field("profile", "constrained-baseline")
        .field("stream-format", "byte-stream")
        .field("alignment", "au")
        .build()
}

fn taker(
    place: usize,
    layer: &Layer,
    options: &CameraOptions,
    outlet: Outlet,
) -> impl Fn(super::super::source::Output) + Send + use<> {
    let (width, height) = (layer.width, layer.height);
    let (source, codec) = (options.source, options.codec);
    move |output| {
        outlet.put(EncodedFrame {
            source,
            layer: place,
            codec,
            key_frame: codec.is_key_frame(&output.data),
            data: output.data,
            captured_ns: output.captured_ns,
            width,
            height,
            level: None,
            talk_spurt: false,
        });
    }
}
