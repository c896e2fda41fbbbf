//! The camera as its thread drives it: rates, key frames, opening and closing.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use room_messages::VideoInput;
use room_messages::api::View;

use super::super::bitrate::Allocation;
use super::super::capture::{Broke, OpenError, Rig};
use super::super::frame::Outlet;
use super::pipeline::Pipeline;
use super::{CameraOptions, KEY_FRAME_PAUSE};

pub(super) enum Command {
    Watched(Vec<bool>),
    Estimate(Option<u32>),
    KeyFrame(usize),
    View(View),
    /// The node to open from now on.
    Device(PathBuf),
}

pub(super) struct CameraRig {
    options: CameraOptions,
    outlet: Outlet,
    view: View,
    frames: Arc<AtomicU64>,
    allocation: Allocation,
    rates: Vec<Option<u32>>,
    /// When each layer was last asked for a key frame.
    asked: Vec<Option<Duration>>,
    /// Asked for again within the pause: made when it is over.
    pending: Vec<bool>,
    pipeline: Option<Pipeline>,
}

impl CameraRig {
    pub fn new(options: CameraOptions, outlet: Outlet) -> Self {
        let layers = options.layers();
        let mut allocation = Allocation::new(&layers);
        Self {
            rates: allocation.decide(Duration::ZERO),
            allocation,
            asked: vec![None; layers.len()],
            pending: vec![false; layers.len()],
            options,
            outlet,
            view: View::default(),
            frames: Arc::default(),
            pipeline: None,
        }
    }

    fn decide(&mut self, now: Duration) {
        let rates = self.allocation.decide(now);
        if rates == self.rates {
            return;
        }
        tracing::debug!(source = ?self.options.source, ?rates, "layers");
        if let Some(pipeline) = &self.pipeline {
            pipeline.set_rates(&rates);
        }
        self.rates = rates;
    }

    fn ask_key_frame(&mut self, now: Duration, layer: usize) {
        let Some(asked) = self.asked.get_mut(layer) else {
            return;
        };
        let soon = asked.is_some_and(|asked| now.saturating_sub(asked) < KEY_FRAME_PAUSE);
        if let Some(pending) = self.pending.get_mut(layer) {
            *pending = soon;
        }
        if soon {
            return;
        }
        *asked = Some(now);
        if let Some(pipeline) = &self.pipeline {
            pipeline.make_key_frame(layer);
        }
    }
}

impl Rig for CameraRig {
    type Command = Command;

    fn open(&mut self, broke: Broke) -> Result<(), OpenError> {
        let pipeline = Pipeline::start(
            &self.options,
            self.view,
            &self.rates,
            &self.frames,
            &self.outlet,
            broke,
        )?;
        self.pipeline = Some(pipeline);
        Ok(())
    }

    fn close(&mut self) {
        self.pipeline = None;
        if let Some(preview) = &self.options.preview {
            preview.clear();
        }
    }

    fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    fn command(&mut self, now: Duration, command: Command) {
        match command {
            Command::Watched(watched) => {
                self.allocation.set_watched(&watched);
                self.decide(now);
            }
            Command::Estimate(estimate) => {
                self.allocation.set_estimate(estimate);
                self.decide(now);
            }
            Command::KeyFrame(layer) => self.ask_key_frame(now, layer),
            Command::View(view) => {
                self.view = view;
                if let Some(pipeline) = &self.pipeline {
                    pipeline.look(view);
                }
            }
            Command::Device(node) => self.options.input = VideoInput::Device(node),
        }
    }

    fn tick(&mut self, now: Duration) {
        self.decide(now);
        for layer in 0..self.pending.len() {
            if self.pending.get(layer).copied().unwrap_or(false) {
                self.ask_key_frame(now, layer);
            }
        }
    }
}
