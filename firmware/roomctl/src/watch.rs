//! `roomctl watch`: the status whenever it changes, until interrupted.

use std::convert::Infallible;
use std::path::Path;

use http_body_util::BodyExt as _;
use hyper::Method;
use room_messages::api::Status;

use crate::client::{ClientError, request};

/// Longest event kept while it arrives, in bytes.
const MAX_EVENT: usize = 4 * 1024 * 1024;

/// Calls `show` with each status, as JSON text and as a value. Ends only by an error:
/// when roomd does too.
///
/// # Errors
/// [`ClientError`].
pub async fn watch(
    runtime: &Path,
    mut show: impl FnMut(&str, &Status),
) -> Result<Infallible, ClientError> {
    let mut body = request(runtime, Method::GET, "/v1/events", None)
        .await?
        .into_body();
    // Bytes: a character may be cut in two on the way.
    let mut kept: Vec<u8> = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ClientError::Talk(error.into()))?;
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        kept.extend_from_slice(&bytes);
        while let Some(end) = kept.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = kept.drain(..end + 2).collect();
            if let Some((json, status)) = read(&String::from_utf8_lossy(&event)) {
                show(&json, &status);
            }
        }
        if kept.len() > MAX_EVENT {
            return Err(ClientError::Unreadable);
        }
    }
    Err(ClientError::Ended)
}

/// The data of one event; comments (keep-alive) have none.
fn read(event: &str) -> Option<(String, Status)> {
    let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
    let json = lines.map(str::trim_start).collect::<Vec<_>>().join("\n");
    let status = serde_json::from_str(&json).ok()?;
    Some((json, status))
}
