//! What `mediad` reports to `roomd`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::api::ConnectionQuality;
use crate::{Identity, OwnTrack, PeerTrack, SfuId, SfuPerson, Source, Token, TrackStatistics};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// First fact on a connection.
    Started {
        version: String,
    },
    Sfu {
        sfu: SfuId,
        state: SfuState,
    },
    /// The SFU wants a fresh token for a full reconnect: answer with `RenewToken`.
    TokenNeeded {
        sfu: SfuId,
    },
    /// Identities connected to this SFU now, the room itself left out. `roomd` uses it to tell
    /// a member whose media is late from one that is gone.
    Present {
        sfu: SfuId,
        identities: Vec<Identity>,
    },
    /// Where the room is a guest ([`Order::Visit`](crate::Order::Visit)): who is there by the
    /// SFU's own word, and what the room may publish; whenever any of it changes.
    People {
        sfu: SfuId,
        own: SfuPerson,
        may_publish: Vec<Source>,
        others: Vec<SfuPerson>,
    },
    /// Where the room is a guest: the SFU gave a newer token, for those who ask for one.
    FreshToken {
        sfu: SfuId,
        token: Token,
    },
    /// All tracks of all SFUs, whenever one changes.
    PeerTracks {
        tracks: Vec<PeerTrack>,
    },
    OwnTracks {
        tracks: Vec<OwnTrack>,
    },
    /// Who is speaking now, loudest first.
    Speaking {
        identities: Vec<Identity>,
    },
    /// How the SFU rates our connection and those of others, whenever a rating changes. `own` and
    /// whoever is left out were not rated yet.
    ConnectionQuality {
        sfu: SfuId,
        own: Option<ConnectionQuality>,
        others: BTreeMap<Identity, ConnectionQuality>,
    },
    /// A moderator muted a track of ours at the SFU. It is closed already, and stays closed until
    /// it is ordered open again.
    MutedByServer {
        source: Source,
    },
    /// Capture and playback as they really are: what lamps and status show.
    Devices {
        camera: DeviceState,
        microphone: DeviceState,
        speaker: DeviceState,
        /// What can be shared.
        content: DeviceState,
        /// Volume voices are played with, 0 to 100.
        volume: u8,
    },
    Picture {
        request: u64,
        picture: Picture,
    },
    Statistics {
        request: u64,
        tracks: Vec<TrackStatistics>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SfuState {
    Connecting,
    Connected,
    /// Connection lost; tried again without end.
    Reconnecting,
    /// Over; not tried again without a new `Connect`.
    Ended {
        reason: EndReason,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum EndReason {
    /// `Disconnect` or `EndCall` was carried out.
    Asked,
    /// Another connection with our identity took our place.
    DuplicateIdentity,
    /// A moderator or the server removed us.
    Removed,
    /// The SFU room was closed.
    RoomClosed,
    /// 404: the room does not exist on the SFU and we may not create it.
    RoomMissing,
    /// 401 or 403: token refused.
    NotAllowed,
    /// The first connection did not come up: address, DNS, TLS or time-out.
    Unreachable { detail: String },
}

/// One device as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// The settings name none, or none is plugged in.
    Absent,
    /// Closed: nothing is captured or played.
    Off,
    /// Wanted, and closed because nobody watches; it opens by itself as soon as somebody does.
    Standby,
    /// Open.
    Live,
    /// Wanted, and it does not work (unplugged, busy, silent).
    Failed,
}

/// A PNG image; its `Debug` prints its size only, since it may show people.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture(pub Vec<u8>);

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} bytes)", self.0.len())
    }
}

impl Serialize for Picture {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Picture {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD
            .decode(text)
            .map(Self)
            .map_err(|_| de::Error::custom("a picture is not base64"))
    }
}
