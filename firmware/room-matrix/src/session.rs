//! The session: its beginning and end, and what it knows of itself and its homeserver.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use matrix_sdk::Client;
use room_core::rtc::PeerDevice;
use serde_json::Value;
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
use crate::transports;
use crate::{MatrixFact, OpenError, RequestError, SessionOptions, SfuError, keys, late};

/// Facts not taken yet; the sync waits when it is full.
const FACTS: usize = 256;

/// A logged-in device. Cheap to clone; the sync ends when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Session {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    api: Api,
    pub(crate) client: Client,
    pub(crate) crypto: Arc<Crypto>,
    user: String,
    device: String,
    watched: watch::Sender<BTreeSet<String>>,
    rejected: Arc<AtomicU64>,
    tasks: [JoinHandle<()>; 3],
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
        let (late, late_keys) = mpsc::channel(late::MOST);
        keys::listen(&opened.client, facts.clone(), late, Arc::clone(&rejected));
        let crypto = Arc::new(Crypto::new(
            opened.client.clone(),
            opened.base,
            open::strategy(options.key_recipients),
        ));
        let late = late::run(Arc::clone(&crypto), late_keys, facts.clone());
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
            network: options.network.clone(),
        };
        let sticky_sync = sticky::run(
            opened.api.clone(),
            opened.client.clone(),
            sticky,
            watching,
            options.network,
        );
        let inner = Inner {
            api: opened.api,
            crypto,
            client: opened.client,
            user: opened.stored.user,
            device: opened.stored.device,
            watched,
            rejected,
            tasks: [
                tokio::spawn(sync.run()),
                tokio::spawn(sticky_sync),
                tokio::spawn(late),
            ],
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

    /// The authorization services the homeserver names, best first: by its endpoint, else in its
    /// well-known file.
    ///
    /// # Errors
    /// That of a source that did not answer, when no other named any; a server that names none is
    /// an empty list, not an error.
    pub async fn transports(&self) -> Result<Vec<String>, RequestError> {
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
        let own = PeerDevice::new(&self.inner.user, &self.inner.device);
        sfu::grant(&self.inner.api, &own, request).await
    }

    pub(crate) async fn send(&self, call: Call<'_>) -> Result<Value, RequestError> {
        self.inner.api.send(call).await
    }
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
    use serde_json::json;

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
