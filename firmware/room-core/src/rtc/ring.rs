//! Ringing: which notification rings this room, until when, and how to decline.
//!
//! Nothing is remembered here: whether a call rings is asked again whenever something changed.
//! The membership a notification refers to may have been replaced since (each change gives it
//! another event id), so what counts is that its sender is a member of the call.

use serde_json::{Value, json};

use super::Intent;
use super::event::{Event, id_at, is_id};
use super::session::Session;

pub const KIND: &str = "org.matrix.msc4075.rtc.notification";
pub const STABLE_KIND: &str = "m.rtc.notification";
pub const DECLINE_KIND: &str = "org.matrix.msc4310.rtc.decline";
pub const STABLE_DECLINE_KIND: &str = "m.rtc.decline";
/// Longest ringing, in milliseconds.
pub const MAX_LIFETIME_MS: u64 = 90_000;
/// A sender's clock further off than this is not believed.
const MAX_CLOCK_ERROR_MS: u64 = 20_000;
/// Most mentioned users looked at.
const MAX_MENTIONS: usize = 1000;

/// A call that wants attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    pub event_id: String,
    pub sender: String,
    /// Rings; otherwise it is only shown.
    pub ring: bool,
    pub mentions_room: bool,
    pub mentions: Vec<String>,
    /// Unix milliseconds at which it is over.
    pub until_ms: u64,
    pub intent: Option<Intent>,
}

/// Reads a notification; `None` when the event is none.
#[must_use]
pub fn parse(event: &Event) -> Option<Notification> {
    if event.kind != KIND && event.kind != STABLE_KIND {
        return None;
    }
    let content = &event.content;
    let mentions = content.get("m.mentions");
    let users = mentions.and_then(|m| m.get("user_ids")?.as_array());
    let stated = content.get("sender_ts").and_then(Value::as_u64);
    let start = stated
        .filter(|ts| ts.abs_diff(event.sent_ms) <= MAX_CLOCK_ERROR_MS)
        .unwrap_or(event.sent_ms);
    let lifetime = content.get("lifetime").and_then(Value::as_u64);
    Some(Notification {
        event_id: event.event_id.clone(),
        sender: event.sender.clone(),
        ring: content.get("notification_type")?.as_str()? == "ring",
        mentions_room: mentions.and_then(|m| m.get("room")?.as_bool()) == Some(true),
        mentions: users
            .into_iter()
            .flatten()
            .take(MAX_MENTIONS)
            .filter_map(|user| user.as_str().filter(|user| is_id(user)).map(str::to_owned))
            .collect(),
        until_ms: start.saturating_add(lifetime.unwrap_or(MAX_LIFETIME_MS).min(MAX_LIFETIME_MS)),
        intent: content
            .get("m.call.intent")
            .and_then(|i| Intent::from_wire(i.as_str()?)),
    })
}

/// What decides, besides the notification.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    pub session: &'a Session,
    pub own_user: &'a str,
    /// Whether the sender's mention of the whole room counts
    /// ([`Rules::may_notify_room`](super::power::Rules::may_notify_room)).
    pub sender_may_notify_room: bool,
    /// The own user declined it, on any device.
    pub declined: bool,
    /// Unix milliseconds.
    pub now_ms: u64,
}

/// Until when the room rings for this notification, in Unix milliseconds; `None` when it does
/// not, or no longer. One call rings once: with several, take the latest.
#[must_use]
pub fn rings_until(notification: &Notification, now: &Situation<'_>) -> Option<u64> {
    let others = &now.session.others;
    let mentioned = (notification.mentions_room && now.sender_may_notify_room)
        || notification
            .mentions
            .iter()
            .any(|user| user == now.own_user);
    let caller_there = others
        .iter()
        .any(|member| member.user == notification.sender);
    let answered =
        now.session.own.is_some() || others.iter().any(|member| member.user == now.own_user);
    let rings = notification.ring
        && notification.sender != now.own_user
        && mentioned
        && caller_there
        && !answered
        && !now.declined
        && now.now_ms < notification.until_ms;
    rings.then_some(notification.until_ms)
}

/// How long the room rings for somebody, in milliseconds.
pub const LIFETIME_MS: u64 = 60_000;

/// Content that rings for one user; event type [`KIND`]. `membership`: event id of the own one.
#[must_use]
pub fn ring_content(user: &str, membership: &str, now_ms: u64) -> Value {
    json!({
        "m.mentions": {"user_ids": [user], "room": false},
        "notification_type": "ring",
        "m.relates_to": {"rel_type": "m.reference", "event_id": membership},
        "sender_ts": now_ms,
        "lifetime": LIFETIME_MS,
        "m.call.intent": Intent::Video.as_wire(),
    })
}

/// Content that declines a notification; event type [`DECLINE_KIND`].
#[must_use]
pub fn decline_content(notification: &str) -> Value {
    json!({"m.relates_to": {"rel_type": "m.reference", "event_id": notification}})
}

/// The notification an event declines; `None` when it declines none.
#[must_use]
pub fn declines(event: &Event) -> Option<String> {
    if event.kind != DECLINE_KIND && event.kind != STABLE_DECLINE_KIND {
        return None;
    }
    id_at(event.content.get("m.relates_to")?, "event_id")
}

#[cfg(test)]
mod tests;
