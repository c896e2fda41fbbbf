//! One `webrtcbin` pad, the track it carries now, and that track's decoder.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer_app::{AppSink, AppSinkCallbacks};
use gstreamer_video::UpstreamForceKeyUnitEvent;
use room_frames::Codec;
use room_messages::{Decryption, TrackStatistics};

use super::decoder::{Decoder, Done, Target};
use super::flow::Flow;
use super::keys::lock;
use super::track::TrackInfo;

/// A decoder that broke is made anew after this long, not sooner: hostile content may break
/// it every time.
const REBUILD: Duration = Duration::from_secs(1);

/// What [`Branch::carry`] is given for a track that may be looked at.
pub(super) struct Carried {
    pub(super) info: TrackInfo,
    pub(super) codec: Codec,
    pub(super) flow: Flow,
    pub(super) target: Target,
}

/// Called from the streaming thread with the track id when its decryption changes.
pub(super) type Told = Arc<dyn Fn(&str, Decryption) + Send + Sync>;

pub(super) struct Branch {
    sink: AppSink,
    pipeline: glib::WeakRef<gst::Pipeline>,
    /// Codec by the pad's caps.
    pub(super) caps_codec: String,
    active: Arc<Mutex<Option<Active>>>,
}

struct Active {
    carried: Carried,
    done: Arc<Done>,
    decoder: Option<Decoder>,
    built: Option<Instant>,
    begun: Instant,
}

impl Branch {
    /// Links the pad; packets are dropped until a track is named with [`Self::carry`].
    pub(super) fn attach(
        pad: &gst::Pad,
        pipeline: &gst::Pipeline,
        caps_codec: String,
        told: Told,
    ) -> Result<Self, glib::BoolError> {
        let active: Arc<Mutex<Option<Active>>> = Arc::default();
        let sink = sink(Arc::clone(&active), told);
        pipeline.add(&sink)?;
        let branch = Self {
            sink,
            pipeline: pipeline.downgrade(),
            caps_codec,
            active,
        };
        branch.sink.sync_state_with_parent()?;
        let input = branch.sink.static_pad("sink");
        let input = input.ok_or_else(|| glib::bool_error!("an appsink without a pad"))?;
        pad.link(&input)
            .map_err(|_| glib::bool_error!("the pad does not link"))?;
        Ok(branch)
    }

    /// The pad carries this track from now on; `None`: nothing that may be looked at.
    pub(super) fn carry(&self, carried: Option<Carried>) {
        let active = carried.map(|carried| Active {
            carried,
            done: Arc::default(),
            decoder: None,
            built: None,
            begun: Instant::now(),
        });
        let old = std::mem::take(&mut *lock(&self.active));
        let target = old.as_ref().map(|old| old.carried.target.clone());
        // The decoder stops before the picture goes: it may still hold one.
        drop(old);
        if let Some(Target::Picture(slot)) = target {
            slot.clear();
        }
        if let Some(active) = &active {
            active.hide();
        }
        *lock(&self.active) = active;
    }

    /// Whether the track is carried just so: nothing has to change.
    pub(super) fn carries(&self, info: &TrackInfo) -> bool {
        let active = lock(&self.active);
        active.as_ref().is_some_and(|a| {
            let carried = &a.carried.info;
            carried.sid == info.sid
                && carried.identity == info.identity
                && carried.encrypted == info.encrypted
        })
    }

    /// A muted track's last picture must not stay.
    pub(super) fn set_muted(&self, muted: bool) {
        if let Some(active) = lock(&self.active).as_mut() {
            active.carried.info.muted = muted;
            active.hide();
        }
    }

    pub(super) fn statistics(&self) -> Option<TrackStatistics> {
        lock(&self.active).as_mut().map(Active::statistics)
    }
}

impl Drop for Branch {
    fn drop(&mut self) {
        self.carry(None);
        let pipeline = self.pipeline.clone();
        // Not here: this may be the very thread that streams into the sink.
        self.sink.call_async(move |sink| {
            let stopped = sink.set_state(gst::State::Null);
            let removed = pipeline.upgrade().map(|pipeline| pipeline.remove(sink));
            if stopped.is_err() || removed.is_some_and(|result| result.is_err()) {
                tracing::debug!("a received track was already gone");
            }
        });
    }
}

