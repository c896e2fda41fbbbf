//! What a connection tells the media side.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use room_messages::api::ConnectionQuality;
use room_messages::{EndReason, Identity, Source, Token};

use crate::{Encryption, Kind, Quality, Target};

/// A connection as seen from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Connecting,
    Connected,
    /// Lost; tried again without end.
    Reconnecting,
}

/// A fresh session: nothing of an earlier one is valid any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// Our participant id, `PA_…`.
    pub sid: String,
    pub identity: Identity,
    pub ice_servers: Vec<IceServer>,
    /// Use TURN only.
    pub force_relay: bool,
    /// A received frame that ends in these bytes was made by the server, not by the sender.
    pub sif_trailer: Vec<u8>,
    pub own: Own,
    /// Everybody else.
    pub participants: Vec<Participant>,
}

/// Ourselves, as the server shows us to others and holds us to.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Own {
    pub name: String,
    /// As of [`Participant`].
    pub attributes: BTreeMap<String, String>,
    /// What we may publish now.
    pub may_publish: Vec<Source>,
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Own(may publish {:?})", self.may_publish)
    }
}

/// STUN or TURN; at most 16, each with at most 8 URLs. `Debug` shows no credential.
#[derive(Clone, PartialEq, Eq)]
pub struct IceServer {
    pub urls: Vec<String>,
    pub username: String,
    pub credential: String,
}

impl fmt::Debug for IceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceServer")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// Another participant of the SFU room; not necessarily a member of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// `PA_…`; a new one after each full reconnect of theirs.
    pub sid: String,
    pub identity: Identity,
    /// As the token or the participant says; cut to 256 characters, not cleaned. Matrix calls have
    /// better sources for a name.
    pub name: String,
    /// At most 16, with keys of at most 64 bytes and values of at most 256.
    pub attributes: BTreeMap<String, String>,
    /// At most 16.
    pub tracks: Vec<Track>,
}

/// A published track of another participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// `TR_…`
    pub sid: String,
    pub kind: Kind,
    /// `None` for a source LiveKit does not name.
    pub source: Option<Source>,
    pub muted: bool,
    pub encryption: Encryption,
    /// In lower case, e.g. `video/vp8`; empty until the server has seen the first packet.
    pub mime: String,
    /// Full size as the sender announced it; 0 when unknown.
    pub width: u32,
    pub height: u32,
}

/// Whether somebody watches a layer of an own track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerWanted {
    /// In lower case, without `video/`: `vp8`.
    pub codec: String,
    pub quality: Quality,
    pub enabled: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Speaker {
    pub identity: Identity,
    /// 0 to 1.
    pub level: f32,
}

#[derive(Clone, PartialEq)]
pub enum Event {
    State(State),
    /// The first session.
    Joined(Session),
    /// A full reconnect is through: make new peer connections and publish everything again.
    Restarted(Session),
    /// The session goes on: restart ICE of the publisher by an offer; the server restarts the
    /// subscriber by one of its own.
    ResumedRestartIce {
        ice_servers: Vec<IceServer>,
    },
    /// Answer to the latest publisher offer; answers to older ones never appear here.
    PublisherAnswer {
        sdp: String,
    },
    /// Must be answered, in order.
    SubscriberOffer {
        sdp: String,
        id: u32,
        /// Media line id to `TR_…`.
        mid_to_track_id: HashMap<String, String>,
    },
    /// `RTCIceCandidateInit` as JSON.
    Candidate {
        target: Target,
        json: String,
    },
    TrackPublished {
        cid: String,
        sid: String,
    },
    /// The server did not take a track within 10 s, or refused it.
    PublishRefused {
        cid: String,
    },
    /// The server took an own track down.
    TrackUnpublished {
        sid: String,
    },
    /// Everybody else with all their tracks, whenever anything of it changes.
    Participants(Vec<Participant>),
    /// Our own name, attributes or rights changed.
    Own(Own),
    /// A newer token for this session. It is used here already; for those who ask for one
    /// elsewhere.
    TokenRefreshed(Token),
    /// The server (a moderator) mutes or asks to unmute an own track.
    MuteRequested {
        sid: String,
        muted: bool,
    },
    SubscribedQuality {
        sid: String,
        layers: Vec<LayerWanted>,
    },
    /// Who speaks now, loudest first; we ourselves may be among them.
    Speakers(Vec<Speaker>),
    /// Our own connection and those of others as the server rates them, whenever a rating
    /// changes; who was not rated yet is left out.
    ConnectionQuality {
        own: Option<ConnectionQuality>,
        others: BTreeMap<Identity, ConnectionQuality>,
    },
    /// The server paused (`true`) or resumed others' video tracks, for want of bandwidth.
    StreamsPaused(Vec<(String, bool)>),
    /// Answer with [`Command::NewToken`](crate::Command::NewToken).
    TokenNeeded,
    /// The first connection has not come up yet; it is tried again. The detail names no secret.
    Unreachable {
        detail: String,
    },
    /// The last event.
    Ended(EndReason),
}

impl fmt::Debug for Event {
    /// Names the event only: contents hold addresses, identities and credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::State(state) => return write!(f, "State({state:?})"),
            Self::Ended(reason) => return write!(f, "Ended({reason:?})"),
            Self::Joined(_) => "Joined",
            Self::Restarted(_) => "Restarted",
            Self::ResumedRestartIce { .. } => "ResumedRestartIce",
            Self::PublisherAnswer { .. } => "PublisherAnswer",
            Self::SubscriberOffer { .. } => "SubscriberOffer",
            Self::Candidate { .. } => "Candidate",
            Self::TrackPublished { .. } => "TrackPublished",
            Self::PublishRefused { .. } => "PublishRefused",
            Self::TrackUnpublished { .. } => "TrackUnpublished",
            Self::Participants(_) => "Participants",
            Self::Own(_) => "Own",
            Self::TokenRefreshed(_) => "TokenRefreshed",
            Self::MuteRequested { .. } => "MuteRequested",
            Self::SubscribedQuality { .. } => "SubscribedQuality",
            Self::Speakers(_) => "Speakers",
            Self::ConnectionQuality { .. } => "ConnectionQuality",
            Self::StreamsPaused(_) => "StreamsPaused",
            Self::TokenNeeded => "TokenNeeded",
            Self::Unreachable { .. } => "Unreachable",
        };
        f.write_str(name)
    }
}
