//! The Matrix rooms this account is in, as a calendar sees them.

use std::fmt;

use matrix_sdk::ruma::UserId;
use matrix_sdk::{Client, Room};

use crate::room::name;

/// Most rooms told; a meeting room is in few.
pub const MAX_ROOMS: usize = 200;
/// Longest topic passed on, in characters.
const MAX_TOPIC: usize = 2000;

/// One room this account is in.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownRoom {
    pub room: String,
    /// As Matrix computes it, from `m.room.name`, alias or members.
    pub name: Option<String>,
    /// Not cleaned, at most 2000 characters.
    pub topic: Option<String>,
    pub alias: Option<String>,
    /// Somebody else is in its call. Sticky memberships (MSC4354) are not seen here.
    pub in_call: bool,
}

impl fmt::Debug for KnownRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownRoom(…)")
    }
}

/// All of them, in the order of their ids. Spaces hold no meetings.
pub fn known(client: &Client) -> Vec<KnownRoom> {
    let own = client.user_id();
    let rooms = client.joined_rooms().into_iter();
    let mut known: Vec<_> = rooms
        .filter(|room| !room.is_space())
        .take(MAX_ROOMS)
        .map(|room| of(&room, own))
        .collect();
    known.sort_by(|a, b| a.room.cmp(&b.room));
    known
}

fn of(room: &Room, own: Option<&UserId>) -> KnownRoom {
    let in_call = room.active_room_call_participants();
    let topic = room.topic();
    KnownRoom {
        room: room.room_id().to_string(),
        name: name(room),
        topic: topic.map(|topic| topic.chars().take(MAX_TOPIC).collect()),
        alias: room.canonical_alias().map(|alias| alias.to_string()),
        in_call: in_call.iter().any(|user| Some(&**user) != own),
    }
}
