//! Sticky events (MSC4354), which matrix-sdk 0.18 does not know: a sliding sync connection of
//! our own that asks for nothing but the sticky events of the watched rooms.
//!
//! It asks for no to-device messages and no device lists, so it takes nothing from matrix-sdk's
//! own connection. Events that do not decrypt yet are kept and tried again, since the room key
//! may come after them.
//!
//! Deliberately absent: which of several events for one sticky key is valid (`room_core::rtc`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use matrix_sdk::Client;
use matrix_sdk::ruma::RoomId;
use matrix_sdk::ruma::serde::Raw;
use room_core::rtc::membership::sticky::KIND as MEMBER;
use room_core::rtc::sticky_sync::{self, Arrival, sent_ms};
use serde_json::Value;
use tokio::sync::{Notify, watch};

use crate::fact::MAX_EVENTS;
use crate::http::{Api, Call};
use crate::room::{json, text};
use crate::{Network, RequestError};

/// A sync answer of a busy room: 100 events of 64 KiB at the very most.
const MAX_SYNC: usize = 8 * 1024 * 1024;
const POLL: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// One sticky event as it came, with what it decrypted to.
#[derive(Clone, Debug)]
struct Kept {
    wire: Value,
    /// `None` while the key is missing; `Value::Null` for events calls do not use.
    clear: Option<Value>,
    /// Unix milliseconds.
    expires: u64,
}

/// The unexpired sticky events of the watched rooms, by room and event id.
#[derive(Debug, Default)]
pub struct Sticky {
    rooms: Mutex<BTreeMap<String, BTreeMap<String, Kept>>>,
    pub changed: Notify,
}

