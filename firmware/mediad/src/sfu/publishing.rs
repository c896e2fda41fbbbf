//! The publisher connection of one session: tracks are announced, then offered together.

use std::sync::Arc;
use std::time::Duration;

use room_livekit::{Command, Encryption, Kind, Layer};
use room_media::peer::{PeerError, PeerEvents, PeerOptions};
use room_media::send::{Codec, Publisher, PublisherOptions, SendEvents, VideoTrack};
use room_messages::{MediaKey, OwnTrack, Source};

use super::plan;
use super::watch::PeerWatch;
use crate::devices::Capture;

const CAMERA: &str = "camera";
const MICROPHONE: &str = "microphone";
const VIDEO_CODEC: &str = "vp8";

/// Own tracks and the connection that carries them.
pub struct Publishing {
    pub publisher: Arc<Publisher>,
    pub peer_events: PeerEvents,
    pub send_events: SendEvents,
    pub watch: PeerWatch,
    tracks: Vec<Published>,
    offered: bool,
    encrypted: bool,
}

struct Published {
    source: Source,
    cid: &'static str,
    /// Once the server has taken it.
    sid: Option<String>,
    refused: bool,
    muted: bool,
    /// What the server was told of it.
    told_muted: bool,
}

impl Publishing {
    /// A connection with everything there is to publish, nothing of it announced yet.
    pub async fn new(
        peer: PeerOptions,
        encrypted: bool,
        capture: &Capture,
        key: Option<&(u8, MediaKey)>,
    ) -> Result<Self, PeerError> {
        let options = PublisherOptions { peer, encrypted };
        let (publisher, peer_events, send_events) = Publisher::new(options).await?;
        if let Some((index, key)) = key {
            publisher.set_key(*index, key);
        }
        let mut tracks = Vec::new();
        if capture.has_microphone {
            publisher.add_sound(Source::Microphone, MICROPHONE).await?;
            tracks.push(Published::new(Source::Microphone, MICROPHONE));
        }
        if capture.has_camera {
            let track = VideoTrack {
                codec: Codec::Vp8,
                layers: capture.layers.clone(),
            };
            publisher.add_video(Source::Camera, CAMERA, track).await?;
            tracks.push(Published::new(Source::Camera, CAMERA));
        }
        Ok(Self {
            publisher: Arc::new(publisher),
            peer_events,
            send_events,
            watch: PeerWatch::new(),
            tracks,
            offered: false,
            encrypted,
        })
    }

    /// Announces every track.
    pub fn announcements(&mut self, capture: &Capture, muted: (bool, bool)) -> Vec<Command> {
        let encrypted = self.encrypted;
        self.tracks
            .iter_mut()
            .map(|track| {
                track.muted = is_muted(track.source, muted);
                track.told_muted = track.muted;
                announcement(track, capture, encrypted)
            })
            .collect()
    }

    /// The server took a track. True when it was the last: now is the time to offer.
    pub fn taken(&mut self, cid: &str, sid: String) -> bool {
        if let Some(track) = self.tracks.iter_mut().find(|track| track.cid == cid) {
            track.sid = Some(sid);
        }
        self.may_offer()
    }

    /// The server refused a track; the others may still go.
    pub fn refused(&mut self, cid: &str) -> bool {
        if let Some(track) = self.tracks.iter_mut().find(|track| track.cid == cid) {
            track.refused = true;
        }
        self.may_offer()
    }

    fn may_offer(&mut self) -> bool {
        let settled = |track: &Published| track.sid.is_some() || track.refused;
        let any = self.tracks.iter().any(|track| track.sid.is_some());
        if self.offered || !any || !self.tracks.iter().all(settled) {
            return false;
        }
        self.offered = true;
        true
    }

    pub async fn offer(&mut self, now: Duration) -> Result<Command, PeerError> {
        let sdp = self.publisher.offer().await?;
        self.watch.expect(now);
        Ok(Command::PublisherOffer { sdp })
    }

    /// Takes the wanted muting over; the commands that tell the server of what changed.
    pub fn set_muted(&mut self, muted: (bool, bool)) -> Vec<Command> {
        for track in &mut self.tracks {
            track.muted = is_muted(track.source, muted);
        }
        self.mutes_to_tell()
    }

