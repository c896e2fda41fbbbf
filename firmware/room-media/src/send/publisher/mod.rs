//! What the room publishes on one connection: seals frames, cuts them into packets, answers
//! the SFU's requests.
//!
//! Invariant: in an encrypted call no frame leaves unsealed; before there is a key, none
//! leaves at all.

mod caps;
mod feedback;
mod lane;
mod meter;
mod reports;
mod tracks;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;
use room_frames::{Codec, Sealer};
use room_messages::{MediaKey, Source, TrackStatistics};
use tokio::sync::mpsc;

use super::frame::EncodedFrame;
use super::ladder::Layer;
use crate::gst::make;
use crate::peer::sdp::{TrackName, sections};
use crate::peer::{Candidate, PeerConnection, PeerError, PeerEvents, PeerOptions};
use feedback::Request;
use lane::Lane;
use tracks::{Track, Tracks};

/// Bounds and start of the estimate of the way to the SFU, bits per second. It starts at what
/// three layers of 720p take: most rooms have a good network, and a bad one shows within a
/// second.
const LEAST_ESTIMATE: u32 = 100_000;
const FIRST_ESTIMATE: u32 = 2_500_000;
const MOST_ESTIMATE: u32 = 8_000_000;

/// What a publisher is made with.
#[derive(Clone, Debug, Default)]
pub struct PublisherOptions {
    pub peer: PeerOptions,
    /// The call is end-to-end encrypted: seal every frame.
    pub encrypted: bool,
}

/// A camera track to publish.
#[derive(Clone, Debug)]
pub struct VideoTrack {
    pub codec: Codec,
    /// Smallest first, as [`super::Camera::layers`] gives them.
    pub layers: Vec<Layer>,
}

/// What the capture has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendEvent {
    /// For [`super::Camera::need_key_frame`].
    KeyFrameNeeded { source: Source, layer: usize },
    /// For [`super::Camera::set_estimate`].
    Estimate { bits_per_second: u32 },
}

/// Events of one publisher. Ends when the publisher does.
pub type SendEvents = mpsc::UnboundedReceiver<SendEvent>;

/// The publishing connection.
#[derive(Debug)]
pub struct Publisher {
    peer: PeerConnection,
    shared: Arc<Shared>,
    webrtc: gst::Element,
    listening: AtomicBool,
}

/// Takes frames for a publisher. Frames that come after its end are dropped.
#[derive(Clone, Debug)]
pub struct Entry(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    encrypted: bool,
    sealer: Mutex<Option<Arc<Sealer>>>,
    tracks: Tracks,
    connected: AtomicBool,
    events: Mutex<Option<mpsc::UnboundedSender<SendEvent>>>,
}

impl Publisher {
    /// # Errors
    /// As [`PeerConnection::new`].
    pub async fn new(
        options: PublisherOptions,
    ) -> Result<(Self, PeerEvents, SendEvents), PeerError> {
        let (peer, peer_events) = PeerConnection::new(options.peer, None).await?;
        let (events, inbox) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            encrypted: options.encrypted,
            sealer: Mutex::default(),
            tracks: Tracks::default(),
            connected: AtomicBool::new(false),
            events: Mutex::new(Some(events)),
        });
        let webrtc = peer.webrtc().await?;
        watch_connection(&webrtc, &shared);
        estimate(&webrtc, &shared);
        let publisher = Self {
            peer,
            shared,
            webrtc,
            listening: AtomicBool::new(false),
        };
        Ok((publisher, peer_events, inbox))
    }

    /// Adds the microphone (or the sound of a shared screen); `cid` is the id of `AddTrack`.
    ///
    /// # Errors
    /// As [`PeerConnection::add_local`].
    pub async fn add_sound(&self, source: Source, cid: &str) -> Result<(), PeerError> {
        let lane = Lane::new(Codec::Opus, None);
        let caps = caps::sound(lane.ssrc);
        self.add(source, cid, caps, vec![lane]).await
    }

    /// Adds the camera (or a shared screen); `cid` is the id of `AddTrack`.
    ///
    /// # Errors
    /// As [`PeerConnection::add_local`].
    pub async fn add_video(
        &self,
        source: Source,
        cid: &str,
        track: VideoTrack,
    ) -> Result<(), PeerError> {
        let VideoTrack { codec, layers } = track;
        let lanes: Vec<Lane> = layers
            .iter()
            .map(|layer| Lane::new(codec, layer.rid))
            .collect();
        let ssrc = lanes.first().map_or(1, |lane| lane.ssrc);
        let caps = caps::video(codec, &layers, ssrc);
        self.add(source, cid, caps, lanes).await
    }

    async fn add(
        &self,
        source: Source,
        cid: &str,
        caps: gst::Caps,
        lanes: Vec<Lane>,
    ) -> Result<(), PeerError> {
        let name = TrackName {
            stream: "room".into(),
            cid: cid.to_owned(),
        };
        let local = self.peer.add_local(name, caps).await?;
        let track = Track::new(source, cid.to_owned(), local, lanes);
        self.shared.tracks.add(track);
        Ok(())
    }

    /// Ends the track with this id: nothing of it is sent any more, and the next offer says so.
    /// Its section stays, unused: descriptions never lose one (RFC 8829).
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn remove(&self, cid: &str) -> Result<(), PeerError> {
        match self.shared.tracks.remove(cid) {
            Some(local) => self.peer.end_local(local).await,
            None => Ok(()),
        }
    }

    /// Seals with this key from now on, and asks for key frames, so that whoever gets the key
    /// late sees a picture soon.
    pub fn set_key(&self, index: u8, key: &MediaKey) {
        let sealer = Arc::new(Sealer::new(index, key.expose()));
        *lock(&self.shared.sealer) = Some(sealer);
        self.shared.ask_all_key_frames();
    }

    /// The description to send as an offer; see [`PeerConnection::offer`].
    ///
    /// # Errors
    /// As [`PeerConnection::offer`].
    pub async fn offer(&self) -> Result<String, PeerError> {
        let offer = self.peer.offer().await?;
        self.shared.tracks.name(&sections(&offer));
        Ok(offer)
    }

    /// Takes the server's answer.
    ///
    /// # Errors
    /// As [`PeerConnection::answered`].
    pub async fn answered(&self, answer: String) -> Result<(), PeerError> {
        self.peer.answered(answer).await?;
        self.listen();
        self.shared
            .ask_key_frames(self.shared.tracks.silent_layers());
        Ok(())
    }

    /// Listens to the RTP session, which exists once both descriptions are set.
    fn listen(&self) {
        if self.listening.load(Ordering::Relaxed) {
            return;
        }
        let Some(session) = feedback::session(&self.webrtc) else {
            tracing::warn!("no RTP session: requests of the server will not be seen");
            return;
        };
        self.listening.store(true, Ordering::Relaxed);
        let weak = Arc::downgrade(&self.shared);
        feedback::watch(&session, move |request| {
            if let Some(shared) = weak.upgrade() {
                shared.answer(request);
            }
        });
        let weak = Arc::downgrade(&self.shared);
        reports::watch(&session, move |report| {
            if let Some(shared) = weak.upgrade() {
                shared.tracks.reported(report);
            }
        });
    }

    /// As [`PeerConnection::add_candidate`].
    pub fn add_candidate(&self, candidate: Candidate) {
        self.peer.add_candidate(candidate);
    }

    /// Where captures put their frames: `outlet.connect(move |frame| entry.put(frame))`.
    #[must_use]
    pub fn entry(&self) -> Entry {
        Entry(Arc::clone(&self.shared))
    }

    /// Figures of every own stream over the last second.
    #[must_use]
    pub fn statistics(&self) -> Vec<TrackStatistics> {
        self.shared.tracks.statistics()
    }

    /// As [`PeerConnection::drawing`].
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn drawing(&self) -> Result<String, PeerError> {
        self.peer.drawing().await
    }

    /// Ends the connection and waits until all it held is released.
    pub async fn close(self) {
        *lock(&self.shared.events) = None;
        self.shared.tracks.clear();
        drop(self.webrtc);
        self.peer.close().await;
    }
}