fn sink(active: Arc<Mutex<Option<Active>>>, told: Told) -> AppSink {
    let callbacks = AppSinkCallbacks::builder()
        .new_sample(move |sink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            let Some(map) = sample.buffer().and_then(|b| b.map_readable().ok()) else {
                return Ok(gst::FlowSuccess::Ok);
            };
            let (mut ask, mut news) = (false, None);
            if let Some(active) = lock(&active).as_mut() {
                (ask, news) = active.packet(map.as_slice());
            }
            if ask {
                ask_for_key_frame(sink);
            }
            if let Some((sid, decryption)) = news {
                told(&sid, decryption);
            }
            Ok(gst::FlowSuccess::Ok)
        })
        .build();
    AppSink::builder()
        .sync(false)
        .async_(false)
        .enable_last_sample(false)
        .max_buffers(64)
        .callbacks(callbacks)
        .build()
}

/// With all-headers this would leave as FIR, which LiveKit does not answer; without, as PLI.
fn ask_for_key_frame(sink: &AppSink) {
    let event = UpstreamForceKeyUnitEvent::builder()
        .all_headers(false)
        .build();
    if let Some(pad) = sink.static_pad("sink") {
        pad.push_event(event);
    }
}

impl Active {
    /// Takes a packet; whether to ask for a key frame, and the decryption when it changed.
    fn packet(&mut self, packet: &[u8]) -> (bool, Option<(String, Decryption)>) {
        let now = self.begun.elapsed();
        let before = self.carried.flow.decryption;
        let mut step = self.carried.flow.packet(now, packet);
        let earlier = std::mem::take(&mut step.earlier).into_iter();
        let frames = earlier.chain(step.frame.take().map(|frame| (step.at, frame)));
        for (at, frame) in frames {
            if let Some(decoder) = self.decoder() {
                decoder.push(frame, at, step.missing);
            } else {
                step.ask |= self.carried.flow.broken(now);
            }
        }
        let after = self.carried.flow.decryption;
        if after == before {
            return (step.ask, None);
        }
        self.hide();
        (step.ask, Some((self.carried.info.sid.clone(), after)))
    }

    /// The decoder, made when it is first needed, and made anew when it broke. A new one needs
    /// a key frame, which the frame at hand may not be: then it breaks again and asks.
    fn decoder(&mut self) -> Option<&Decoder> {
        let failed = self.decoder.as_ref().is_none_or(Decoder::failed);
        if !failed {
            return self.decoder.as_ref();
        }
        if self.built.is_some_and(|built| built.elapsed() < REBUILD) {
            return None;
        }
        let again = self.built.replace(Instant::now()).is_some();
        self.decoder = None;
        if again {
            tracing::warn!("a decoder is made anew");
        }
        let target = self.carried.target.clone();
        match Decoder::new(self.carried.codec, target, Arc::clone(&self.done)) {
            Ok(decoder) => self.decoder = Some(decoder),
            Err(error) => tracing::error!(%error, "no decoder"),
        }
        self.decoder.as_ref()
    }

    fn hide(&self) {
        if let Target::Picture(slot) = &self.carried.target {
            let shown = matches!(
                self.carried.flow.decryption,
                Decryption::Decrypting | Decryption::Plain
            );
            slot.set_hidden(self.carried.info.muted || !shown);
        }
    }

    fn statistics(&mut self) -> TrackStatistics {
        let frames = self.done.frames.load(Ordering::Relaxed);
        let now = self.begun.elapsed();
        let figures = &mut self.carried.flow.figures;
        let rates = figures.rates(now, frames);
        let voice = match &self.carried.target {
            Target::Sound(voice) => voice.figures(),
            Target::Picture(_) => crate::voice::VoiceFigures::default(),
        };
        TrackStatistics {
            identity: Some(self.carried.info.identity.0.clone()),
            source: Some(self.carried.info.source),
            rid: None,
            codec: self.carried.codec.name().into(),
            width: self.done.width.load(Ordering::Relaxed),
            height: self.done.height.load(Ordering::Relaxed),
            frames_per_second: rates.frames_per_second,
            frames,
            bits_per_second: rates.bits_per_second,
            loss_percent: rates.loss_percent,
            jitter_ms: figures.jitter_ms(),
            round_trip_ms: None,
            decrypt_failures: figures.decrypt_failures,
            level_dbfs: voice.level_dbfs,
            tone_hz: voice.tone_hz,
        }
    }
}
