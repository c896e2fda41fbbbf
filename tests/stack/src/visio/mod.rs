//! La Suite Meet (Visio) in imitation: its guest API and what its moderators do, as recorded from
//! version 1.27, on a real LiveKit.
//!
//! Two things differ, since the stack's LiveKit makes no rooms by itself and there are no
//! webhooks: the SFU's room of a meeting is made with the meeting, and an acceptance ends by
//! [`Visio::remove`] alone.

mod lobby;
mod routes;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::sfu::Sfu;
use crate::token::{ApiKey, random_text};
use crate::{Error, Result};

pub use lobby::Lobby;

/// Who may enter a meeting without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Public,
    /// For a guest the same as restricted: the lobby.
    Trusted,
}

/// How the instance answers guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    #[default]
    Kind,
    /// 429 with this `Retry-After`, in seconds.
    Throttling(u32),
    /// 502, as a proxy before a stopped backend.
    Away,
}

/// One meeting that is registered.
#[derive(Debug)]
pub(crate) struct Meeting {
    /// Its id, and the name of its LiveKit room.
    pub id: String,
    pub access: Access,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub meetings: BTreeMap<String, Meeting>,
    pub lobby: Lobby,
    pub mood: Mood,
    /// Open an empty meeting for codes nobody registered.
    pub unregistered: bool,
    /// Tokens given to guests: those who use the endpoints should have newer ones.
    pub given: Vec<String>,
    /// Endpoints used with a token of the lobby instead of the SFU's newest.
    pub old_tokens: usize,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub sfu_url: String,
    pub sfu: Sfu,
    pub key: ApiKey,
    state: Mutex<State>,
}

impl Shared {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running instance; ends when dropped.
#[derive(Debug)]
pub struct Visio {
    shared: Arc<Shared>,
    port: u16,
    task: JoinHandle<()>,
}

impl Visio {
    pub(crate) async fn start(sfu_url: String, sfu: Sfu, key: ApiKey) -> Result<Self> {
        let address = Ipv4Addr::LOCALHOST;
        let failed = |source| Error::Listen { address, source };
        let listener = TcpListener::bind((address, 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let shared = Arc::new(Shared {
            sfu_url,
            sfu,
            key,
            state: Mutex::default(),
        });
        let router = routes::router(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            // It ends with the test.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { shared, port, task })
    }

    /// `http://127.0.0.1:port`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Registers a meeting and makes its LiveKit room, whose name it gives.
    ///
    /// # Errors
    /// Those of the SFU.
    pub async fn register(&self, slug: &str, access: Access) -> Result<String> {
        let id = uuid()?;
        self.shared.sfu.create_room(&id).await?;
        let meeting = Meeting {
            id: id.clone(),
            access,
        };
        let mut state = self.shared.state();
        state.meetings.insert(slug.to_owned(), meeting);
        Ok(id)
    }

    /// From now on codes nobody registered lead into empty meetings (the default of real ones).
    pub fn allow_unregistered(&self) {
        self.shared.state().unregistered = true;
    }

    pub fn set_mood(&self, mood: Mood) {
        self.shared.state().mood = mood;
    }

    /// A token for somebody of the instance's own, past the lobby, as `identity`.
    #[must_use]
    pub fn token(&self, slug: &str, identity: &str, name: &str) -> String {
        routes::token(&self.shared, &self.room(slug), identity, name)
    }

    /// Guests in the queue of a meeting: id, and the name they first gave.
    #[must_use]
    pub fn waiting(&self, slug: &str) -> Vec<(String, String)> {
        self.shared.state().lobby.waiting(slug)
    }

    /// A moderator's decision about somebody who waits.
    pub fn decide(&self, slug: &str, id: &str, let_in: bool) {
        self.shared.state().lobby.decide(slug, id, let_in);
    }

    /// Requests to enter so far.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.shared.state().lobby.asked()
    }

    /// How often an endpoint was used with a token that was not the SFU's newest kind.
    #[must_use]
    pub fn old_tokens(&self) -> usize {
        self.shared.state().old_tokens
    }

    /// A moderator throws a guest out: it has to ask again.
    ///
    /// # Errors
    /// Those of the SFU.
    pub async fn remove(&self, slug: &str, identity: &str) -> Result<()> {
        let room = self.room(slug);
        self.shared.state().lobby.forget(slug, identity);
        self.shared.sfu.remove_participant(&room, identity).await
    }

    /// A moderator renames somebody.
    ///
    /// # Errors
    /// Those of the SFU.
    pub async fn rename(&self, slug: &str, identity: &str, name: &str) -> Result<()> {
        self.update(slug, identity, json!({"name": name})).await
    }

    /// A moderator lowers somebody's hand.
    ///
    /// # Errors
    /// Those of the SFU.
    pub async fn lower_hand(&self, slug: &str, identity: &str) -> Result<()> {
        let fields = json!({"attributes": {"handRaisedAt": ""}});
        self.update(slug, identity, fields).await
    }

    /// A moderator allows these sources (`MICROPHONE`, `CAMERA` …) and no others.
    ///
    /// # Errors
    /// Those of the SFU.
    pub async fn allow(&self, slug: &str, identity: &str, sources: &[&str]) -> Result<()> {
        let permission = json!({
            "can_subscribe": true, "can_publish": !sources.is_empty(), "can_publish_data": true,
            "can_publish_sources": sources,
        });
        let fields = json!({"permission": permission});
        self.update(slug, identity, fields).await
    }

    async fn update(&self, slug: &str, identity: &str, fields: Value) -> Result<()> {
        let room = self.room(slug);
        let sfu = &self.shared.sfu;
        sfu.update_participant(&room, identity, fields).await
    }

    /// Name of a registered meeting's LiveKit room.
    #[must_use]
    pub fn room(&self, slug: &str) -> String {
        let state = self.shared.state();
        let meeting = state.meetings.get(slug);
        meeting.map_or_else(|| slug.to_owned(), |meeting| meeting.id.clone())
    }
}

impl Drop for Visio {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// In the spelling the lobby takes: lower case, with hyphens.
pub(crate) fn uuid() -> Result<String> {
    let hex = random_text(16)?;
    let cuts = [0, 8, 12, 16, 20, 32];
    let parts = cuts.windows(2).map(|cut| match cut {
        [from, to] => hex.get(*from..*to).unwrap_or_default(),
        _ => "",
    });
    Ok(parts.collect::<Vec<_>>().join("-"))
}
