//! The sticky-event form: `org.matrix.msc4143.rtc.member` (MSC4143 on MSC4354).
//!
//! The field with the transports was renamed in August 2026 (`rtc_transports` →
//! `transports.published`), and each generation of clients refuses the other's; so both are
//! written and either is read.

use serde_json::{Value, json};

use super::{Form, Membership, Publishes, Reading, Unreadable, first_livekit, intent_at};
use crate::rtc::event::{Event, id_at};
use crate::rtc::names::hashed_identity;
use crate::rtc::{Intent, ROOM_SLOT};

pub const KIND: &str = "org.matrix.msc4143.rtc.member";
/// Read, never written: no client uses it yet.
pub const STABLE_KIND: &str = "m.rtc.member";
/// State event that opens and closes a slot; state key [`ROOM_SLOT`].
pub const SLOT_KIND: &str = "org.matrix.msc4143.rtc.slot";
/// How long an own membership sticks, in milliseconds; the longest MSC4354 allows.
pub const STICKY_MS: u64 = 3_600_000;

/// What goes into an own membership.
#[derive(Clone, Copy, Debug)]
pub struct Joining<'a> {
    pub user: &'a str,
    pub device: &'a str,
    /// Random, new for each join; also the sticky key.
    pub member_id: &'a str,
    pub service_url: &'a str,
    pub intent: Intent,
    /// Event id of the membership this one refreshes.
    pub previous: Option<&'a str>,
}

/// Content that joins, or refreshes.
#[must_use]
pub fn join_content(joining: &Joining<'_>) -> Value {
    let transport = json!({"type": "livekit", "livekit_service_url": joining.service_url});
    let mut content = json!({
        "application": {"type": "m.call", "m.call.intent": joining.intent.as_wire()},
        "slot_id": ROOM_SLOT,
        "transports": {"published": [transport], "can_subscribe": ["livekit"]},
        "rtc_transports": [transport],
        "member": {
            "user_id": joining.user,
            "device_id": joining.device,
            "id": joining.member_id,
        },
        "versions": [],
        "msc4354_sticky_key": joining.member_id,
    });
    if let (Some(previous), Some(object)) = (joining.previous, content.as_object_mut()) {
        let relation = json!({"rel_type": "m.reference", "event_id": previous});
        object.insert("m.relation".to_owned(), relation);
    }
    content
}

/// Content that leaves.
#[must_use]
pub fn leave_content(member_id: &str) -> Value {
    json!({"msc4354_sticky_key": member_id})
}

/// The key under which only the newest event of a sender counts.
#[must_use]
pub fn sticky_key(content: &Value) -> Option<String> {
    let unstable = content.get("msc4354_sticky_key");
    let stable = content.get("sticky_key");
    if unstable.is_some() && stable.is_some() && unstable != stable {
        return None;
    }
    id_at(content, "msc4354_sticky_key").or_else(|| id_at(content, "sticky_key"))
}

/// Whether the slot lets sticky members count: it does when there is no slot event.
#[must_use]
pub fn slot_is_open(slot: Option<&Value>) -> bool {
    slot.is_none_or(|content| {
        let kind = content.get("application").and_then(|a| a.get("type"));
        content.get("status").and_then(Value::as_str) == Some("open")
            && kind.and_then(Value::as_str) == Some("m.call")
    })
}

/// # Errors
/// See [`Unreadable`].
pub fn parse(event: &Event) -> Result<Reading, Unreadable> {
    let until = event
        .sticky_until_ms
        .ok_or(Unreadable::Field("msc4354_sticky"))?;
    let content = &event.content;
    sticky_key(content).ok_or(Unreadable::Field("msc4354_sticky_key"))?;
    if content.get("application").is_none() {
        return Ok(Reading::Left);
    }
    let application = check_call(content)?;
    let (device, member_id) = member(event)?;
    Ok(Reading::Joined(Box::new(Membership {
        identity: hashed_identity(&event.sender, &device, &member_id),
        user: event.sender.clone(),
        device,
        member_id,
        publishes: publishes(content)?,
        created_ms: event.sent_ms,
        expires_ms: until,
        event_id: event.event_id.clone(),
        intent: intent_at(application),
        form: Form::Sticky,
    })))
}

fn check_call(content: &Value) -> Result<&Value, Unreadable> {
    let application = content.get("application");
    let kind = application
        .and_then(|a| a.get("type"))
        .and_then(Value::as_str);
    let slot = content.get("slot_id").and_then(Value::as_str);
    match (application, kind, slot) {
        (Some(application), Some("m.call"), Some(ROOM_SLOT)) => Ok(application),
        (_, None, _) => Err(Unreadable::Field("application")),
        (_, _, None) => Err(Unreadable::Field("slot_id")),
        _ => Err(Unreadable::OtherCall),
    }
}

fn member(event: &Event) -> Result<(String, String), Unreadable> {
    let member = event
        .content
        .get("member")
        .ok_or(Unreadable::Field("member"))?;
    if member.get("user_id").and_then(Value::as_str) != Some(event.sender.as_str()) {
        return Err(Unreadable::Field("member.user_id"));
    }
    let device = id_at(member, "device_id").ok_or(Unreadable::Field("member.device_id"))?;
    let id = id_at(member, "id").ok_or(Unreadable::Field("member.id"))?;
    Ok((device, id))
}

fn publishes(content: &Value) -> Result<Publishes, Unreadable> {
    let new = content.get("transports").and_then(|t| t.get("published"));
    let list = new.or_else(|| content.get("rtc_transports"));
    if !list.is_some_and(Value::is_array) {
        return Err(Unreadable::Field("transports"));
    }
    Ok(first_livekit(list).map_or(Publishes::Nowhere, Publishes::On))
}
