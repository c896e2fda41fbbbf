//! The session: what is asked of it, each thing once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use matrix_sdk::ruma::{OwnedDeviceId, OwnedUserId, RoomId, TransactionId};
use matrix_sdk::{Client, Room, RoomState};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::crypto::Crypto;
use crate::http::{Api, Call};
use crate::identity::{self, Means};
use crate::open;
use crate::sfu::{self, SfuGrant, SfuRequest};
use crate::sticky::{self, Sticky};
use crate::store::Store;
use crate::sync::{Sync, Told};
use crate::transports::{self, Transports};
use crate::{MatrixFact, OpenError, RequestError, SessionOptions, SfuError, keys};

/// Facts not taken yet; the sync waits when it is full.
const FACTS: usize = 256;
const DELAY: &str = "org.matrix.msc4140.delay";
const STICKY: &str = "org.matrix.msc4354.sticky_duration_ms";

/// A logged-in device. Cheap to clone; the sync ends when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Session {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    api: Api,
    client: Client,
    crypto: Crypto,
    user: String,
    device: String,
    watched: watch::Sender<BTreeSet<String>>,
    rejected: Arc<AtomicU64>,
    tasks: [JoinHandle<()>; 2],
    /// Held last: the directory is free when nothing uses it any more.
    _store: Store,
}

impl Drop for Inner {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// What the homeserver offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// MSC4140. Without it a scheduled leave would be sent at once: do not schedule.
    pub delayed_events: bool,
    /// Longest delay of a delayed event, when the server says.
    pub max_delay: Option<Duration>,
    /// MSC4354. Without it a sticky event would be an ordinary one.
    pub sticky_events: bool,
    /// Simplified sliding sync. Sticky events are only received with it.
    pub sliding_sync: bool,
}

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
    /// Restores the stored session, or logs in; then syncs until the last clone is dropped.
    /// Facts must be taken: the queue is bounded and the sync waits for it.
    ///
    /// A stored session is restored without the homeserver; [`MatrixFact::Offline`] or
    /// [`MatrixFact::LoggedOut`] follow then.
    ///
    /// # Errors
    /// [`OpenError`], each naming a different next step.
    pub async fn open(
        options: SessionOptions,
    ) -> Result<(Self, mpsc::Receiver<MatrixFact>), OpenError> {
        let opened = Box::pin(open::open(&options)).await?;
        let (facts, receiver) = mpsc::channel(FACTS);
        let (watched, watching) = watch::channel(BTreeSet::new());
        let (sticky, rejected) = (Arc::new(Sticky::default()), Arc::default());
        keys::listen(&opened.client, facts.clone(), Arc::clone(&rejected));
        let sync = Sync {
            api: opened.api.clone(),
            client: opened.client.clone(),
            user: opened.stored.user.clone(),
            means: Means {
                login: options.login,
                recovery_key: options.recovery_key,
            },
            force_v2: options.force_sync_v2,
            sticky: Arc::clone(&sticky),
            facts,
            watched: watching.clone(),
            updates: opened.client.subscribe_to_all_room_updates(),
            told: Told::default(),
        };
        let sticky_sync = sticky::run(opened.api.clone(), opened.client.clone(), sticky, watching);
        let inner = Inner {
            api: opened.api,
            crypto: Crypto::new(
                opened.client.clone(),
                opened.base,
                open::strategy(options.key_recipients),
            ),
            client: opened.client,
            user: opened.stored.user,
            device: opened.stored.device,
            watched,
            rejected,
            tasks: [tokio::spawn(sync.run()), tokio::spawn(sticky_sync)],
            _store: opened.store,
        };
        let inner = Arc::new(inner);
        Ok((Self { inner }, receiver))
    }

    /// Own user id.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.inner.user
    }

    /// Own device id.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.inner.device
    }

    /// Whether this device is signed by its own account's cross-signing identity.
    pub async fn verified(&self) -> bool {
        identity::verified(&self.inner.client).await
    }

    /// Call keys dropped since start because they were not encrypted.
    #[must_use]
    pub fn rejected_keys(&self) -> u64 {
        self.inner.rejected.load(Ordering::Relaxed)
    }

    /// Reports these rooms from now on, instead of those watched before: a first
    /// [`MatrixFact::Room`] for each as soon as it is known.
    pub fn watch(&self, rooms: impl IntoIterator<Item = String>) {
        self.inner.watched.send_replace(rooms.into_iter().collect());
    }

    /// What the server offers; asked anew at each call.
    ///
    /// # Errors
    /// See [`RequestError`].
    pub async fn capabilities(&self) -> Result<Capabilities, RequestError> {
        let versions = self.send(Call::get(&["versions"])).await?;
        let answer = self.send(Call::get(&["v3", "capabilities"])).await?;
        Ok(capabilities(&versions, &answer))
    }

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

    /// The homeserver's transports: endpoint, else the well-known file.
    ///
    /// # Errors
    /// See [`RequestError`]; a server that names none is an empty list, not an error.
    pub async fn transports(&self) -> Result<Transports, RequestError> {
        let server = self
            .inner
            .user
            .split_once(':')
            .map_or("", |(_, server)| server);
        transports::discover(&self.inner.api, server).await
    }

    /// OpenID token, then the SFU's token.
    ///
    /// # Errors
    /// See [`SfuError`].
    pub async fn sfu_token(&self, request: &SfuRequest) -> Result<SfuGrant, SfuError> {
        sfu::grant(
            &self.inner.api,
            &self.inner.user,
            &self.inner.device,
            request,
        )
        .await
    }

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
        let devices = devices.collect::<Result<_, _>>()?;
        let crypto = &self.inner.crypto;
        let failed = Box::pin(crypto.send_to_devices(keys::KIND, &devices, content)).await?;
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

    async fn send(&self, call: Call<'_>) -> Result<Value, RequestError> {
        self.inner.api.send(call).await
    }
}

fn string(answer: &Value, field: &str) -> Result<String, RequestError> {
    let text = answer.get(field).and_then(Value::as_str);
    text.map(str::to_owned).ok_or(RequestError::Unreadable)
}

fn capabilities(versions: &Value, answer: &Value) -> Capabilities {
    let has = |flag: &str| {
        let features = versions.get("unstable_features");
        features.and_then(|features| features.get(flag)?.as_bool()) == Some(true)
    };
    let delayed = answer.pointer("/capabilities/org.matrix.msc4140.delayed_events");
    let max_delay = delayed.and_then(|delayed| delayed.get("max_delay_ms")?.as_u64());
    Capabilities {
        delayed_events: has("org.matrix.msc4140") && max_delay != Some(0),
        max_delay: max_delay.map(Duration::from_millis),
        sticky_events: has("org.matrix.msc4354"),
        sliding_sync: has("org.matrix.simplified_msc3575"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_come_from_both_answers_and_anything_odd_means_none() {
        let versions = json!({"unstable_features": {
            "org.matrix.msc4140": true, "org.matrix.msc4354": false,
            "org.matrix.simplified_msc3575": true,
        }});
        let answer = json!({"capabilities": {
            "org.matrix.msc4140.delayed_events": {"max_delay_ms": 86_400_000},
        }});
        assert_eq!(
            capabilities(&versions, &answer),
            Capabilities {
                delayed_events: true,
                max_delay: Some(Duration::from_secs(86_400)),
                sticky_events: false,
                sliding_sync: true,
            }
        );
        let odd = json!({"unstable_features": ["org.matrix.msc4140"], "capabilities": 1});
        assert_eq!(capabilities(&odd, &odd), Capabilities::default());
    }
}
