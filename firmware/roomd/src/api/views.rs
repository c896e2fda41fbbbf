//! What can be looked at.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use room_messages::api::{Problem, Statistics, Status};

use super::App;
use super::answer::Refusal;

/// Everything a panel shows.
#[utoipa::path(get, path = "/v1/status", responses((status = 200, body = Status)))]
pub async fn status(State(app): State<App>) -> Json<Status> {
    Json(Status::clone(&app.mind.status()))
}

/// What the screen shows now. The text `Description` in the PNG is every text on it, a line each.
#[utoipa::path(get, path = "/v1/stage.png",
    responses((status = 200, content_type = "image/png"), (status = "default", body = Problem)))]
pub async fn stage(State(app): State<App>) -> Result<Response, Refusal> {
    let picture = app.media.take_picture().await?;
    let headers = [(CONTENT_TYPE, "image/png"), (CACHE_CONTROL, "no-store")];
    Ok((headers, picture.0).into_response())
}

/// Figures of every track of the running call.
#[utoipa::path(get, path = "/v1/call/statistics",
    responses((status = 200, body = Statistics), (status = "default", body = Problem)))]
pub async fn statistics(State(app): State<App>) -> Result<Json<Statistics>, Refusal> {
    let tracks = app.media.take_statistics().await?;
    Ok(Json(app.mind.name(tracks).await?))
}
