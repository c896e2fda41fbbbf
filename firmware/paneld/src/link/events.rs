//! `GET /v1/events`: the status as it is, then whenever it changes.

use std::path::Path;
use std::time::Duration;

use http_body_util::BodyExt as _;
use room_messages::api::Status;
use room_panel_model::{Heard, Offers};
use tokio::time::timeout;

use super::client::{LinkError, request};

/// Longest event kept while it arrives, in bytes.
const MAX_EVENT: usize = 4 * 1024 * 1024;
/// `roomd` sends a sign of life every 15 s; three missed ones and it is taken for dead.
const SILENCE: Duration = Duration::from_secs(45);

/// Calls `hear` with each status; comes back when there will be no more.
pub async fn follow(socket: &Path, hear: impl FnMut(Heard)) -> LinkError {
    match try_follow(socket, hear).await {
        Ok(()) => LinkError::Ended,
        Err(error) => error,
    }
}

async fn try_follow(socket: &Path, mut hear: impl FnMut(Heard)) -> Result<(), LinkError> {
    let answer = request(socket, hyper::Method::GET, "/v1/events", String::new()).await?;
    if !answer.status().is_success() {
        return Err(LinkError::Refused(answer.status()));
    }
    let mut body = answer.into_body();
    // Bytes: a character may be cut in two on the way.
    let mut kept: Vec<u8> = Vec::new();
    loop {
        let frame = timeout(SILENCE, body.frame()).await;
        let Some(frame) = frame.map_err(|_| LinkError::Silent)? else {
            return Ok(());
        };
        let Ok(bytes) = frame?.into_data() else {
            continue;
        };
        kept.extend_from_slice(&bytes);
        while let Some(end) = kept.windows(2).position(|pair| pair == b"\n\n") {
            let event: Vec<u8> = kept.drain(..end + 2).collect();
            if let Some(told) = read(&String::from_utf8_lossy(&event)) {
                hear(told);
            }
        }
        if kept.len() > MAX_EVENT {
            return Err(LinkError::TooLong);
        }
    }
}

/// The data of one event; comments (signs of life) have none.
fn read(event: &str) -> Option<Heard> {
    let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
    let json = lines.map(str::trim_start).collect::<Vec<_>>().join("\n");
    if json.is_empty() {
        return None;
    }
    match serde_json::from_str::<Status>(&json) {
        Ok(status) => {
            let offers = Offers::of(&status);
            Some(Heard::Told(Box::new(status), Box::new(offers)))
        }
        Err(error) => {
            tracing::warn!(%error, "roomd told something this version does not know");
            None
        }
    }
}
