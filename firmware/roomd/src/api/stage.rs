//! How the stage is laid out.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use room_core::input::Ask;
use room_messages::api::{Arrange, Problem, Status};

use super::App;
use super::answer::{Refusal, read};
use super::reached::answer;

/// Lays the stage of the running call out; `content` only while somebody shares.
#[utoipa::path(put, path = "/v1/stage", request_body = Arrange,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn arrange(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Arrange { layout } = read(body)?;
    Ok(answer(&app.mind.ask(Ask::Arrange(layout)).await?))
}
