//! The room's day: join, book, extend, end.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use room_meetings::day::Ask;
use room_messages::api::meetings::{BookNow, EndMeeting, ExtendMeeting, JoinMeeting};
use room_messages::api::{Problem, Status};

use super::App;
use super::answer::{Refusal, read};
use super::reached::answer;

/// Joins a meeting of the day; answers at once.
#[utoipa::path(post, path = "/v1/meetings/join", request_body = JoinMeeting,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn join(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let JoinMeeting { id } = read(body)?;
    asked(&app, Ask::Join { id }).await
}

/// Books the room from now on. Shown at once; `meetings.problem` says when the calendar refuses it.
#[utoipa::path(post, path = "/v1/meetings/book", request_body = BookNow,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn book(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let BookNow { minutes } = read(body)?;
    asked(&app, Ask::Book { minutes }).await
}

/// Lets a meeting last longer.
#[utoipa::path(post, path = "/v1/meetings/extend", request_body = ExtendMeeting,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn extend(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let ExtendMeeting { id, minutes } = read(body)?;
    asked(&app, Ask::Extend { id, minutes }).await
}

/// Ends a meeting now, or cancels one to come: the room is free.
#[utoipa::path(post, path = "/v1/meetings/end", request_body = EndMeeting,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn end(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let EndMeeting { id } = read(body)?;
    asked(&app, Ask::End { id }).await
}

/// Begins a meeting in a Matrix room made for it; answers at once, or with `?wait=true` when in the
/// call or failed. Others come by `POST /v1/call/add`, by invitation, or knock.
#[utoipa::path(post, path = "/v1/meetings/now",
    params(("wait" = Option<bool>, Query, description = "answer when in the call, or failed")),
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn now(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Status>, Refusal> {
    let begun = app.mind.ask(room_core::input::Ask::Meet).await?;
    super::calls::answer_joined(&app, query, &begun).await
}

async fn asked(app: &App, ask: Ask) -> Result<Json<Status>, Refusal> {
    let begun = app.mind.ask_day(ask).await?;
    Ok(answer(&begun))
}
