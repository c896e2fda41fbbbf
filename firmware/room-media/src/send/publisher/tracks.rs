//! The tracks of a publisher and their streams.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use room_messages::{Source, TrackStatistics};

use super::super::frame::EncodedFrame;
use super::super::history::asked_for;
use super::lane::Lane;
use super::reports::Report;
use crate::peer::Local;
use crate::peer::sdp::Section;

/// One media section.
#[derive(Debug)]
pub(super) struct Track {
    source: Source,
    /// The id of `AddTrack`.
    cid: String,
    local: Local,
    /// Empty before the first offer.
    mid: Mutex<String>,
    /// Smallest layer first; the lock also keeps the packets of a stream in order.
    lanes: Vec<(u32, Mutex<Lane>)>,
}

impl Track {
    pub fn new(source: Source, cid: String, local: Local, lanes: Vec<Lane>) -> Self {
        Self {
            source,
            cid,
            local,
            mid: Mutex::default(),
            lanes: lanes
                .into_iter()
                .map(|lane| (lane.ssrc, Mutex::new(lane)))
                .collect(),
        }
    }

    fn push(&self, packet: Vec<u8>, captured_ns: Option<u64>) {
        let base = self.local.appsrc.base_time().unwrap_or_default();
        let now = crate::gst::clock_now();
        let time = captured_ns.unwrap_or(now).saturating_sub(base.nseconds());
        let mut buffer = gst::Buffer::from_mut_slice(packet);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(gst::ClockTime::from_nseconds(time));
        }
        // Refused only while the connection ends.
        let _ = self.local.appsrc.push_buffer(buffer);
    }
}

/// All sections, and the time their figures are reckoned in.
#[derive(Debug)]
pub(super) struct Tracks {
    tracks: RwLock<Vec<Arc<Track>>>,
    begun: Instant,
}

impl Default for Tracks {
    fn default() -> Self {
        Self {
            tracks: RwLock::default(),
            begun: Instant::now(),
        }
    }
}

impl Tracks {
    pub fn add(&self, track: Track) {
        let mut tracks = self.tracks.write().unwrap_or_else(PoisonError::into_inner);
        tracks.push(Arc::new(track));
    }

    /// Takes the track away; `None` when there is none with this id.
    pub fn remove(&self, cid: &str) -> Option<Local> {
        let mut tracks = self.tracks.write().unwrap_or_else(PoisonError::into_inner);
        let at = tracks.iter().position(|track| track.cid == cid)?;
        Some(tracks.remove(at).local.clone())
    }

    pub fn clear(&self) {
        let mut tracks = self.tracks.write().unwrap_or_else(PoisonError::into_inner);
        tracks.clear();
    }

    fn all(&self) -> Vec<Arc<Track>> {
        let tracks = self.tracks.read().unwrap_or_else(PoisonError::into_inner);
        tracks.clone()
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Takes the sections' names from the offer that was just made.
    pub fn name(&self, offer: &[Section]) {
        for track in self.all() {
            let named = |section: &&Section| section.track.as_deref() == Some(&track.cid);
            if let Some(section) = offer.iter().find(named) {
                lock(&track.mid).clone_from(&section.mid);
            }
        }
    }

    /// Every stream begins again with a key frame.
    pub fn restart(&self) {
        for track in self.all() {
            for (_, lane) in &track.lanes {
                lock(lane).restart();
            }
        }
    }

    /// Sends a frame on its track, sealed by `seal`.
    pub fn send(&self, frame: &EncodedFrame, seal: impl FnOnce(&EncodedFrame) -> Option<Vec<u8>>) {
        let tracks = self.all();
        let Some(track) = tracks.iter().find(|track| track.source == frame.source) else {
            return;
        };
        let Some((_, lane)) = track.lanes.get(frame.layer) else {
            return;
        };
        let mut lane = lock(lane);
        if !lane.takes(frame) {
            return;
        }
        let mid = lock(&track.mid).clone();
        let sealed = seal(frame).filter(|_| !mid.is_empty());
        let Some(sealed) = sealed else {
            // What follows depends on it.
            return lane.restart();
        };
        for packet in lane.packets(self.now(), &mid, frame, &sealed) {
            track.push(packet, Some(frame.captured_ns));
        }
    }

    /// Source and layer of a stream.
    pub fn find(&self, ssrc: u32) -> Option<(Source, usize)> {
        self.all().iter().find_map(|track| {
            let layer = track.lanes.iter().position(|(own, _)| *own == ssrc)?;
            Some((track.source, layer))
        })
    }

    pub fn video_layers(&self) -> Vec<(Source, usize)> {
        let is_video = |source| matches!(source, Source::Camera | Source::ScreenShare);
        self.all()
            .iter()
            .filter(|track| is_video(track.source))
            .flat_map(|track| (0..track.lanes.len()).map(|layer| (track.source, layer)))
            .collect()
    }

    /// Layers of which nothing was sent yet.
    pub fn silent_layers(&self) -> Vec<(Source, usize)> {
        let mut layers = self.video_layers();
        let tracks = self.all();
        layers.retain(|(source, layer)| {
            let track = tracks.iter().find(|track| track.source == *source);
            let lane = track.and_then(|track| track.lanes.get(*layer));
            lane.is_some_and(|(_, lane)| !lock(lane).has_begun())
        });
        layers
    }

    /// Sends the packets a NACK asks for.
    pub fn send_again(&self, ssrc: u32, fci: &[u8]) {
        for track in self.all() {
            let Some((_, lane)) = track.lanes.iter().find(|(own, _)| *own == ssrc) else {
                continue;
            };
            let now = self.now();
            let mut lane = lock(lane);
            for sequence in asked_for(fci) {
                if let Some(packet) = lane.history.again(now, sequence) {
                    track.push(packet, None);
                }
            }
        }
    }

    /// Keeps a report for the figures.
    pub fn reported(&self, report: Report) {
        for track in self.all() {
            if let Some((_, lane)) = track.lanes.iter().find(|(own, _)| *own == report.ssrc) {
                lock(lane).report = Some(report);
            }
        }
    }

    pub fn statistics(&self) -> Vec<TrackStatistics> {
        let now = self.now();
        let mut all = Vec::new();
        for track in self.all() {
            for (_, lane) in &track.lanes {
                all.push(figures(track.source, &mut lock(lane), now));
            }
        }
        all
    }
}

fn figures(source: Source, lane: &mut Lane, now: Duration) -> TrackStatistics {
    let (frames_per_second, bits_per_second) = lane.meter.rates(now);
    let report = lane.report;
    let ms = 1000.0 / f64::from(lane.codec.clock_rate());
    TrackStatistics {
        source: Some(source),
        rid: lane.rid().map(str::to_owned),
        codec: lane.codec.name().to_owned(),
        width: lane.meter.width,
        height: lane.meter.height,
        frames_per_second,
        frames: lane.meter.total,
        bits_per_second,
        loss_percent: report.map_or(0.0, |report| report.loss_percent),
        jitter_ms: report.map_or(0.0, |report| f64::from(report.jitter) * ms),
        round_trip_ms: report.and_then(|report| report.round_trip_ms),
        level_dbfs: lane.level().map(|level| -f64::from(level)),
        ..TrackStatistics::default()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
