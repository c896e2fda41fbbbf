//! `GET /v1/events` of a room: each status, with the moment it arrived.

use std::path::PathBuf;
use std::time::Instant;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use room_messages::api::Status;
use room_messages::events;
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use crate::{Error, Result};

/// Statuses that wait to be taken.
const KEPT: usize = 1024;

/// Follows the events of the socket until the room ends or the receiver is dropped.
pub async fn follow(socket: PathBuf) -> Result<mpsc::Receiver<(Instant, Status)>> {
    let api = |error: &dyn std::fmt::Display| Error::Api(format!("events: {error}"));
    let stream = UnixStream::connect(&socket).await.map_err(|e| api(&e))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| api(&error))?;
    tokio::spawn(connection);
    let request = Request::get("/v1/events")
        .header(header::HOST, "localhost")
        .body(Empty::<Bytes>::new())
        .map_err(|error| api(&error))?;
    let answer = sender.send_request(request).await.map_err(|e| api(&e))?;
    let (told, changes) = mpsc::channel(KEPT);
    tokio::spawn(async move {
        // Dropped earlier, it would close the connection.
        let _sender = sender;
        let (mut body, mut kept) = (answer.into_body(), Vec::new());
        while let Some(Ok(frame)) = body.frame().await {
            let arrived = Instant::now();
            kept.extend_from_slice(frame.data_ref().map_or(&[][..], AsRef::as_ref));
            while let Ok(Some(json)) = events::take(&mut kept) {
                let Ok(status) = serde_json::from_str(&json) else {
                    continue;
                };
                if told.send((arrived, status)).await.is_err() {
                    return;
                }
            }
        }
    });
    Ok(changes)
}
