//! What `roomd` says of itself, asked over its control socket.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use room_fleet::CallState;
use room_fleet::health::{Before, Health, Seen};
use room_messages::api::Readiness;
use tokio::net::UnixStream;
use tokio::time::timeout;

/// Longest answer read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;
const LIMIT: Duration = Duration::from_secs(10);

/// Way to `roomd`.
#[derive(Clone, Debug)]
pub struct Room {
    socket: PathBuf,
}

impl Room {
    #[must_use]
    pub fn new(runtime: &Path) -> Self {
        Self {
            socket: runtime.join("roomd.sock"),
        }
    }

    /// `None`: it does not answer.
    pub async fn readiness(&self) -> Option<Readiness> {
        timeout(LIMIT, self.ask()).await.ok().flatten()
    }

    async fn ask(&self) -> Option<Readiness> {
        let stream = UnixStream::connect(&self.socket).await.ok()?;
        let shaken = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.ok()?;
        tokio::spawn(connection);
        let request = Request::get("/v1/readiness").header("host", "roomd");
        let request = request.body(Empty::<Bytes>::new()).ok()?;
        let response = sender.send_request(request).await.ok()?;
        if !response.status().is_success() {
            return None;
        }
        let body = Limited::new(response.into_body(), MAX_ANSWER).collect();
        serde_json::from_slice(&body.await.ok()?.to_bytes()).ok()
    }
}

/// As the judge of boots sees it.
#[must_use]
pub fn seen(readiness: Option<&Readiness>) -> Seen {
    match readiness {
        None => Seen::Silent,
        Some(room) if !room.commissioned => Seen::Uncommissioned,
        Some(room) if !room.media => Seen::NotReady,
        Some(room) => Seen::Ready(health(room)),
    }
}

fn health(room: &Readiness) -> Health {
    Health {
        camera: room.camera,
        microphone: room.microphone,
        homeserver: room.homeserver,
    }
}

/// As it is compared with later. A room that does not work now has nothing to lose.
#[must_use]
pub fn before(readiness: Option<&Readiness>) -> Before {
    match readiness {
        Some(room) if !room.commissioned => Before::Uncommissioned,
        Some(room) => Before::Room(health(room)),
        None => Before::Room(Health::default()),
    }
}

/// Whether it may be disturbed.
#[must_use]
pub fn call(readiness: Option<&Readiness>) -> CallState {
    match readiness.map(|room| room.call) {
        None => CallState::Unknown,
        Some(phase) if phase.is_call() => CallState::GoingOn,
        Some(_) => CallState::None,
    }
}
