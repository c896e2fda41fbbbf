//! `roomctl watch`: the status whenever it changes, until interrupted.

use std::path::Path;

use http_body_util::BodyExt as _;
use hyper::Method;
use room_messages::api::Status;

use crate::client::{ClientError, request};

/// Longest event kept while it arrives, in bytes.
const MAX_EVENT: usize = 4 * 1024 * 1024;

/// Calls `show` with each status, as JSON text and as a value. Returns when roomd ends.
///
/// # Errors
/// [`ClientError`].
pub async fn watch(runtime: &Path, mut show: impl FnMut(&str, &Status)) -> Result<(), ClientError> {
    let mut body = request(runtime, Method::GET, "/v1/events", None)
        .await?
        .into_body();
    let mut text = String::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ClientError::Talk(error.into()))?;
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        text.push_str(&String::from_utf8_lossy(&bytes));
        while let Some((event, rest)) = text.split_once("\n\n") {
            if let Some((json, status)) = read(event) {
                show(&json, &status);
            }
            text = rest.to_owned();
        }
        if text.len() > MAX_EVENT {
            return Err(ClientError::Unreadable);
        }
    }
    Ok(())
}

/// The data of one event; comments (keep-alive) have none.
fn read(event: &str) -> Option<(String, Status)> {
    let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
    let json = lines.map(str::trim_start).collect::<Vec<_>>().join("\n");
    let status = serde_json::from_str(&json).ok()?;
    Some((json, status))
}
