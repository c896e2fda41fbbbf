//! Getting into Matrix rooms and out of them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{Call, string};
use crate::{RequestError, Session};

impl Session {
    /// Room id of an alias, and servers to join through.
    ///
    /// # Errors
    /// [`RequestError::NotFound`] for an alias nobody has.
    pub async fn resolve(&self, alias: &str) -> Result<(String, Vec<String>), RequestError> {
        let answer = self
            .send(Call::get(&["v3", "directory", "room", alias]))
            .await?;
        let servers = answer.get("servers").and_then(Value::as_array);
        let servers = servers.into_iter().flatten().filter_map(Value::as_str);
        let room = string(&answer, "room_id")?;
        Ok((room, servers.take(5).map(str::to_owned).collect()))
    }

    /// Joins a room, also one the room is invited to, through these servers.
    ///
    /// # Errors
    /// [`RequestError::Forbidden`] without an invitation.
    pub async fn join_room(&self, room: &str, via: &[String]) -> Result<(), RequestError> {
        self.enter("join", room, via).await
    }

    /// # Errors
    /// [`RequestError::Forbidden`] when it was taken back.
    pub async fn accept_invite(&self, room: &str) -> Result<(), RequestError> {
        self.enter("join", room, &[]).await
    }

    /// Asks to be let in.
    ///
    /// # Errors
    /// [`RequestError::Forbidden`] where nobody may ask.
    pub async fn knock(&self, room: &str, via: &[String]) -> Result<(), RequestError> {
        self.enter("knock", room, via).await
    }

    async fn enter(&self, how: &str, room: &str, via: &[String]) -> Result<(), RequestError> {
        let servers = via.iter().take(5);
        let query: Vec<_> = servers
            // `server_name` is what servers before Matrix 1.12 read.
            .flat_map(|server| [("via", server.clone()), ("server_name", server.clone())])
            .collect();
        let path = ["v3", how, room];
        let mut call = Call::post(&path, &Value::Null).query(&query);
        let empty = json!({});
        call.body = Some(&empty);
        // Joining over federation takes its time.
        call.time_out = Duration::from_secs(60);
        self.send(call).await.map(drop)
    }

    /// Leaves a room, or declines an invitation.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn leave_room(&self, room: &str) -> Result<(), RequestError> {
        let path = ["v3", "rooms", room, "leave"];
        self.send(Call::post(&path, &json!({}))).await.map(drop)
    }
}
