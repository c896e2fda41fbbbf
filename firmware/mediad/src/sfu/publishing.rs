//! The publisher connection of one session: tracks are announced, then offered together; what is
//! shared comes and goes later.
//!
//! Invariant: an offer is made only when the server has answered the one before and has taken or
//! refused every track that was announced.

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
/// Each share has an id of its own: the server may not have forgotten the one before.
const SHARE: &str = "share";
const VIDEO_CODEC: &str = "vp8";

/// Own tracks and the connection that carries them.
pub struct Publishing {
    pub publisher: Arc<Publisher>,
    pub peer_events: PeerEvents,
    pub send_events: SendEvents,
    pub watch: PeerWatch,
    tracks: Vec<Published>,
    encrypted: bool,
    /// There is something the last offer does not say.
    changed: bool,
    /// The server has not answered the last offer.
    asked: bool,
    /// Something was offered once.
    offered: bool,
    shares: u32,
}

struct Published {
    source: Source,
    cid: String,
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
        share: bool,
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
        let mut publishing = Self {
            publisher: Arc::new(publisher),
            peer_events,
            send_events,
            watch: PeerWatch::new(),
            tracks,
            encrypted,
            changed: true,
            asked: false,
            offered: false,
            shares: 0,
        };
        if capture.has_camera {
            publishing
                .add_video(Source::Camera, CAMERA, capture)
                .await?;
        }
        if share {
            publishing.add_share(capture).await?;
        }
        Ok(publishing)
    }

    async fn add_video(
        &mut self,
        source: Source,
        cid: &str,
        capture: &Capture,
    ) -> Result<(), PeerError> {
        let track = VideoTrack {
            codec: Codec::Vp8,
            layers: capture.layers(source).to_vec(),
        };
        self.publisher.add_video(source, cid, track).await?;
        self.tracks.push(Published::new(source, cid));
        Ok(())
    }

    async fn add_share(&mut self, capture: &Capture) -> Result<(), PeerError> {
        self.shares += 1;
        let cid = format!("{SHARE}{}", self.shares);
        self.add_video(Source::ScreenShare, &cid, capture).await
    }

    /// Begins or ends the share; what the server is told of it before the next offer.
    pub async fn set_share(
        &mut self,
        on: bool,
        capture: &Capture,
    ) -> Result<Option<Command>, PeerError> {
        let is_share = |track: &Published| track.source == Source::ScreenShare;
        let there = self.tracks.iter().position(is_share);
        match there {
            None if on => {
                self.add_share(capture).await?;
                self.changed = true;
                let encrypted = self.encrypted;
                let added = self.tracks.last_mut();
                Ok(added.map(|track| track.announce((false, false), capture, encrypted)))
            }
            Some(at) if !on => {
                let ended = self.tracks.remove(at);
                self.publisher.remove(&ended.cid).await?;
                self.changed = true;
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// Announces every track.
    pub fn announcements(&mut self, capture: &Capture, muted: (bool, bool)) -> Vec<Command> {
        let encrypted = self.encrypted;
        self.tracks
            .iter_mut()
            .map(|track| track.announce(muted, capture, encrypted))
            .collect()
    }

    /// The server took a track.
    pub fn taken(&mut self, cid: &str, sid: String) {
        if let Some(track) = self.tracks.iter_mut().find(|track| track.cid == cid) {
            track.sid = Some(sid);
        }
    }

    /// The server refused a track; the others may still go. What the track was to carry.
    pub fn refused(&mut self, cid: &str) -> Option<Source> {
        let track = self.tracks.iter_mut().find(|track| track.cid == cid)?;
        track.refused = true;
        Some(track.source)
    }

    /// The next offer, when there is something to offer and now is the time.
    pub async fn offer_when_due(&mut self, now: Duration) -> Option<Result<Command, PeerError>> {
        let settled = |track: &Published| track.sid.is_some() || track.refused;
        let any = self.offered || self.tracks.iter().any(|track| track.sid.is_some());
        if !self.changed || self.asked || !any || !self.tracks.iter().all(settled) {
            return None;
        }
        (self.changed, self.asked, self.offered) = (false, true, true);
        self.watch.expect(now);
        let offer = self.publisher.offer().await;
        Some(offer.map(|sdp| Command::PublisherOffer { sdp }))
    }

    /// Takes the server's answer to the last offer.
    pub async fn answered(&mut self, sdp: String) -> Result<(), PeerError> {
        self.asked = false;
        self.publisher.answered(sdp).await
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

    pub fn source_of(&self, sid: &str) -> Option<Source> {
        let mut tracks = self.tracks.iter();
        let track = tracks.find(|track| track.sid.as_deref() == Some(sid))?;
        Some(track.source)
    }

    pub fn watched(
        layers: &[room_media::send::Layer],
        wanted: &[room_livekit::LayerWanted],
    ) -> Vec<bool> {
        plan::watched(layers, wanted, VIDEO_CODEC)
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
    fn new(source: Source, cid: &str) -> Self {
        Self {
            source,
            cid: cid.to_owned(),
            sid: None,
            refused: false,
            muted: true,
            told_muted: true,
        }
    }

    /// What announces it, with the muting that is wanted.
    fn announce(&mut self, muted: (bool, bool), capture: &Capture, encrypted: bool) -> Command {
        self.muted = is_muted(self.source, muted);
        self.told_muted = self.muted;
        let layers = layers(capture, self.source);
        let video = !layers.is_empty();
        let (width, height) = layers.last().map_or((0, 0), |top| (top.width, top.height));
        Command::AddTrack {
            cid: self.cid.clone(),
            source: self.source,
            kind: if video { Kind::Video } else { Kind::Audio },
            width,
            height,
            layers,
            codec: if video { VIDEO_CODEC } else { "opus" }.to_owned(),
            muted: self.muted,
            encryption: if encrypted {
                Encryption::Gcm
            } else {
                Encryption::None
            },
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

fn layers(capture: &Capture, source: Source) -> Vec<Layer> {
    let all = capture.layers(source);
    let layers = all.iter().enumerate();
    layers
        .map(|(place, layer)| Layer {
            quality: plan::quality(all, place),
            width: layer.width,
            height: layer.height,
            bitrate: layer.bitrate,
        })
        .collect()
}
