//! MatrixRTC: who is in a call, own membership, keys both ways, leaving by itself.
//!
//! Everything here is a plain value or a plain function: bytes of Matrix events and time go in,
//! orders come out. Deliberately absent: HTTP, sync, Olm (they are `room-matrix`'s) and LiveKit.
//!
//! Invariant: whatever a homeserver or a peer sends, nothing here panics, and every list is bounded.

pub mod admission;
pub mod event;
pub mod hands;
pub mod inbound;
pub mod keeper;
pub mod key_message;
pub mod lookup;
pub mod making;
pub mod membership;
pub mod names;
pub mod outbound;
pub mod own_hand;
pub mod power;
pub mod ring;
pub mod session;
pub mod sticky_sync;
pub mod transports;

use serde::{Deserialize, Serialize};

/// Which form the room writes its membership in. It reads every form in either mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// State event, own SFU, `/sfu/get`: what Element Call does by default.
    #[default]
    #[serde(rename = "compatibility")]
    Compatibility,
    /// Sticky event, `/get_token`: needs MSC4354 and MSC4140 on the homeserver.
    #[serde(rename = "matrix_2_0")]
    Matrix20,
}

/// What a member came for (`m.call.intent`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Intent {
    Audio,
    Video,
}

impl Intent {
    /// As on the wire; anything else is no intent.
    #[must_use]
    pub fn from_wire(text: &str) -> Option<Self> {
        match text {
            "audio" => Some(Self::Audio),
            "video" => Some(Self::Video),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_wire(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }
}

/// One device of one Matrix user: what keys are sent to and received from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PeerDevice {
    pub user: String,
    pub device: String,
}

impl PeerDevice {
    #[must_use]
    pub fn new(user: impl Into<String>, device: impl Into<String>) -> Self {
        Self {
            user: user.into(),
            device: device.into(),
        }
    }
}

/// The slot of the ordinary call of a room.
pub const ROOM_SLOT: &str = "m.call#ROOM";
