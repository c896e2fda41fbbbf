//! What we send, as LiveKit's messages.

use std::time::Duration;

use livekit_protocol as proto;
use proto::SignalRequest;
use proto::signal_request::Message;
use room_messages::Source;

use crate::{Command, Encryption, Kind, Layer, Quality, Target};

fn request(message: Message) -> SignalRequest {
    SignalRequest {
        message: Some(message),
    }
}

/// The request a command stands for; `None` for commands that are not one message.
pub fn of_command(command: Command) -> Option<SignalRequest> {
    let message = match command {
        Command::AddTrack { .. } => add_track(command)?,
        Command::Candidate { target, json } => Message::Trickle(proto::TrickleRequest {
            candidate_init: json,
            target: signal_target(target).into(),
            r#final: false,
        }),
        Command::Mute { sid, muted } => Message::Mute(proto::MuteTrackRequest { sid, muted }),
        Command::TrackSettings {
            sids,
            disabled,
            width,
            height,
        } => Message::TrackSetting(proto::UpdateTrackSettings {
            track_sids: sids,
            disabled,
            width,
            height,
            ..Default::default()
        }),
        Command::UpdateSubscription { sids, subscribe } => {
            Message::Subscription(proto::UpdateSubscription {
                track_sids: sids,
                subscribe,
                participant_tracks: Vec::new(),
            })
        }
        Command::PublisherOffer { .. }
        | Command::SubscriberAnswer { .. }
        | Command::PeerConnectionFailed(_)
        | Command::StartAgain
        | Command::NewToken(_)
        | Command::Leave => return None,
    };
    Some(request(message))
}

fn signal_target(target: Target) -> proto::SignalTarget {
    match target {
        Target::Publisher => proto::SignalTarget::Publisher,
        Target::Subscriber => proto::SignalTarget::Subscriber,
    }
}

fn add_track(command: Command) -> Option<Message> {
    let Command::AddTrack {
        cid,
        source,
        kind,
        width,
        height,
        layers,
        codec,
        muted,
        encryption,
    } = command
    else {
        return None;
    };
    let layers: Vec<proto::VideoLayer> = layers.iter().map(layer).collect();
    let simulcast_codecs = match kind {
        Kind::Audio => Vec::new(),
        // Named here, the mime type is known to others before the first packet.
        Kind::Video => vec![proto::SimulcastCodec {
            codec,
            cid: cid.clone(),
            layers: layers.clone(),
            video_layer_mode: 0,
        }],
    };
    Some(Message::AddTrack(proto::AddTrackRequest {
        name: String::new(),
        r#type: track_type(kind).into(),
        source: track_source(source).into(),
        encryption: encryption_type(encryption).into(),
        // RED packets cannot be rewritten by the server once the frames are encrypted.
        disable_red: true,
        cid,
        width,
        height,
        muted,
        layers,
        simulcast_codecs,
        ..Default::default()
    }))
}

fn layer(layer: &Layer) -> proto::VideoLayer {
    let (quality, spatial_layer) = match layer.quality {
        Quality::Low => (proto::VideoQuality::Low, 0),
        Quality::Medium => (proto::VideoQuality::Medium, 1),
        Quality::High => (proto::VideoQuality::High, 2),
    };
    proto::VideoLayer {
        quality: quality.into(),
        width: layer.width,
        height: layer.height,
        bitrate: layer.bitrate,
        spatial_layer,
        rid: layer.quality.rid().to_owned(),
        ..Default::default()
    }
}

fn track_type(kind: Kind) -> proto::TrackType {
    match kind {
        Kind::Audio => proto::TrackType::Audio,
        Kind::Video => proto::TrackType::Video,
    }
}

fn track_source(source: Source) -> proto::TrackSource {
    match source {
        Source::Microphone => proto::TrackSource::Microphone,
        Source::Camera => proto::TrackSource::Camera,
        Source::ScreenShare => proto::TrackSource::ScreenShare,
        Source::ScreenShareAudio => proto::TrackSource::ScreenShareAudio,
    }
}

fn encryption_type(encryption: Encryption) -> proto::encryption::Type {
    match encryption {
        Encryption::None => proto::encryption::Type::None,
        Encryption::Gcm => proto::encryption::Type::Gcm,
        Encryption::Other => proto::encryption::Type::Custom,
    }
}

fn description(kind: &str, sdp: String, id: u32) -> proto::SessionDescription {
    proto::SessionDescription {
        r#type: kind.to_owned(),
        sdp,
        id,
        ..Default::default()
    }
}

pub fn offer(sdp: String, id: u32) -> SignalRequest {
    request(Message::Offer(description("offer", sdp, id)))
}

pub fn answer(sdp: String, id: u32) -> SignalRequest {
    request(Message::Answer(description("answer", sdp, id)))
}

/// `now` is the machine's own clock: the server only ever gives it back.
pub fn ping(now: Duration, rtt: Duration) -> SignalRequest {
    let ms = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    request(Message::PingReq(proto::Ping {
        timestamp: ms(now),
        rtt: ms(rtt),
    }))
}

pub fn leave() -> SignalRequest {
    request(Message::Leave(proto::LeaveRequest {
        reason: proto::DisconnectReason::ClientInitiated.into(),
        action: proto::leave_request::Action::Disconnect.into(),
        ..Default::default()
    }))
}

/// What the server must know to go on with a session.
#[derive(Debug, Default)]
pub struct Kept {
    /// The last offer of the subscriber connection and our answer to it.
    pub offer: Option<(String, u32)>,
    pub answer: Option<(String, u32)>,
    pub published: Vec<proto::TrackPublishedResponse>,
    /// Tracks we had unsubscribed from.
    pub unsubscribed: Vec<String>,
    /// Tracks we do not draw.
    pub disabled: Vec<String>,
}

pub fn sync_state(kept: &Kept) -> SignalRequest {
    let of = |kind: &str, held: &Option<(String, u32)>| {
        held.as_ref()
            .map(|(sdp, id)| description(kind, sdp.clone(), *id))
    };
    request(Message::SyncState(proto::SyncState {
        offer: of("offer", &kept.offer),
        answer: of("answer", &kept.answer),
        publish_tracks: kept.published.clone(),
        // With automatic subscription the list names what is left out.
        subscription: Some(proto::UpdateSubscription {
            track_sids: kept.unsubscribed.clone(),
            subscribe: false,
            participant_tracks: Vec::new(),
        }),
        track_sids_disabled: kept.disabled.clone(),
        ..Default::default()
    }))
}
