//! What the media side asks of a connection.

use room_messages::{Source, Token};

/// Which of the two peer connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// We offer, the server answers.
    Publisher,
    /// The server offers, we answer.
    Subscriber,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Audio,
    Video,
}

/// How a track is announced; the frames themselves are not this crate's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    None,
    /// LiveKit's frame encryption with AES-GCM.
    Gcm,
    /// Something the other side named and we do not know.
    Other,
}

/// Simulcast layer as LiveKit names it; its rid is `q`, `h` or `f`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quality {
    Low,
    Medium,
    High,
}

impl Quality {
    /// The RTP stream id LiveKit expects for this layer.
    #[must_use]
    pub fn rid(self) -> &'static str {
        match self {
            Self::Low => "q",
            Self::Medium => "h",
            Self::High => "f",
        }
    }
}

/// One simulcast layer of an own video track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    pub quality: Quality,
    pub width: u32,
    pub height: u32,
    /// Bits per second at most.
    pub bitrate: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Announces an own track. Answered by [`Event::TrackPublished`](crate::Event::TrackPublished)
    /// or [`Event::PublishRefused`](crate::Event::PublishRefused); only then may the offer
    /// that holds it be sent. RED is always switched off: it breaks frame encryption.
    AddTrack {
        /// The second token of `a=msid` in the offer that will hold the track.
        cid: String,
        source: Source,
        kind: Kind,
        /// Full picture in pixels; 0 for sound.
        width: u32,
        height: u32,
        /// Every layer that is encoded, lowest first; empty for sound.
        layers: Vec<Layer>,
        /// Codec of a video track in lower case (`vp8`).
        codec: String,
        muted: bool,
        encryption: Encryption,
    },
    /// Offer of the publisher peer connection; its id is given here.
    PublisherOffer {
        sdp: String,
    },
    /// A local ICE candidate, as `RTCIceCandidateInit` in JSON.
    Candidate {
        target: Target,
        json: String,
    },
    /// Answers [`Event::SubscriberOffer`](crate::Event::SubscriberOffer) with the same id.
    SubscriberAnswer {
        sdp: String,
        id: u32,
    },
    /// An own track is muted or heard again.
    Mute {
        sid: String,
        muted: bool,
    },
    /// The size in which video of others is drawn; `disabled` when it is not drawn at all.
    TrackSettings {
        sids: Vec<String>,
        disabled: bool,
        width: u32,
        height: u32,
    },
    UpdateSubscription {
        sids: Vec<String>,
        subscribe: bool,
    },
    /// ICE or DTLS of a peer connection is gone: resume, or reconnect when that just happened.
    PeerConnectionFailed(Target),
    /// Leave no stone of the old session: a full reconnect, at once.
    StartAgain,
    /// Answers [`Event::TokenNeeded`](crate::Event::TokenNeeded); also allowed unasked.
    NewToken(Token),
    /// Leave cleanly. The last event is then `Ended(Asked)`.
    Leave,
}
