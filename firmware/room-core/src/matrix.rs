//! What the room's mind asks of its Matrix session, and what it hears.
//!
//! Mirrors `room-matrix` without depending on it. Every question carries a [`RequestId`] and is
//! answered exactly once, also when it failed; nothing is tried twice by the shell.

use std::time::Duration;

use serde_json::Value;

use crate::RequestId;
use crate::rtc::PeerDevice;
use crate::rtc::event::Event;
use crate::rtc::keeper;
use crate::rtc::power::Rules;
use crate::sfus::{Grant, TokenFailure, TokenRequest};

/// Orders to the session.
#[derive(Clone, PartialEq)]
pub enum MatrixOrder {
    /// Room id of an alias.
    Resolve { request: RequestId, alias: String },
    /// Join a Matrix room: by invitation, because it is open, or because we are in it already.
    Enter {
        request: RequestId,
        room: String,
        via: Vec<String>,
    },
    /// Report these rooms from now on, and no others.
    Watch { rooms: Vec<String> },
    /// `…/rtc/transports`, else the homeserver's well-known file.
    AskTransports { request: RequestId },
    AskToken {
        room: String,
        member_id: String,
        token: TokenRequest,
    },
    /// A request of the membership's keeper; `run` says which.
    Keep {
        run: RequestId,
        room: String,
        order: keeper::Order,
    },
    /// Send a call key by Olm to these devices.
    SendKey {
        request: RequestId,
        recipients: Vec<PeerDevice>,
        content: Value,
    },
    /// A timeline event (reaction).
    Send {
        request: RequestId,
        room: String,
        kind: String,
        content: Value,
    },
    Redact {
        request: RequestId,
        room: String,
        event_id: String,
    },
    /// The reactions to an event: hands raised before the room came.
    AskReactions {
        request: RequestId,
        room: String,
        event_id: String,
    },
    /// Accept an invitation.
    Accept { request: RequestId, room: String },
    /// Make a Matrix room with this body of `createRoom`. With a person: the room of the two
    /// instead, when there is one.
    Make {
        request: RequestId,
        person: Option<String>,
        body: Value,
    },
    Invite {
        request: RequestId,
        room: String,
        user: String,
    },
}

impl std::fmt::Debug for MatrixOrder {
    /// Names only: contents hold keys and personal ids.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Resolve { .. } => "Resolve",
            Self::Enter { .. } => "Enter",
            Self::Watch { .. } => "Watch",
            Self::AskTransports { .. } => "AskTransports",
            Self::AskToken { .. } => "AskToken",
            Self::Keep { .. } => "Keep",
            Self::SendKey { .. } => "SendKey",
            Self::Send { .. } => "Send",
            Self::Redact { .. } => "Redact",
            Self::AskReactions { .. } => "AskReactions",
            Self::Accept { .. } => "Accept",
            Self::Make { .. } => "Make",
            Self::Invite { .. } => "Invite",
        })
    }
}

/// Why the homeserver did not do what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    RateLimited {
        retry_after: Option<Duration>,
    },
    Forbidden,
    NotFound,
    /// No answer, or a failing server: trying again may help.
    Network,
    /// Refused in a way no repetition mends.
    Refused,
}

/// What the homeserver offers a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// MSC4140.
    pub delayed_events: bool,
    /// Longest delay, when the server says.
    pub max_delay: Option<Duration>,
    /// MSC4354.
    pub sticky_events: bool,
}

/// A logged-in session.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    pub user: String,
    pub device: String,
    pub verified: bool,
    pub capabilities: Capabilities,
}

/// Own membership of a Matrix room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Joined,
    Invited,
    Outside,
    Banned,
}

/// Everything a call depends on in one Matrix room. Events are whole and raw, bounded by the
/// shell in number and length.
#[derive(Clone, PartialEq)]
pub struct RoomState {
    pub room: String,
    pub standing: Standing,
    pub name: Option<String>,
    pub encrypted: bool,
    pub create: Option<Value>,
    pub power_levels: Option<Value>,
    pub slot: Option<Value>,
    /// Call memberships: state events, then sticky events.
    pub memberships: Vec<Value>,
    /// User ids joined to the room, with the names they chose.
    pub joined: Vec<(String, Option<String>)>,
    /// User ids of those who ask to be let in.
    pub knocking: Vec<String>,
}

impl RoomState {
    /// Who may send what in this Matrix room.
    #[must_use]
    pub fn rules(&self) -> Rules {
        let create = self
            .create
            .clone()
            .and_then(|event| Event::from_value(event, 0).ok());
        let levels = self
            .power_levels
            .as_ref()
            .and_then(|event| event.get("content"));
        Rules::new(create.as_ref(), levels, self.encrypted)
    }
}

/// A call key that came by Olm from `sender_device`.
#[derive(Clone, PartialEq)]
pub struct ReceivedKey {
    pub sender: String,
    pub sender_device: Option<String>,
    pub content: Value,
    /// Unix milliseconds.
    pub received_ms: u64,
}

macro_rules! debug_by_name_only {
    ($($name:ident),+) => {
        $(impl std::fmt::Debug for $name {
            /// The name only: the content is personal, or a key.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        })+
    };
}

debug_by_name_only!(Account, RoomState, ReceivedKey, MatrixFact);

/// Facts from the session.
#[derive(Clone, PartialEq)]
pub enum MatrixFact {
    LoggedIn(Account),
    /// The account's device became, or is no longer, signed.
    Verified(bool),
    Online,
    Offline,
    /// Opening the session failed; `lasting` when only a person can mend it.
    LoginFailed {
        problem: room_messages::api::Problem,
        lasting: bool,
    },
    LoggedOut,
    Resolved {
        request: RequestId,
        result: Result<(String, Vec<String>), Failure>,
    },
    Entered {
        request: RequestId,
        result: Result<(), Failure>,
    },
    Room(Box<RoomState>),
    /// Authorization services the homeserver names, best first; empty when it names none. A
    /// failure only when no source named any and one did not answer.
    Transports {
        request: RequestId,
        result: Result<Vec<String>, Failure>,
    },
    Token {
        request: RequestId,
        result: Result<Grant, TokenFailure>,
    },
    Kept {
        run: RequestId,
        request: keeper::Request,
        outcome: keeper::Outcome,
    },
    /// The devices that did not get the key.
    KeySent {
        request: RequestId,
        result: Result<Vec<PeerDevice>, Failure>,
    },
    Key(ReceivedKey),
    Timeline {
        room: String,
        event: Value,
    },
    /// Event id of what was sent.
    Sent {
        request: RequestId,
        result: Result<String, Failure>,
    },
    /// Whole events, newest first.
    Reactions {
        request: RequestId,
        result: Result<Vec<Value>, Failure>,
    },
    Invited {
        room: String,
        inviter: Option<String>,
    },
    /// Room id of [`MatrixOrder::Make`].
    Made {
        request: RequestId,
        result: Result<String, Failure>,
    },
    /// What came of [`MatrixOrder::Invite`].
    Asked {
        request: RequestId,
        result: Result<(), Failure>,
    },
    /// What came of [`MatrixOrder::Accept`].
    Accepted {
        request: RequestId,
        result: Result<(), Failure>,
    },
}