impl Sticky {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<String, BTreeMap<String, Kept>>) -> T) -> T {
        act(&mut self.rooms.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decrypted, unexpired events of a room, oldest first.
    pub fn of(&self, room: &str, now_ms: u64) -> Vec<Value> {
        self.with(|rooms| {
            let Some(events) = rooms.get_mut(room) else {
                return Vec::new();
            };
            events.retain(|_, event| event.expires > now_ms);
            let mut clear: Vec<_> = events
                .values()
                .filter_map(|event| event.clear.clone().filter(Value::is_object))
                .collect();
            clear.sort_by_key(|event| (sent_ms(event), text(event, "event_id")));
            clear
        })
    }

    /// A redacted event counts no more.
    pub fn redact(&self, room: &str, event: &str) {
        self.with(|rooms| rooms.get_mut(room).map(|events| events.remove(event)));
    }

    fn forget_others(&self, watched: &BTreeSet<String>) {
        self.with(|rooms| rooms.retain(|room, _| watched.contains(room)));
    }

    fn keep(&self, came: Arrival) {
        self.with(|rooms| {
            let events = rooms.entry(came.room).or_default();
            if events.len() < MAX_EVENTS {
                events.entry(came.event_id).or_insert(Kept {
                    wire: came.event,
                    clear: None,
                    expires: came.expires_ms,
                });
            }
        });
    }

    fn undecrypted(&self) -> Vec<(String, String, Value)> {
        self.with(|rooms| {
            let all = rooms.iter().flat_map(|(room, events)| {
                let waiting = events.iter().filter(|(_, event)| event.clear.is_none());
                waiting.map(|(id, event)| (room.clone(), id.clone(), event.wire.clone()))
            });
            all.collect()
        })
    }

    /// Tries all events that have not decrypted yet.
    pub async fn decrypt(&self, client: &Client) {
        for (room, id, wire) in self.undecrypted() {
            let Some(clear) = decrypt(client, &room, &wire).await else {
                continue;
            };
            self.with(|rooms| {
                if let Some(event) = rooms.get_mut(&room).and_then(|e| e.get_mut(&id)) {
                    event.clear = Some(clear);
                }
            });
        }
    }
}

/// `None` when the key is missing; null when it is not a membership.
async fn decrypt(client: &Client, room: &str, wire: &Value) -> Option<Value> {
    if text(wire, "type") != "m.room.encrypted" {
        return Some(membership_only(wire.clone()));
    }
    let room = client.get_room(&RoomId::parse(room).ok()?)?;
    let raw = Raw::from_json_string(wire.to_string()).ok()?;
    let event = room.decrypt_event(&raw, None).await.ok()?;
    if event.kind.is_utd() {
        return None;
    }
    let mut clear = json(event.raw())?;
    for field in ["msc4354_sticky", "unsigned"] {
        if let (Some(value), Some(fields)) = (wire.get(field), clear.as_object_mut()) {
            fields.insert(field.to_owned(), value.clone());
        }
    }
    Some(membership_only(clear))
}

fn membership_only(event: Value) -> Value {
    if text(&event, "type") == MEMBER {
        event
    } else {
        Value::Null
    }
}

/// Runs until dropped: syncs while a room is watched, and says when something changed.
pub async fn run(
    api: Api,
    client: Client,
    sticky: Arc<Sticky>,
    mut watched: watch::Receiver<BTreeSet<String>>,
    mut network: Network,
) {
    let mut place = Place::default();
    let mut pause = Duration::ZERO;
    loop {
        let rooms = watched.borrow_and_update().clone();
        if place.rooms != rooms {
            sticky.forget_others(&rooms);
            place = Place::of(rooms);
        }
        if place.rooms.is_empty() {
            if watched.changed().await.is_err() {
                return;
            }
            continue;
        }
        network.begin();
        let result = tokio::select! {
            result = once(&api, &mut place, &sticky) => result,
            changed = watched.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
        };
        match result {
            Ok(()) => {
                pause = Duration::ZERO;
                sticky.decrypt(&client).await;
                // Also without news: an event may have expired.
                sticky.changed.notify_one();
            }
            Err(RequestError::LoggedOut) => return,
            Err(error) => {
                place = Place::of(place.rooms);
                wait(&mut pause, &error, &mut network).await;
            }
        }
    }
}

/// Before the next try, also of the main sync: half a second, doubled up to four, and over when the
/// network changes; or what the server asks for, whatever the network does.
pub async fn wait(pause: &mut Duration, error: &RequestError, network: &mut Network) {
    if let RequestError::RateLimited {
        retry_after: Some(asked),
    } = error
    {
        *pause = *asked;
        return tokio::time::sleep(*asked).await;
    }
    *pause = (*pause * 2).clamp(Duration::from_millis(500), LONGEST_PAUSE);
    if network.pause(*pause).await {
        *pause = Duration::ZERO;
    }
}

/// Where this connection stands.
#[derive(Debug, Default)]
struct Place {
    rooms: BTreeSet<String>,
    pos: Option<String>,
    since: Option<String>,
}

impl Place {
    fn of(rooms: BTreeSet<String>) -> Self {
        Self {
            rooms,
            ..Self::default()
        }
    }
}

/// One request.
async fn once(api: &Api, place: &mut Place, sticky: &Sticky) -> Result<(), RequestError> {
    let body = sticky_sync::request(&place.rooms, place.since.as_deref());
    // The first answer comes at once.
    let wait = if place.pos.is_some() {
        POLL
    } else {
        Duration::ZERO
    };
    let mut query = vec![("timeout", wait.as_millis().to_string())];
    query.extend(place.pos.clone().map(|pos| ("pos", pos)));
    let path = ["unstable", "org.matrix.simplified_msc3575", "sync"];
    let mut call = Call::post(&path, &body).query(&query);
    call.time_out += wait;
    call.max_answer = MAX_SYNC;
    let answer = api.send(call).await?;
    let answer = sticky_sync::read(&answer, &place.rooms, crate::now_ms());
    let answer = answer.ok_or(RequestError::Unreadable)?;
    place.pos = Some(answer.pos);
    place.since = answer.since.or(place.since.take());
    for event in answer.events {
        sticky.keep(event);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn came(id: &str, sent_ms: u64) -> Arrival {
        let event = json!({"type": MEMBER, "event_id": id, "origin_server_ts": sent_ms});
        Arrival {
            room: "!r:h".into(),
            event_id: id.into(),
            event,
            expires_ms: sent_ms + 1000,
        }
    }

    #[test]
    fn only_decrypted_unexpired_memberships_are_told() {
        let sticky = Sticky::default();
        sticky.keep(came("$b", 900));
        sticky.keep(came("$a", 900));
        sticky.keep(came("$waiting", 800));
        sticky.with(|rooms| {
            for (id, kept) in rooms.get_mut("!r:h").unwrap() {
                if id != "$waiting" {
                    kept.clear = Some(kept.wire.clone());
                }
            }
        });
        let ids = |now| -> Vec<_> {
            let events = sticky.of("!r:h", now);
            events.iter().map(|event| text(event, "event_id")).collect()
        };
        assert_eq!(ids(1000), ["$a", "$b"]);
        sticky.redact("!r:h", "$a");
        assert_eq!(ids(1000), ["$b"]);
        assert!(ids(1900).is_empty());
    }
}
