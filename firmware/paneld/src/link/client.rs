//! One request over the control socket.

use std::path::Path;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use room_messages::api::directory::{self, Directory};
use room_panel_model::panel::Refusal;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::requests::Wanted;

/// `roomd` answers in milliseconds; one that does not within this is taken for away.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest answer read, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Why there is no answer; for the log.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("the socket cannot be reached: {0}")]
    Connect(#[source] std::io::Error),
    #[error("the conversation broke off: {0}")]
    Talk(#[from] hyper::Error),
    #[error("the request cannot be written: {0}")]
    Request(#[from] hyper::http::Error),
    #[error("the answer was {0}")]
    Refused(hyper::StatusCode),
    #[error(transparent)]
    TooLong(#[from] room_messages::events::TooLong),
    #[error("roomd ended")]
    Ended,
    #[error("nothing was heard for too long")]
    Silent,
}

/// Sends one request; the head of the answer has arrived.
pub async fn request(
    socket: &Path,
    method: hyper::Method,
    path: &str,
    body: String,
) -> Result<Response<Incoming>, LinkError> {
    let stream = UnixStream::connect(socket)
        .await
        .map_err(LinkError::Connect)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "salle")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))?;
    Ok(sender.send_request(request).await?)
}

/// Sends a wish and says what became of it.
pub async fn send(socket: &Path, wanted: Wanted) -> Result<(), Refusal> {
    let path = wanted.path;
    let exchange = exchange(socket, wanted);
    match timeout(PATIENCE, exchange).await {
        Ok(Ok(None)) => Ok(()),
        Ok(Ok(Some(refusal))) => Err(refusal),
        Ok(Err(error)) => {
            tracing::warn!(path, %error, "roomd could not be asked");
            Err(Refusal::Unreachable)
        }
        Err(_) => {
            tracing::warn!(path, "roomd does not answer");
            Err(Refusal::Unreachable)
        }
    }
}

/// People and rooms that fit `text`; `None` when the directory cannot say.
pub async fn search(socket: &Path, text: &str) -> Option<Directory> {
    let asked = async {
        let path = directory::request(text);
        let answer = request(socket, hyper::Method::GET, &path, String::new()).await;
        let answer = answer.ok().filter(|answer| answer.status().is_success())?;
        read(answer).await
    };
    timeout(PATIENCE, asked).await.ok().flatten()
}

async fn exchange(socket: &Path, wanted: Wanted) -> Result<Option<Refusal>, LinkError> {
    let answer = request(socket, wanted.method, wanted.path, wanted.body).await?;
    let status = answer.status();
    if status.is_success() {
        return Ok(None);
    }
    let problem = read(answer).await.ok_or(LinkError::Refused(status))?;
    Ok(Some(Refusal::Problem(problem)))
}

/// The whole answer; `None` when it breaks off, is too long, or is something else.
async fn read<T: DeserializeOwned>(answer: Response<Incoming>) -> Option<T> {
    let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
    serde_json::from_slice(&body.ok()?.to_bytes()).ok()
}
