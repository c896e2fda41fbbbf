//! Making Matrix rooms, and asking people into them.

use matrix_sdk::ruma::{RoomId, UserId};
use matrix_sdk::{Room, RoomMemberships, RoomState};
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::http::{Call, string};
use crate::{RequestError, Session};

/// Account data that says which rooms are between two (Matrix specification, `m.direct`).
const DIRECT: &str = "m.direct";
/// Most rooms with one person that are looked at.
const MAX_DIRECT: usize = 20;

impl Session {
    /// Makes a Matrix room with this body of `createRoom`; its room id.
    ///
    /// # Errors
    /// [`RequestError::Forbidden`] where this account may not.
    pub async fn make_room(&self, body: &Value) -> Result<String, RequestError> {
        let answer = self.send(Call::post(&["v3", "createRoom"], body)).await?;
        string(&answer, "room_id")
    }

    /// The Matrix room between this account and `user`; made with `body` when there is none that is
    /// encrypted and in which both are.
    ///
    /// # Errors
    /// See [`Session::make_room`].
    pub async fn direct_room(&self, user: &str, body: &Value) -> Result<String, RequestError> {
        let own = self.user().to_owned();
        let path = ["v3", "user", &own, "account_data", DIRECT];
        let mut direct = match self.send(Call::get(&path)).await {
            Ok(direct) => direct,
            Err(RequestError::NotFound { .. }) => json!({}),
            Err(error) => return Err(error),
        };
        if let Some(room) = self.shared_room(&direct, user).await {
            return Ok(room);
        }
        let room = self.make_room(body).await?;
        note(&mut direct, user, &room);
        // The room is there; only the next call would make another one.
        if let Err(error) = self.send(Call::new(Method::PUT, &path).body(&direct)).await {
            tracing::warn!(%error, "a direct room is not noted");
        }
        Ok(room)
    }

    async fn shared_room(&self, direct: &Value, user: &str) -> Option<String> {
        let person = UserId::parse(user).ok()?;
        let rooms = direct.get(user)?.as_array()?.iter();
        for room in rooms.filter_map(Value::as_str).take(MAX_DIRECT) {
            let known = RoomId::parse(room).ok();
            let known = known.and_then(|id| self.inner.client.get_room(&id));
            let fits = |room: &Room| {
                room.state() == RoomState::Joined && room.encryption_state().is_encrypted()
            };
            let Some(found) = known.filter(fits) else {
                continue;
            };
            let members = found.members(RoomMemberships::JOIN).await;
            let mut members = members.unwrap_or_default().into_iter();
            if members.any(|member| member.user_id() == person) {
                return Some(room.to_owned());
            }
        }
        None
    }

    /// Asks `user` into a Matrix room; one who is asked already is no error.
    ///
    /// # Errors
    /// [`RequestError::Forbidden`] where this account may not, or for who was banned.
    pub async fn invite(&self, room: &str, user: &str) -> Result<(), RequestError> {
        let path = ["v3", "rooms", room, "invite"];
        let body = json!({"user_id": user});
        self.send(Call::post(&path, &body)).await.map(drop)
    }
}

/// Anything that is no list of rooms is replaced: no client could read it.
fn note(direct: &mut Value, user: &str, room: &str) {
    if !direct.is_object() {
        *direct = Value::Object(Map::new());
    }
    let rooms = direct.get(user).and_then(Value::as_array).cloned();
    let mut rooms = rooms.unwrap_or_default();
    rooms.push(room.into());
    direct[user] = rooms.into();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_noted_beside_those_there_are_and_what_is_no_list_is_replaced() {
        let user = "@anna:example.org";
        for (before, after) in [
            (json!({}), json!({user: ["!new"]})),
            (
                json!({user: ["!old"], "@b:c": ["!x"]}),
                json!({user: ["!old", "!new"], "@b:c": ["!x"]}),
            ),
            (json!({user: "!old"}), json!({user: ["!new"]})),
            (json!("nonsense"), json!({user: ["!new"]})),
        ] {
            let mut direct = before;
            note(&mut direct, user, "!new");
            assert_eq!(direct, after);
        }
    }
}
