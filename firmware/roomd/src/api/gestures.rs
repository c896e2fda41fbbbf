//! Hands, reactions, people called into the call, and no to a call that rings.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use room_core::input::Ask;
use room_messages::api::{Add, Decline, Hand, Problem, React, Status};

use super::App;
use super::answer::{Refusal, read};
use super::reached::{self, HAND_LIMIT, Wish, answer, answer_when};

/// Raises or lowers the room's own hand.
#[utoipa::path(put, path = "/v1/call/hand", request_body = Hand,
    params(("wait" = Option<bool>, Query, description = "answer when everybody sees it")),
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn hand(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Hand { raised } = read(body)?;
    let begun = app.mind.ask(Ask::Hand { raised }).await?;
    let wish = Wish::new(query, HAND_LIMIT, "the hand", "la main");
    answer_when(&app, wish, &begun, |seen| reached::hand(raised, seen)).await
}

/// Shows an emoji to everybody for three seconds; nothing is shown while one is.
#[utoipa::path(post, path = "/v1/call/react", request_body = React,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn react(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let React { reaction } = read(body)?;
    Ok(answer(&app.mind.ask(Ask::React(reaction)).await?))
}

/// Declines a call that rings, so that the caller knows; one that rings no longer is no error.
#[utoipa::path(post, path = "/v1/call/decline", request_body = Decline,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn decline(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Decline { room_id } = read(body)?;
    Ok(answer(&app.mind.ask(Ask::Decline { room: room_id }).await?))
}

/// Calls somebody into the running call: invites them into its Matrix room when they are not in
/// it, and rings. `call.calling` names them until they come; `call.notices` says when they do not.
#[utoipa::path(post, path = "/v1/call/add", request_body = Add,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn add(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Add { target } = read(body)?;
    Ok(answer(&app.mind.ask(Ask::Add { target }).await?))
}
