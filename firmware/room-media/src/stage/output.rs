//! Where the stage's picture goes: a window or a file.

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::AppSrc;
use gstreamer_video::VideoInfo;
use room_messages::StageOutput;
use std::path::Path;
use std::time::Instant;

use super::StageError;
use crate::gst::make;

pub(super) struct Output {
    pipeline: gst::Pipeline,
    source: AppSrc,
    begun: Instant,
}

impl Output {
    /// `None` when nobody looks: the picture is drawn on request only.
    pub(super) fn open(wanted: &StageOutput, info: &VideoInfo) -> Result<Option<Self>, StageError> {
        let elements = match wanted {
            StageOutput::None => return Ok(None),
            StageOutput::Test if !has_display() => return Ok(None),
            StageOutput::Test => window(),
            StageOutput::Display => display(),
            StageOutput::File(path) => file(path),
        };
        Self::start(elements.map_err(StageError::Output)?, info).map(Some)
    }

    fn start(elements: Vec<gst::Element>, info: &VideoInfo) -> Result<Self, StageError> {
        let source = AppSrc::builder()
            // Its thread has this name too: whoever measures can tell it from drawing.
            .name("stage-output")
            .caps(&info.to_caps().map_err(StageError::Output)?)
            .format(gst::Format::Time)
            .is_live(true)
            .max_buffers(2)
            .leaky_type(gstreamer_app::AppLeakyType::Downstream)
            .build();
        let pipeline = gst::Pipeline::new();
        let mut chain = vec![source.clone().upcast::<gst::Element>()];
        chain.extend(elements);
        pipeline.add_many(&chain).map_err(StageError::Output)?;
        gst::Element::link_many(&chain).map_err(StageError::Output)?;
        let output = Self {
            pipeline,
            source,
            begun: Instant::now(),
        };
        let started = output.pipeline.set_state(gst::State::Playing);
        started.map_err(|_| output.stopped())?;
        Ok(output)
    }

    pub(super) fn push(&self, mut buffer: gst::Buffer) -> Result<(), StageError> {
        let at = u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(0);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(gst::ClockTime::from_nseconds(at));
        }
        self.source
            .push_buffer(buffer)
            .map_err(|_| self.stopped())?;
        let error = self
            .pipeline
            .bus()
            .and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
        match error {
            Some(_) => Err(StageError::Stopped),
            None => Ok(()),
        }
    }

    fn stopped(&self) -> StageError {
        StageError::Stopped
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // Lets a file get its end; a window has none.
        if self.source.end_of_stream().is_ok()
            && let Some(bus) = self.pipeline.bus()
        {
            let ends = [gst::MessageType::Eos, gst::MessageType::Error];
            bus.timed_pop_filtered(gst::ClockTime::from_seconds(2), &ends);
        }
        if self.pipeline.set_state(gst::State::Null).is_err() {
            tracing::warn!("the stage's output does not close");
        }
    }
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn window() -> Result<Vec<gst::Element>, gst::glib::BoolError> {
    let sink = make("autovideosink")?;
    sink.set_property("sync", false);
    Ok(vec![make("videoconvert")?, sink])
}

/// The board's display: the compositor's where one runs, else the screen itself.
fn display() -> Result<Vec<gst::Element>, gst::glib::BoolError> {
    let composed = std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty());
    let sink = make(if composed { "waylandsink" } else { "kmssink" })?;
    sink.set_property("sync", false);
    if composed {
        sink.set_property("fullscreen", true);
    }
    Ok(vec![make("videoconvert")?, make("videoscale")?, sink])
}

fn file(path: &Path) -> Result<Vec<gst::Element>, gst::glib::BoolError> {
    let encoder = make("vp8enc")?;
    encoder.set_property("deadline", 1_i64);
    encoder.set_property("cpu-used", -12_i32);
    encoder.set_property("threads", 1_i32);
    encoder.set_property("target-bitrate", 2_000_000_i32);
    encoder.set_property("keyframe-max-dist", 90_i32);
    // Readable while it is written, and after a kill.
    let muxer = make("matroskamux")?;
    muxer.set_property("streamable", true);
    muxer.set_property("min-cluster-duration", 500_000_000_i64);
    let sink = gst::ElementFactory::make("filesink")
        .property("location", path)
        .property("sync", false)
        .property("async", false)
        .build()?;
    Ok(vec![encoder, muxer, sink])
}
