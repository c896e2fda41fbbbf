//! Looking up people and public rooms on the homeserver.

use std::fmt;

use serde_json::{Value, json};

use crate::http::Call;
use crate::{RequestError, Session};

/// Most people, and most rooms, that are told.
const MAX_FOUND: usize = 20;
/// Longest name passed on, in characters.
const MAX_NAME: usize = 255;

/// Somebody, or a room, that fits what was searched.
#[derive(Clone, PartialEq, Eq)]
pub struct Found {
    /// User id, alias or room id.
    pub id: String,
    /// Not cleaned, at most 255 characters.
    pub name: Option<String>,
    pub is_room: bool,
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Found(…)")
    }
}

impl Session {
    /// People this homeserver knows and public rooms, in its order, people first. A homeserver
    /// that keeps one of the two to itself still tells the other.
    ///
    /// # Errors
    /// When it tells neither.
    pub async fn search(&self, text: &str) -> Result<Vec<Found>, RequestError> {
        let (people, rooms) = tokio::join!(self.people(text), self.public_rooms(text));
        match (people, rooms) {
            (Err(error), Err(_)) => Err(error),
            (people, rooms) => {
                let mut found = people.unwrap_or_default();
                found.extend(rooms.unwrap_or_default());
                Ok(found)
            }
        }
    }

    async fn people(&self, text: &str) -> Result<Vec<Found>, RequestError> {
        let body = json!({"search_term": text, "limit": MAX_FOUND});
        let path = ["v3", "user_directory", "search"];
        let answer = self.send(Call::post(&path, &body)).await?;
        let own = self.user();
        let mut people = list(&answer, "results", |one| {
            let id = one.get("user_id")?.as_str()?;
            (id != own).then(|| found(id, one.get("display_name"), false))
        });
        people.truncate(MAX_FOUND);
        Ok(people)
    }

    async fn public_rooms(&self, text: &str) -> Result<Vec<Found>, RequestError> {
        let filter = json!({"generic_search_term": text, "room_types": [null]});
        let body = json!({"filter": filter, "limit": MAX_FOUND});
        let answer = self.send(Call::post(&["v3", "publicRooms"], &body)).await?;
        let mut rooms = list(&answer, "chunk", |one| {
            let alias = one.get("canonical_alias").and_then(Value::as_str);
            let id = alias.or_else(|| one.get("room_id")?.as_str())?;
            Some(found(id, one.get("name"), true))
        });
        rooms.truncate(MAX_FOUND);
        Ok(rooms)
    }
}

fn list(answer: &Value, field: &str, read: impl Fn(&Value) -> Option<Found>) -> Vec<Found> {
    let all = answer.get(field).and_then(Value::as_array);
    all.into_iter().flatten().filter_map(read).collect()
}

fn found(id: &str, name: Option<&Value>, is_room: bool) -> Found {
    let name = name.and_then(Value::as_str);
    Found {
        id: id.to_owned(),
        name: name.map(|name| name.chars().take(MAX_NAME).collect()),
        is_room,
    }
}
