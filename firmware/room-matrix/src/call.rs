//! What a call's keeper orders: memberships, their delayed leave, keys, hands and rings.

use std::time::Duration;

use matrix_sdk::ruma::{OwnedDeviceId, OwnedUserId, RoomId, TransactionId};
use matrix_sdk::{Room, RoomState};
use room_core::rtc::key_message;
use serde_json::{Value, json};

use crate::http::{Call, string};
use crate::{RequestError, Session};

const DELAY: &str = "org.matrix.msc4140.delay";
const STICKY: &str = "org.matrix.msc4354.sticky_duration_ms";

/// An event that says whether the room is in a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// State event, never encrypted.
    State {
        kind: String,
        state_key: String,
        content: Value,
    },
    /// Sticky timeline event (MSC4354), encrypted when the room is and it is sent now. A delayed
    /// one is always plain: the server sends it when no key is at hand.
    Sticky {
        kind: String,
        content: Value,
        /// At most one hour.
        duration: Duration,
    },
}

impl Session {
    /// Sends an event now; its id.
    ///
    /// # Errors
    /// [`RequestError::Forbidden`] without the power to send it.
    pub async fn send_membership(&self, room: &str, event: &Event) -> Result<String, RequestError> {
        let answer = match event {
            Event::State { .. } => self.put(room, event, None).await?,
            Event::Sticky {
                kind,
                content,
                duration,
            } => {
                let (kind, content) = self.encrypt(room, kind, content).await?;
                let event = Event::Sticky {
                    kind,
                    content,
                    duration: *duration,
                };
                self.put(room, &event, None).await?
            }
        };
        string(&answer, "event_id")
    }

    /// Schedules an event (MSC4140); its delay id. The server must have the capability.
    ///
    /// # Errors
    /// [`RequestError::TooLong`] with a delay above the server's maximum.
    pub async fn schedule_leave(
        &self,
        room: &str,
        event: &Event,
        delay: Duration,
    ) -> Result<String, RequestError> {
        let answer = self.put(room, event, Some(delay)).await?;
        string(&answer, "delay_id")
    }

    async fn put(
        &self,
        room: &str,
        event: &Event,
        delay: Option<Duration>,
    ) -> Result<Value, RequestError> {
        let transaction = TransactionId::new();
        let mut query = Vec::new();
        query.extend(delay.map(|delay| (DELAY, delay.as_millis().to_string())));
        let (path, content) = match event {
            Event::State {
                kind,
                state_key,
                content,
            } => (["v3", "rooms", room, "state", kind, state_key], content),
            Event::Sticky {
                kind,
                content,
                duration,
            } => {
                query.push((STICKY, duration.as_millis().to_string()));
                (
                    ["v3", "rooms", room, "send", kind, transaction.as_str()],
                    content,
                )
            }
        };
        self.send(Call::put(&path, content).query(&query)).await
    }

    /// Starts a delayed event's time again.
    ///
    /// # Errors
    /// [`RequestError::NotFound`] when it was sent or cancelled meanwhile.
    pub async fn restart_leave(&self, delay_id: &str) -> Result<(), RequestError> {
        self.delayed(delay_id, "restart").await
    }

    /// Sends a delayed event now.
    ///
    /// # Errors
    /// As [`Session::restart_leave`].
    pub async fn fire_leave(&self, delay_id: &str) -> Result<(), RequestError> {
        self.delayed(delay_id, "send").await
    }

    /// Forgets a delayed event.
    ///
    /// # Errors
    /// As [`Session::restart_leave`].
    pub async fn cancel_leave(&self, delay_id: &str) -> Result<(), RequestError> {
        self.delayed(delay_id, "cancel").await
    }

    async fn delayed(&self, id: &str, action: &str) -> Result<(), RequestError> {
        let path = [
            "unstable",
            "org.matrix.msc4140",
            "delayed_events",
            id,
            action,
        ];
        match self.send(Call::post(&path, &json!({}))).await {
            // The older form has the action in the body.
            Err(RequestError::Unsupported) => {
                let older = path.get(..4).unwrap_or_default();
                let body = json!({ "action": action });
                self.send(Call::post(older, &body)).await.map(drop)
            }
            result => result.map(drop),
        }
    }

    /// Sends a call key to devices, each by its own Olm session; those `(user, device)`s that did
    /// not get it: unknown, or not allowed by the setting.
    ///
    /// # Errors
    /// When it reached nobody for sure, or only some: send it again to all.
    pub async fn send_key(
        &self,
        recipients: &[(String, String)],
        content: &Value,
    ) -> Result<Vec<(String, String)>, RequestError> {
        let devices = recipients.iter().map(|(user, device)| {
            let user = OwnedUserId::try_from(user.as_str());
            let user = user.map_err(|_| RequestError::BadId { what: "user id" })?;
            Ok((user, OwnedDeviceId::from(device.as_str())))
        });
        let devices = devices.collect::<Result<_, RequestError>>()?;
        let crypto = &self.inner.crypto;
        let failed = Box::pin(crypto.send_to_devices(key_message::KIND, &devices, content)).await?;
        let failed = failed.into_iter();
        Ok(failed
            .map(|(user, device)| (user.into(), device.to_string()))
            .collect())
    }

    /// Sends a timeline event, encrypted when the room is (reactions never are); its id.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn send_timeline(
        &self,
        room: &str,
        kind: &str,
        content: &Value,
    ) -> Result<String, RequestError> {
        let (kind, content) = if kind == "m.reaction" {
            (kind.to_owned(), content.clone())
        } else {
            self.encrypt(room, kind, content).await?
        };
        let transaction = TransactionId::new();
        let path = ["v3", "rooms", room, "send", &kind, transaction.as_str()];
        let answer = self.send(Call::put(&path, &content)).await?;
        string(&answer, "event_id")
    }

    /// Takes an own event back.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn redact(&self, room: &str, event: &str) -> Result<(), RequestError> {
        let transaction = TransactionId::new();
        let path = ["v3", "rooms", room, "redact", event, transaction.as_str()];
        self.send(Call::put(&path, &json!({}))).await.map(drop)
    }

    /// Reactions to an event, newest first, at most 50: hands raised before the room joined.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn reactions(&self, room: &str, event: &str) -> Result<Vec<Value>, RequestError> {
        let path = [
            "v1",
            "rooms",
            room,
            "relations",
            event,
            "m.annotation",
            "m.reaction",
        ];
        let query = [("limit", "50".to_owned())];
        let mut answer = self.send(Call::get(&path).query(&query)).await?;
        match answer.get_mut("chunk").map(Value::take) {
            Some(Value::Array(events)) => Ok(events.into_iter().take(50).collect()),
            _ => Err(RequestError::Unreadable),
        }
    }

    /// Type and content as they go to the server.
    async fn encrypt(
        &self,
        room: &str,
        kind: &str,
        content: &Value,
    ) -> Result<(String, Value), RequestError> {
        let room = self.room(room)?;
        let state = room.latest_encryption_state().await;
        if !state.map_err(crate::crypto::sdk)?.is_encrypted() {
            return Ok((kind.to_owned(), content.clone()));
        }
        let encrypted = Box::pin(self.inner.crypto.encrypt(&room, kind, content)).await?;
        Ok(("m.room.encrypted".to_owned(), encrypted))
    }

    fn room(&self, room: &str) -> Result<Room, RequestError> {
        let id = RoomId::parse(room).map_err(|_| RequestError::BadId { what: "room id" })?;
        let room = self.inner.client.get_room(&id);
        room.filter(|room| room.state() == RoomState::Joined)
            .ok_or(RequestError::NotInRoom)
    }
}
