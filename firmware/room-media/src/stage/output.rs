//! Where the stage's picture goes: a window or a file.

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::AppSrc;
use gstreamer_video::VideoInfo;
use room_messages::StageOutput;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::Instant;

use super::{StageError, card};
use crate::gst::make;

pub(super) struct Output {
    pipeline: gst::Pipeline,
    source: AppSrc,
    begun: Instant,
    /// Open for as long as the pipeline draws on it.
    card: Option<File>,
}

impl Output {
    /// `None` when nobody looks: the picture is drawn on request only.
    pub(super) fn open(wanted: &StageOutput, info: &VideoInfo) -> Result<Option<Self>, StageError> {
        let mut card = None;
        let elements = match wanted {
            StageOutput::None => return Ok(None),
            StageOutput::Test if !has_display() => return Ok(None),
            StageOutput::Test => window(),
            StageOutput::Display if is_set("WAYLAND_DISPLAY") => composed(),
            StageOutput::Display => {
                // Without one the sink would look for it by every driver's name and every number,
                // which takes a core for minutes on a slow board, and find none.
                let found = card::open().ok_or(StageError::NoDisplay)?;
                let elements = display(&found);
                card = Some(found);
                elements
            }
            StageOutput::File(path) => file(path),
        };
        Self::start(elements.map_err(StageError::Output)?, info, card).map(Some)
    }

    fn start(
        elements: Vec<gst::Element>,
        info: &VideoInfo,
        card: Option<File>,
    ) -> Result<Self, StageError> {
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
            card,
        };
        let started = output.pipeline.set_state(gst::State::Playing);
        started.map_err(|_| output.stopped())?;
        // Before the first picture, with which its size is settled.
        if let [.., size, sink] = chain.as_slice()
            && output.card.is_some()
        {
            fill(size, sink);
        }
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
    ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(is_set)
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

fn window() -> Result<Vec<gst::Element>, gst::glib::BoolError> {
    let sink = make("autovideosink")?;
    sink.set_property("sync", false);
    Ok(vec![make("videoconvert")?, sink])
}

/// A compositor's, where one runs for the stage.
fn composed() -> Result<Vec<gst::Element>, gst::glib::BoolError> {
    let sink = make("waylandsink")?;
    sink.set_property("sync", false);
    sink.set_property("fullscreen", true);
    Ok(vec![make("videoconvert")?, make("videoscale")?, sink])
}

/// The board's display itself.
fn display(card: &File) -> Result<Vec<gst::Element>, gst::glib::BoolError> {
    let sink = make("kmssink")?;
    sink.set_property("sync", false);
    // Most chips do not scale, and show on the lowest plane only what covers the whole display.
    sink.set_property("can-scale", false);
    sink.set_property("fd", card.as_raw_fd());
    Ok(vec![
        make("videoscale")?,
        make("videoconvert")?,
        make("capsfilter")?,
        sink,
    ])
}

/// Makes pictures as large as the display is, which its sink knows since it has started.
fn fill(size: &gst::Element, sink: &gst::Element) {
    let [width, height] =
        ["display-width", "display-height"].map(|name| sink.property::<i32>(name));
    if width > 0 && height > 0 {
        let caps = gst::Caps::builder("video/x-raw")
            .field("width", width)
            .field("height", height)
            .build();
        size.set_property("caps", caps);
    }
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