    /// What the server has to be told about muting: also of a track that it has taken just now,
    /// and that was announced otherwise.
    pub fn mutes_to_tell(&mut self) -> Vec<Command> {
        let changed = |track: &&mut Published| track.told_muted != track.muted;
        let tracks = self.tracks.iter_mut().filter(changed);
        tracks
            .filter_map(|track| {
                let (sid, muted) = (track.sid.clone()?, track.muted);
                track.told_muted = muted;
                Some(Command::Mute { sid, muted })
            })
            .collect()
    }

    /// The server muted a track: whose it is.
    pub fn muted_by_server(&mut self, sid: &str) -> Option<Source> {
        let track = self.track(sid)?;
        (track.muted, track.told_muted) = (true, true);
        Some(track.source)
    }

    pub fn unpublished(&mut self, sid: &str) {
        self.tracks
            .retain(|track| track.sid.as_deref() != Some(sid));
    }

    /// Whether a source that can be captured is not published: refused, or taken down.
    pub fn lacks(&self, source: Source, capture: &Capture) -> bool {
        let captured = match source {
            Source::Microphone => capture.has_microphone,
            Source::Camera => capture.has_camera,
            Source::ScreenShare | Source::ScreenShareAudio => false,
        };
        let published = |track: &Published| track.source == source && !track.refused;
        captured && !self.tracks.iter().any(published)
    }

    pub fn is_camera(&self, sid: &str) -> bool {
        let camera = |track: &Published| track.source == Source::Camera;
        let mut tracks = self.tracks.iter();
        tracks.any(|track| camera(track) && track.sid.as_deref() == Some(sid))
    }

    pub fn watched(capture: &Capture, wanted: &[room_livekit::LayerWanted]) -> Vec<bool> {
        plan::watched(&capture.layers, wanted, VIDEO_CODEC)
    }

    pub fn own_tracks(&self) -> Vec<OwnTrack> {
        let published = self.tracks.iter();
        published
            .filter_map(|track| {
                Some(OwnTrack {
                    source: track.source,
                    sid: track.sid.clone()?,
                    muted: track.muted,
                    encrypted: self.encrypted,
                })
            })
            .collect()
    }

    fn track(&mut self, sid: &str) -> Option<&mut Published> {
        let mut tracks = self.tracks.iter_mut();
        tracks.find(|track| track.sid.as_deref() == Some(sid))
    }

    pub async fn close(self) {
        // Somebody who reads statistics may hold it a moment longer; it ends with them.
        if let Ok(publisher) = Arc::try_unwrap(self.publisher) {
            publisher.close().await;
        }
    }
}

impl Published {
    fn new(source: Source, cid: &'static str) -> Self {
        Self {
            source,
            cid,
            sid: None,
            refused: false,
            muted: true,
            told_muted: true,
        }
    }
}

/// `muted` is camera, microphone.
fn is_muted(source: Source, muted: (bool, bool)) -> bool {
    match source {
        Source::Camera => muted.0,
        Source::Microphone => muted.1,
        Source::ScreenShare | Source::ScreenShareAudio => false,
    }
}

fn announcement(track: &Published, capture: &Capture, encrypted: bool) -> Command {
    let video = track.source == Source::Camera;
    let layers: Vec<Layer> = if video { layers(capture) } else { Vec::new() };
    let (width, height) = layers.last().map_or((0, 0), |top| (top.width, top.height));
    Command::AddTrack {
        cid: track.cid.to_owned(),
        source: track.source,
        kind: if video { Kind::Video } else { Kind::Audio },
        width,
        height,
        layers,
        codec: if video { VIDEO_CODEC } else { "opus" }.to_owned(),
        muted: track.muted,
        encryption: if encrypted {
            Encryption::Gcm
        } else {
            Encryption::None
        },
    }
}

fn layers(capture: &Capture) -> Vec<Layer> {
    let layers = capture.layers.iter().enumerate();
    layers
        .map(|(place, layer)| Layer {
            quality: plan::quality(&capture.layers, place),
            width: layer.width,
            height: layer.height,
            bitrate: layer.bitrate,
        })
        .collect()
}
