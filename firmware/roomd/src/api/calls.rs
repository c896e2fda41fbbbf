//! Joining, leaving, raising a hand.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use room_core::input::Ask;
use room_core::problem::Issue;
use room_messages::api::{Hand, Join, Phase, Problem, Status};
use tokio::time::timeout;

use super::App;
use super::answer::{Refusal, read, waits};
use crate::mind::Snapshot;

/// Longest wait of `?wait=true`: the mind's own limits for leaving and joining, and some more.
const WAIT: Duration = Duration::from_secs(45);

/// Joins a call; answers at once, or with `?wait=true` when in the call or failed.
#[utoipa::path(post, path = "/v1/call/join", request_body = Join,
    params(("wait" = Option<bool>, Query, description = "answer when in the call or failed")),
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn join(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Join { target } = read(body)?;
    let begun = app.mind.ask(Ask::Join { target }).await?;
    if !waits(query.as_deref()) {
        return Ok(answer(&begun));
    }
    let attempt = begun.attempt;
    let ended = settle(&app, move |snapshot| {
        snapshot.attempt != attempt || !matches!(snapshot.status.call.phase, Phase::Joining)
    })
    .await?;
    let call = &ended.status.call;
    match &call.problem {
        Some(problem) if call.phase == Phase::Failed && ended.attempt == attempt => {
            Err(problem.clone().into())
        }
        _ => Ok(answer(&ended)),
    }
}

/// Leaves the call; answers at once, or with `?wait=true` when it is left.
#[utoipa::path(post, path = "/v1/call/leave",
    params(("wait" = Option<bool>, Query, description = "answer when the call is left")),
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn leave(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Status>, Refusal> {
    let begun = app.mind.ask(Ask::Leave).await?;
    if !waits(query.as_deref()) {
        return Ok(answer(&begun));
    }
    let left = |snapshot: &Snapshot| snapshot.status.call.phase != Phase::Leaving;
    Ok(answer(&settle(&app, left).await?))
}

/// Raises or lowers the room's own hand.
#[utoipa::path(put, path = "/v1/call/hand", request_body = Hand,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn hand(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Hand { raised } = read(body)?;
    Ok(answer(&app.mind.ask(Ask::Hand { raised }).await?))
}

/// Waits for a condition the mind itself is bound to reach.
async fn settle(app: &App, reached: impl FnMut(&Snapshot) -> bool) -> Result<Snapshot, Refusal> {
    let mut snapshots = app.mind.snapshots();
    match timeout(WAIT, snapshots.wait_for(reached)).await {
        Ok(Ok(snapshot)) => Ok(snapshot.clone()),
        _ => Err(Issue::JoinTimedOut.about("API").into()),
    }
}

pub(super) fn answer(snapshot: &Snapshot) -> Json<Status> {
    Json(Status::clone(&snapshot.status))
}