impl Entry {
    /// Takes a frame; never blocks for long.
    pub fn put(&self, frame: EncodedFrame) {
        let shared = &self.0;
        if !shared.connected.load(Ordering::Relaxed) {
            return;
        }
        shared.tracks.send(&frame, |frame| shared.seal(frame));
    }
}

impl Shared {
    /// The frame as it goes out; `None` when it must not.
    fn seal(&self, frame: &EncodedFrame) -> Option<Vec<u8>> {
        if !self.encrypted {
            return Some(frame.data.clone());
        }
        let sealer = lock(&self.sealer).clone()?;
        match sealer.seal(frame.codec, &frame.data) {
            Ok(sealed) => Some(sealed),
            Err(error) => {
                tracing::warn!(%error, "a frame cannot be sealed");
                None
            }
        }
    }

    fn answer(&self, request: Request) {
        match request {
            Request::KeyFrame { ssrc } => {
                if let Some((source, layer)) = self.tracks.find(ssrc) {
                    self.tell(SendEvent::KeyFrameNeeded { source, layer });
                }
            }
            Request::Packets { ssrc, fci } => self.tracks.send_again(ssrc, &fci),
        }
    }

    fn ask_all_key_frames(&self) {
        self.ask_key_frames(self.tracks.video_layers());
    }

    fn ask_key_frames(&self, layers: Vec<(Source, usize)>) {
        for (source, layer) in layers {
            self.tell(SendEvent::KeyFrameNeeded { source, layer });
        }
    }

    fn tell(&self, event: SendEvent) {
        if let Some(events) = &*lock(&self.events) {
            let _ = events.send(event);
        }
    }
}

/// Frames go out only while connected; each connection begins with key frames.
fn watch_connection(webrtc: &gst::Element, shared: &Arc<Shared>) {
    use gstreamer_webrtc::WebRTCPeerConnectionState as State;
    let weak = Arc::downgrade(shared);
    webrtc.connect_notify(Some("connection-state"), move |webrtc, _| {
        let Some(shared) = weak.upgrade() else { return };
        let connected = webrtc.property::<State>("connection-state") == State::Connected;
        if connected && !shared.connected.load(Ordering::Relaxed) {
            shared.tracks.restart();
            shared.ask_all_key_frames();
        }
        shared.connected.store(connected, Ordering::Relaxed);
    });
}

/// Puts the estimator (Google congestion control over transport-wide feedback) into the
/// sending path.
fn estimate(webrtc: &gst::Element, shared: &Arc<Shared>) {
    let weak = Arc::downgrade(shared);
    webrtc.connect("request-aux-sender", false, move |_| {
        let estimator = make("rtpgccbwe").ok()?;
        estimator.set_property("min-bitrate", LEAST_ESTIMATE);
        estimator.set_property("max-bitrate", MOST_ESTIMATE);
        estimator.set_property("estimated-bitrate", FIRST_ESTIMATE);
        let weak = weak.clone();
        estimator.connect_notify(Some("estimated-bitrate"), move |estimator, _| {
            let bits_per_second = estimator.property::<u32>("estimated-bitrate");
            if let Some(shared) = weak.upgrade() {
                shared.tell(SendEvent::Estimate { bits_per_second });
            }
        });
        Some(estimator.to_value())
    });
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
