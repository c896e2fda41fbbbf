//! One Matrix event as far as calls need it.
//!
//! Invariant: every text is bounded, so that whatever is kept of an event is bounded too.
//! Deliberately absent: decryption, and whether the event is current (`room-matrix` knows).

use serde_json::Value;

/// Longest event accepted, in bytes of JSON (Matrix allows 65 536 without `unsigned`).
pub const MAX_EVENT: usize = 128 * 1024;
/// Longest identifier (user, device, event, room, state key), in bytes (Matrix: 255).
pub const MAX_ID: usize = 255;
/// Longest stickiness (MSC4354), in milliseconds.
pub const MAX_STICKY_MS: u64 = 3_600_000;
/// How far clocks of homeservers and of the room may differ before stickiness suffers.
const CLOCK_ERROR_MS: u64 = 300_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Event type, after decryption.
    pub kind: String,
    pub sender: String,
    pub event_id: String,
    /// `origin_server_ts`, Unix milliseconds.
    pub sent_ms: u64,
    /// `Some` for state events only.
    pub state_key: Option<String>,
    pub content: Value,
    /// Unix milliseconds at which a sticky event stops being sticky; `None` when it is not one.
    pub sticky_until_ms: Option<u64>,
}

#[derive(Debug, thiserror::Error)]
pub enum EventError {
    #[error("an event of {0} bytes is longer than {MAX_EVENT}")]
    TooLong(usize),
    /// The text of the cause could quote the event, so only its place is kept.
    #[error("an event is not JSON, at line {line} column {column}")]
    NotJson { line: usize, column: usize },
    #[error("an event has no usable `{0}`")]
    Field(&'static str),
}

impl Event {
    /// Reads one event as the homeserver gave it (or as it was decrypted), received at
    /// `received_ms` (Unix milliseconds), from which a sticky event's remaining time counts.
    ///
    /// # Errors
    /// When it is too long, not JSON, or lacks a field every event has.
    pub fn parse(json: &[u8], received_ms: u64) -> Result<Self, EventError> {
        if json.len() > MAX_EVENT {
            return Err(EventError::TooLong(json.len()));
        }
        let value: Value = serde_json::from_slice(json).map_err(|error| EventError::NotJson {
            line: error.line(),
            column: error.column(),
        })?;
        Self::from_value(value, received_ms)
    }

    /// Like [`parse`](Self::parse), from JSON already read.
    ///
    /// # Errors
    /// When it lacks a field every event has.
    pub fn from_value(mut value: Value, received_ms: u64) -> Result<Self, EventError> {
        let id = |name: &'static str| id_at(&value, name).ok_or(EventError::Field(name));
        let (kind, sender, event_id) = (id("type")?, id("sender")?, id("event_id")?);
        let sent_ms = value
            .get("origin_server_ts")
            .and_then(Value::as_u64)
            .ok_or(EventError::Field("origin_server_ts"))?;
        let state_key = match value.get("state_key") {
            None => None,
            Some(Value::String(key)) if key.len() <= MAX_ID => Some(key.clone()),
            Some(_) => return Err(EventError::Field("state_key")),
        };
        let sticky_until_ms = sticky_until(&value, sent_ms, received_ms);
        let redacts = id_at(&value, "redacts");
        let mut content = value
            .get_mut("content")
            .filter(|content| content.is_object())
            .map(Value::take)
            .ok_or(EventError::Field("content"))?;
        // Up to room version 10 a redaction names its event beside the content.
        if let (Some(redacts), Some(object)) = (redacts, content.as_object_mut()) {
            object.entry("redacts").or_insert(redacts.into());
        }
        Ok(Self {
            kind,
            sender,
            event_id,
            sent_ms,
            state_key,
            content,
            sticky_until_ms,
        })
    }
}

/// MSC4354: the server's remaining time if it says so; else from the earlier of sending and
/// receiving, so that a wrong clock of the sender's server cannot make an event last longer.
/// An event read again later still carries the remaining time of its first arrival, so the whole
/// stickiness since it was sent is a limit too, with some minutes for clocks that differ.
fn sticky_until(value: &Value, sent_ms: u64, received_ms: u64) -> Option<u64> {
    let duration = value
        .get("msc4354_sticky")
        .or_else(|| value.get("sticky"))
        .and_then(|sticky| sticky.get("duration_ms"))
        .and_then(Value::as_u64);
    let left = value.get("unsigned").and_then(|unsigned| {
        unsigned
            .get("msc4354_sticky_duration_ttl_ms")
            .and_then(Value::as_u64)
    });
    let (start, length) = match (left, duration) {
        (Some(left), _) => (received_ms, left),
        (None, Some(duration)) => (received_ms.min(sent_ms), duration),
        (None, None) => return None,
    };
    let whole = duration.unwrap_or(MAX_STICKY_MS).min(MAX_STICKY_MS);
    let limit = sent_ms.saturating_add(whole).saturating_add(CLOCK_ERROR_MS);
    Some(start.saturating_add(length.min(MAX_STICKY_MS)).min(limit))
}

/// The text at `name`, when it is a text of 1 to [`MAX_ID`] bytes without control characters.
pub(super) fn id_at(value: &Value, name: &str) -> Option<String> {
    value
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| is_id(text))
        .map(str::to_owned)
}

/// Whether `text` can be an identifier: 1 to [`MAX_ID`] bytes, no control characters.
pub(super) fn is_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len()) && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({"type": "t", "sender": "@a:x", "event_id": "$1", "origin_server_ts": 1000, "content": {}})
    }

    #[test]
    fn stickiness_counts_from_the_servers_remaining_time_and_is_never_longer_than_an_hour() {
        let mut value = event();
        value["msc4354_sticky"] = json!({"duration_ms": 60_000});
        let read = |value: &Value, received| {
            let event = Event::from_value(value.clone(), received).unwrap();
            event.sticky_until_ms
        };
        assert_eq!(read(&value, 5000), Some(61_000));
        value["unsigned"] = json!({"msc4354_sticky_duration_ttl_ms": 50_000});
        assert_eq!(read(&value, 5000), Some(55_000));
        // The same text read again, much later.
        assert_eq!(read(&value, 10_000_000), Some(61_000 + CLOCK_ERROR_MS));
        value["msc4354_sticky"]["duration_ms"] = json!(u64::MAX);
        value["unsigned"]["msc4354_sticky_duration_ttl_ms"] = json!(u64::MAX);
        assert_eq!(read(&value, 5000), Some(5000 + MAX_STICKY_MS));
        assert_eq!(read(&event(), 5000), None);
    }

    #[test]
    fn an_event_with_a_missing_or_absurd_field_is_refused() {
        for name in ["type", "sender", "event_id", "origin_server_ts", "content"] {
            let mut value = event();
            value.as_object_mut().unwrap().remove(name);
            assert!(matches!(Event::from_value(value, 0), Err(EventError::Field(n)) if n == name));
        }
        let mut value = event();
        value["sender"] = json!("x".repeat(256));
        assert!(Event::from_value(value, 0).is_err());
        assert!(Event::parse(b"{\"type\":", 0).is_err());
        assert!(Event::parse(&vec![b'['; 100_000], 0).is_err());
    }
}
