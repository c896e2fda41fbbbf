//! Joining and leaving.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use room_core::input::Ask;
use room_messages::api::{Join, Phase, Problem, Status, VisioEntry};

use super::App;
use super::answer::{Refusal, read};
use super::reached::{CALL_LIMIT, Progress, Wish, answer_when};
use crate::mind::Snapshot;

/// Joins a call; answers at once, or with `?wait=true` when in the call, in its lobby, or failed.
#[utoipa::path(post, path = "/v1/call/join", request_body = Join,
    params(("wait" = Option<bool>, Query, description = "answer when in the call, in its lobby, or failed")),
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn join(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Join { target } = read(body)?;
    let begun = app.mind.ask(Ask::Join { target }).await?;
    answer_joined(&app, query, &begun).await
}

/// Answers at once, or, where the query asks for it, when the call is joined or has failed.
pub(super) async fn answer_joined(
    app: &App,
    query: Option<String>,
    begun: &Snapshot,
) -> Result<Json<Status>, Refusal> {
    let wish = Wish::new(query, CALL_LIMIT, "joining", "l'entrée dans l'appel");
    let attempt = begun.attempt;
    answer_when(app, wish, begun, |seen| joined(attempt, seen)).await
}

/// Another join that took over ends this one, without being its failure.
fn joined(attempt: u64, seen: &Snapshot) -> Progress {
    let call = &seen.status.call;
    match (&call.problem, call.phase) {
        _ if seen.attempt != attempt => Progress::Done,
        // How long the people inside take nobody knows.
        (_, Phase::Joining) if in_lobby(&seen.status) => Progress::Done,
        (_, Phase::Joining) => Progress::Waiting,
        (Some(problem), Phase::Failed) => Progress::Hopeless(Box::new(problem.clone())),
        _ => Progress::Done,
    }
}

fn in_lobby(status: &Status) -> bool {
    let visio = status.call.visio.as_ref();
    visio.is_some_and(|visio| visio.entry == VisioEntry::Waiting)
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
    let wish = Wish::new(query, CALL_LIMIT, "leaving", "la sortie de l'appel");
    let left = |seen: &Snapshot| match seen.status.call.phase {
        Phase::Leaving => Progress::Waiting,
        _ => Progress::Done,
    };
    answer_when(&app, wish, &begun, left).await
}
