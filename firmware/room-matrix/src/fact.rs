//! What a session reports.

use std::time::SystemTime;

use serde_json::Value;
use zeroize::Zeroize;

use crate::known::KnownRoom;

/// Most state events of one type, joined members and sticky events reported per room.
pub const MAX_EVENTS: usize = 2000;
/// Longest event passed on, in bytes of JSON. The specification's limit is 65 536 on the wire;
/// decryption and the server's `unsigned` part add to it.
pub const MAX_EVENT_BYTES: usize = 128 * 1024;

/// One thing the homeserver said.
#[derive(Clone, Debug)]
pub enum MatrixFact {
    /// The sync runs.
    Online,
    /// The sync fails since then, and is tried again without end.
    Offline { since: SystemTime },
    /// The homeserver no longer knows the session; nothing more will come.
    LoggedOut,
    /// A watched room, whenever something in it changed that a call depends on.
    Room(Box<RoomState>),
    /// A key for a call, Olm-encrypted by `sender_device`.
    Key(ReceivedKey),
    /// An event of a timeline that calls use, decrypted: notifications and declines of any room,
    /// reactions and redactions of watched rooms. After a start, old ones come too.
    Timeline(TimelineEvent),
    /// Own cross-signing is settled, well or not: whether this device is signed by its account.
    Verified(bool),
    /// The rooms this account is in, whenever something a calendar shows of them changed.
    Rooms(Vec<KnownRoom>),
    /// Somebody invites the room; told once per invitation.
    Invited {
        room: String,
        inviter: Option<String>,
        name: Option<String>,
    },
}

/// Own membership of a Matrix room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    Joined,
    Invited,
    Knocked,
    Left,
    Banned,
}

/// Everything a call depends on in one room, as the server says. All events are raw, each at most
/// [`MAX_EVENT_BYTES`], at most [`MAX_EVENTS`] of a kind.
#[derive(Clone, PartialEq)]
pub struct RoomState {
    pub room: String,
    pub membership: Membership,
    /// As Matrix computes it, from `m.room.name`, alias or members.
    pub name: Option<String>,
    pub encrypted: bool,
    /// `m.room.create`, whole event.
    pub create: Option<Value>,
    /// `m.room.power_levels`, whole event.
    pub power_levels: Option<Value>,
    /// `org.matrix.msc4143.rtc.slot` with state key `m.call#ROOM`, whole event.
    pub slot: Option<Value>,
    /// All `org.matrix.msc3401.call.member` state events: `sender`, `origin_server_ts`,
    /// `event_id`, `state_key`, `content`.
    pub members: Vec<Value>,
    /// Unexpired sticky events of type `org.matrix.msc4143.rtc.member`, decrypted: `type`,
    /// `sender`, `origin_server_ts`, `event_id`, `content`, `unsigned` and, where the server
    /// says so, `msc4354_sticky`. Those that do not decrypt are left out until they do.
    pub sticky: Vec<Value>,
    pub joined: Vec<Member>,
    /// User ids of those who ask to be let in.
    pub knocking: Vec<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    pub user: String,
    /// As the member chose it: not cleaned, at most 255 characters.
    pub name: Option<String>,
}

/// An `io.element.call.encryption_keys` message that came Olm-encrypted.
#[derive(Clone)]
pub struct ReceivedKey {
    pub sender: String,
    /// The device that encrypted it: checked by Olm, not claimed. Always known when it is told:
    /// a key whose device is not known waits until it is.
    pub sender_device: Option<String>,
    /// Content as sent; holds key material.
    pub content: Value,
    /// Unix milliseconds of arrival here.
    pub received_ms: u64,
}

impl Drop for ReceivedKey {
    fn drop(&mut self) {
        if let Some(Value::String(key)) = self.content.pointer_mut("/keys/key") {
            key.zeroize();
        }
    }
}

/// An event of a watched room's timeline.
#[derive(Clone, PartialEq)]
pub struct TimelineEvent {
    pub room: String,
    /// Whole event, decrypted.
    pub event: Value,
}

impl std::fmt::Debug for RoomState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RoomState")
            .field("membership", &self.membership)
            .field("encrypted", &self.encrypted)
            .field("members", &self.members.len())
            .field("sticky", &self.sticky.len())
            .field("joined", &self.joined.len())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Member(…)")
    }
}

impl std::fmt::Debug for ReceivedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReceivedKey(…)")
    }
}

impl std::fmt::Debug for TimelineEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TimelineEvent(…)")
    }
}
