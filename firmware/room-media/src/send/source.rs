//! What capture pipelines have in common: errors, encoders' output, files read in a loop.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::{AppSink, AppSinkCallbacks, AppSrc};

use super::capture::{Broke, OpenError};
use crate::gst::{make, tie_clock};

/// A capture pipeline. Dropping it releases the device.
pub(super) struct Rigged {
    pub pipeline: gst::Pipeline,
}

impl Rigged {
    pub fn new() -> Self {
        let pipeline = gst::Pipeline::new();
        tie_clock(&pipeline);
        Self { pipeline }
    }

    /// Makes an element in this pipeline.
    pub fn add(&self, factory: &'static str) -> Result<gst::Element, OpenError> {
        let element = make(factory).map_err(|error| OpenError::new(factory, error))?;
        self.pipeline
            .add(&element)
            .map_err(|error| OpenError::new(factory, error))?;
        Ok(element)
    }

    /// A filter that lets only these caps through.
    pub fn add_filter(&self, caps: gst::Caps) -> Result<gst::Element, OpenError> {
        let filter = self.add("capsfilter")?;
        filter.set_property("caps", caps);
        Ok(filter)
    }

    /// A source fed from a file by a thread of its own, in real time.
    pub fn add_feed(
        &self,
        caps: &gst::Caps,
        next: impl FnMut() -> io::Result<gst::Buffer> + Send + 'static,
    ) -> Result<gst::Element, OpenError> {
        let appsrc = AppSrc::builder()
            .caps(caps)
            .format(gst::Format::Time)
            .block(true)
            .max_buffers(2)
            .max_bytes(0)
            .build();
        self.pipeline
            .add(&appsrc)
            .map_err(|error| OpenError::new("appsrc", error))?;
        let clock = self.add("clocksync")?;
        appsrc
            .link(&clock)
            .map_err(|error| OpenError::new("clocksync", error))?;
        std::thread::Builder::new()
            .name("file-feed".into())
            .spawn(move || feed(&appsrc, next))
            .map_err(|error| OpenError::new("thread", error))?;
        Ok(clock)
    }

    pub fn start(&self, broke: Broke) -> Result<(), OpenError> {
        if let Some(bus) = self.pipeline.bus() {
            bus.set_sync_handler(move |_, message| {
                match message.view() {
                    gst::MessageView::Error(error) => {
                        let element = error.src().map(|source| source.name().to_string());
                        let (error, detail) = (error.error(), error.debug());
                        tracing::warn!(element, %error, ?detail, "capture failed");
                        broke();
                    }
                    gst::MessageView::Eos(_) => {
                        tracing::warn!("a capture ended by itself");
                        broke();
                    }
                    _ => {}
                }
                gst::BusSyncReply::Drop
            });
        }
        self.pipeline
            .set_state(gst::State::Playing)
            .map(|_| ())
            .map_err(|error| OpenError::new("device", error))
    }
}

impl Drop for Rigged {
    fn drop(&mut self) {
        if let Some(bus) = self.pipeline.bus() {
            bus.unset_sync_handler();
        }
        if self.pipeline.set_state(gst::State::Null).is_err() {
            tracing::warn!("a capture pipeline does not stop");
        }
    }
}

pub(super) fn link(from: &gst::Element, to: &gst::Element) -> Result<(), OpenError> {
    from.link(to).map_err(|error| {
        OpenError::new("link", format!("{} to {}: {error}", from.name(), to.name()))
    })
}

fn feed(appsrc: &AppSrc, mut next: impl FnMut() -> io::Result<gst::Buffer>) {
    loop {
        match next() {
            Ok(buffer) => {
                // Refused: the pipeline stops.
                if appsrc.push_buffer(buffer).is_err() {
                    return;
                }
            }
            Err(error) => {
                gst::element_error!(appsrc, gst::ResourceError::Read, ["{error}"]);
                return;
            }
        }
    }
}

/// A buffer an encoder made, with what belongs to it.
pub(super) struct Output {
    pub data: Vec<u8>,
    pub captured_ns: u64,
}

/// Adds an appsink that hands every buffer to `take`, on the encoder's thread, and counts them.
pub(super) fn add_output(
    rigged: &Rigged,
    frames: Arc<AtomicU64>,
    take: impl Fn(Output) + Send + 'static,
) -> Result<gst::Element, OpenError> {
    let sink = AppSink::builder().sync(false).async_(false).build();
    sink.set_callbacks(
        AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                frames.fetch_add(1, Ordering::Relaxed);
                if let Some(output) = output(sink, &sample) {
                    take(output);
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .build(),
    );
    rigged
        .pipeline
        .add(&sink)
        .map_err(|error| OpenError::new("appsink", error))?;
    Ok(sink.upcast())
}

fn output(sink: &AppSink, sample: &gst::Sample) -> Option<Output> {
    let buffer = sample.buffer()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let running = segment.to_running_time(buffer.pts()?)?;
    let base = sink.base_time()?;
    let data = buffer.map_readable().ok()?.to_vec();
    Some(Output {
        data,
        captured_ns: (running + base).nseconds(),
    })
}
