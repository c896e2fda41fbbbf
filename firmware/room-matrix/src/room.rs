//! One room as a call sees it, read from matrix-sdk's store.

use matrix_sdk::deserialized_responses::RawAnySyncOrStrippedState;
use matrix_sdk::ruma::events::StateEventType;
use matrix_sdk::ruma::serde::Raw;
use matrix_sdk::{Room, RoomMemberships, RoomState as SdkState};
use serde_json::Value;

use crate::fact::{MAX_EVENT_BYTES, MAX_EVENTS, Member, Membership, RoomState};

pub const CALL_MEMBER: &str = "org.matrix.msc3401.call.member";
pub const SLOT: &str = "org.matrix.msc4143.rtc.slot";
/// Longest display name passed on, in characters.
const MAX_NAME: usize = 255;

/// The state events a call depends on, as sliding sync asks for them.
pub fn required_state(members: &str) -> Vec<(StateEventType, String)> {
    let plain = [
        "m.room.create",
        "m.room.name",
        "m.room.topic",
        "m.room.canonical_alias",
        "m.room.encryption",
        "m.room.history_visibility",
        "m.room.power_levels",
        "m.room.tombstone",
    ];
    let mut wanted: Vec<_> = plain
        .iter()
        .map(|kind| ((*kind).into(), String::new()))
        .collect();
    wanted.push((CALL_MEMBER.into(), "*".into()));
    wanted.push((SLOT.into(), "*".into()));
    wanted.push(("m.room.member".into(), members.into()));
    if members != "*" {
        wanted.push(("m.room.member".into(), "$ME".into()));
    }
    wanted
}

/// The room now. What the store cannot read counts as absent.
pub async fn read(room: &Room, sticky: Vec<Value>) -> RoomState {
    let mut members = room
        .get_state_events(CALL_MEMBER.into())
        .await
        .unwrap_or_default()
        .iter()
        .filter_map(value)
        .take(MAX_EVENTS)
        .collect::<Vec<_>>();
    // The store keeps no order; without one an unchanged room would look changed.
    members.sort_by_key(|event| text(event, "state_key"));
    RoomState {
        room: room.room_id().to_string(),
        membership: membership(room.state()),
        name: name(room),
        encrypted: room.encryption_state().is_encrypted(),
        create: state(room, "m.room.create", "").await,
        power_levels: state(room, "m.room.power_levels", "").await,
        slot: state(room, SLOT, "m.call#ROOM").await,
        members,
        sticky,
        joined: joined(room).await,
        knocking: knocking(room).await,
    }
}

fn membership(state: SdkState) -> Membership {
    match state {
        SdkState::Joined => Membership::Joined,
        SdkState::Invited => Membership::Invited,
        SdkState::Knocked => Membership::Knocked,
        SdkState::Left => Membership::Left,
        SdkState::Banned => Membership::Banned,
    }
}

pub fn name(room: &Room) -> Option<String> {
    let cached = room.cached_display_name().map(|name| name.to_string());
    let name = room.name().or(cached)?;
    Some(name.chars().take(MAX_NAME).collect())
}

async fn state(room: &Room, kind: &str, key: &str) -> Option<Value> {
    let event = room.get_state_event(kind.into(), key).await.ok()??;
    value(&event)
}

async fn joined(room: &Room) -> Vec<Member> {
    let members = room.members_no_sync(RoomMemberships::JOIN).await;
    let mut members: Vec<_> = members
        .unwrap_or_default()
        .iter()
        .take(MAX_EVENTS)
        .map(|member| Member {
            user: member.user_id().to_string(),
            name: member
                .display_name()
                .map(|name| name.chars().take(MAX_NAME).collect()),
        })
        .collect();
    members.sort_by(|a, b| a.user.cmp(&b.user));
    members
}

async fn knocking(room: &Room) -> Vec<String> {
    let members = room.members_no_sync(RoomMemberships::KNOCK).await;
    let members = members.unwrap_or_default();
    let users = members.iter().take(MAX_EVENTS);
    let mut users: Vec<_> = users.map(|member| member.user_id().to_string()).collect();
    users.sort();
    users
}

fn value(event: &RawAnySyncOrStrippedState) -> Option<Value> {
    match event {
        RawAnySyncOrStrippedState::Sync(raw) => json(raw),
        RawAnySyncOrStrippedState::Stripped(raw) => json(raw),
    }
}

/// A raw event as JSON; `None` when it is too long to pass on.
pub fn json<T>(raw: &Raw<T>) -> Option<Value> {
    let text = raw.json().get();
    (text.len() <= MAX_EVENT_BYTES)
        .then(|| serde_json::from_str(text).ok())
        .flatten()
}

pub fn text(event: &Value, field: &str) -> String {
    let text = event.get(field).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}
