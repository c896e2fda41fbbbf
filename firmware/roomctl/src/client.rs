//! Requests over the control socket.

use std::io;
use std::path::{Path, PathBuf};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use room_messages::api::Problem;
use tokio::net::UnixStream;

/// Longest answer read, in bytes.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the socket {path} cannot be reached", path = path.display())]
    Connect { path: PathBuf, source: io::Error },
    #[error("the daemon broke off the conversation")]
    Talk(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The stream of events is over.
    #[error("the daemon ended")]
    Ended,
    #[error("the daemon refused")]
    Refused(#[source] Box<Problem>),
    #[error("the daemon answered in a way this version does not know")]
    Unreadable,
}

/// Sends one request; the answer's head has arrived and says success.
///
/// # Errors
/// [`ClientError`].
pub async fn request(
    runtime: &Path,
    method: Method,
    path: &str,
    body: Option<String>,
) -> Result<Response<Incoming>, ClientError> {
    request_at(runtime.join("roomd.sock"), method, path, body).await
}

/// As [`request`], on any daemon's socket.
///
/// # Errors
/// [`ClientError`].
pub async fn request_at(
    socket: PathBuf,
    method: Method,
    path: &str,
    body: Option<String>,
) -> Result<Response<Incoming>, ClientError> {
    let stream = UnixStream::connect(&socket)
        .await
        .map_err(|source| ClientError::Connect {
            path: socket,
            source,
        })?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| ClientError::Talk(error.into()))?;
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "salle")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.unwrap_or_default())))
        .map_err(|error| ClientError::Talk(error.into()))?;
    let response = sender.send_request(request).await;
    let response = response.map_err(|error| ClientError::Talk(error.into()))?;
    if response.status().is_success() {
        return Ok(response);
    }
    let problem = serde_json::from_slice(&text(response).await?);
    Err(problem.map_or(ClientError::Unreadable, |problem| {
        ClientError::Refused(Box::new(problem))
    }))
}

/// The whole answer.
///
/// # Errors
/// When it breaks off, or is too long.
pub async fn text(response: Response<Incoming>) -> Result<Bytes, ClientError> {
    let body = Limited::new(response.into_body(), MAX_ANSWER)
        .collect()
        .await;
    body.map(http_body_util::Collected::to_bytes)
        .map_err(ClientError::Talk)
}
