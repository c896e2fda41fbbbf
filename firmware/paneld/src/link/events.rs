//! `GET /v1/events`: the status as it is, then whenever it changes.

use std::path::Path;
use std::time::Duration;

use http_body_util::BodyExt as _;
use room_messages::api::Status;
use room_messages::events;
use room_panel_model::{Heard, Offers};
use tokio::time::timeout;

use super::client::{LinkError, request};

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
    let mut kept = Vec::new();
    loop {
        let frame = timeout(SILENCE, body.frame()).await;
        let Some(frame) = frame.map_err(|_| LinkError::Silent)? else {
            return Ok(());
        };
        let Ok(bytes) = frame?.into_data() else {
            continue;
        };
        kept.extend_from_slice(&bytes);
        while let Some(json) = events::take(&mut kept)? {
            if let Some(told) = read(&json) {
                hear(told);
            }
        }
    }
}

fn read(json: &str) -> Option<Heard> {
    match serde_json::from_str::<Status>(json) {
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
