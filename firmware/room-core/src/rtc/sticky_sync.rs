//! One round of the connection that brings sticky events (MSC4354): what to ask, and what the
//! answer holds.
//!
//! Invariant: only events of watched rooms are taken, each with an id and at most [`MAX_EVENT`]
//! bytes long, and none sticks for more than an hour from when it came.
//! Deliberately absent: decryption, and which of several events for one sticky key is valid.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::event::{MAX_EVENT, MAX_STICKY_MS};

const EXTENSION: &str = "org.matrix.msc4354.sticky_events";

/// Body of the request. It asks for sticky events and nothing else, so it takes nothing from
/// another connection of the same device. `since`: where the last answer left off.
#[must_use]
pub fn request(rooms: &BTreeSet<String>, since: Option<&str>) -> Value {
    let subscription = json!({"required_state": [], "timeline_limit": 0});
    let rooms: serde_json::Map<_, _> = rooms
        .iter()
        .map(|room| (room.clone(), subscription.clone()))
        .collect();
    let mut extension = json!({"enabled": true});
    if let (Some(since), Some(fields)) = (since, extension.as_object_mut()) {
        fields.insert("since".into(), since.into());
    }
    json!({
        "conn_id": "salle-sticky",
        "room_subscriptions": rooms,
        "extensions": {EXTENSION: extension},
    })
}

/// One sticky event as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    pub room: String,
    pub event_id: String,
    pub event: Value,
    /// Unix milliseconds at which it stops being sticky.
    pub expires_ms: u64,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Where the connection stands now.
    pub pos: String,
    /// Where the sticky events left off, when there were any.
    pub since: Option<String>,
    pub events: Vec<Arrival>,
}

/// Reads an answer that came at `now_ms` (Unix milliseconds); `None` when it is none.
#[must_use]
pub fn read(answer: &Value, watched: &BTreeSet<String>, now_ms: u64) -> Option<Answer> {
    let pos = answer.get("pos")?.as_str()?.to_owned();
    let extension = answer.get("extensions").and_then(|all| all.get(EXTENSION));
    let since = extension.and_then(|part| part.get("next_batch")?.as_str());
    Some(Answer {
        pos,
        since: since.map(str::to_owned),
        events: extension.map_or_else(Vec::new, |part| arrivals(part, watched, now_ms)),
    })
}

fn arrivals(extension: &Value, watched: &BTreeSet<String>, now_ms: u64) -> Vec<Arrival> {
    let rooms = extension.get("rooms").and_then(Value::as_object);
    let rooms = rooms.into_iter().flatten();
    let rooms = rooms.filter(|(room, _)| watched.contains(*room));
    let each = rooms.flat_map(|(room, part)| {
        let events = part.get("events").and_then(Value::as_array);
        let events = events.into_iter().flatten();
        events.filter_map(|event| arrival(room, event, now_ms))
    });
    each.collect()
}

fn arrival(room: &str, event: &Value, now_ms: u64) -> Option<Arrival> {
    let event_id = event.get("event_id")?.as_str()?.to_owned();
    (event.to_string().len() <= MAX_EVENT).then(|| Arrival {
        room: room.to_owned(),
        event_id,
        event: event.clone(),
        expires_ms: expiry(event, now_ms),
    })
}

/// The server's own reckoning of what is left, else the duration from when it was sent. Neither
/// can make an event stick longer than an hour from now.
fn expiry(event: &Value, now_ms: u64) -> u64 {
    let left = event.pointer("/unsigned/msc4354_sticky_duration_ttl_ms");
    let duration = event.pointer("/msc4354_sticky/duration_ms");
    let reckoned = match (
        left.and_then(Value::as_u64),
        duration.and_then(Value::as_u64),
    ) {
        (Some(left), _) => now_ms.saturating_add(left),
        (None, Some(duration)) => sent_ms(event).min(now_ms).saturating_add(duration),
        (None, None) => now_ms,
    };
    reckoned.min(now_ms.saturating_add(MAX_STICKY_MS))
}

/// `origin_server_ts`, Unix milliseconds; 0 without one.
#[must_use]
pub fn sent_ms(event: &Value) -> u64 {
    let time = event.get("origin_server_ts").and_then(Value::as_u64);
    time.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched() -> BTreeSet<String> {
        ["!r:h".to_owned()].into()
    }

    fn event(id: &str, time: u64) -> Value {
        json!({"type": "t", "event_id": id, "origin_server_ts": time, "sender": "@a:h",
            "content": {}, "msc4354_sticky": {"duration_ms": 1000}})
    }

    #[test]
    fn the_request_asks_for_sticky_events_and_nothing_else() {
        assert_eq!(
            request(&watched(), Some("s1")),
            json!({
                "conn_id": "salle-sticky",
                "room_subscriptions": {"!r:h": {"required_state": [], "timeline_limit": 0}},
                "extensions": {EXTENSION: {"enabled": true, "since": "s1"}},
            })
        );
    }

    #[test]
    fn an_answer_says_where_it_stands_and_what_came_for_watched_rooms() {
        let rooms =
            json!({"!r:h": {"events": [event("$1", 500)]}, "!o:h": {"events": [event("$2", 1)]}});
        let extension = json!({"next_batch": "s2", "rooms": rooms});
        let answer = json!({"pos": "5", "extensions": {EXTENSION: extension}});
        let read = read(&answer, &watched(), 1000).unwrap();
        assert_eq!(
            (read.pos.as_str(), read.since.as_deref()),
            ("5", Some("s2"))
        );
        let came: Vec<_> = read
            .events
            .iter()
            .map(|one| one.event_id.as_str())
            .collect();
        assert_eq!(came, ["$1"]);
        assert_eq!(read.events[0].expires_ms, 1500);
    }

    #[test]
    fn hostile_answers_bring_nothing() {
        assert_eq!(read(&json!({"pos": 1}), &watched(), 0), None);
        for extension in [
            Value::Null,
            json!({"rooms": []}),
            json!({"rooms": {"!r:h": 1}}),
            json!({"rooms": {"!r:h": {"events": [1, {}, {"event_id": 2}]}}}),
            json!({"rooms": {"!r:h": {"events": [{"event_id": "x".repeat(MAX_EVENT)}]}}}),
        ] {
            let answer = json!({"pos": "1", "extensions": {EXTENSION: extension}});
            assert!(read(&answer, &watched(), 0).unwrap().events.is_empty());
        }
    }

    #[test]
    fn an_event_expires_by_the_servers_reckoning_and_never_sticks_for_more_than_an_hour() {
        let mut sent = event("$1", 500);
        assert_eq!(expiry(&sent, 1000), 1500);
        sent["unsigned"] = json!({"msc4354_sticky_duration_ttl_ms": 300});
        assert_eq!(expiry(&sent, 1000), 1300);
        sent["unsigned"] = json!({"msc4354_sticky_duration_ttl_ms": u64::MAX});
        assert_eq!(expiry(&sent, 1000), 1000 + MAX_STICKY_MS);
        assert_eq!(expiry(&event("$1", u64::MAX), 1000), 2000);
        assert_eq!(expiry(&json!({}), 1000), 1000);
    }
}
