//! Where the camera looks.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use room_core::input::Ask;
use room_core::problem::Issue;
use room_messages::api::{Move, PresetName, Problem, Status};

use super::App;
use super::answer::{Refusal, read};
use super::reached::answer;

/// Steps that may be asked for at once.
const STEPS: std::ops::RangeInclusive<i8> = -10..=10;

/// Turns the camera by steps; what is left out does not move. Refused while it is off.
#[utoipa::path(post, path = "/v1/camera/move", request_body = Move,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn turn(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let by: Move = read(body)?;
    if ![by.pan, by.tilt, by.zoom]
        .iter()
        .all(|one| STEPS.contains(one))
    {
        let range = "pan, tilt and zoom are -10 to 10";
        return Err(Issue::BodyUnreadable.about(range).into());
    }
    Ok(answer(&app.mind.ask(Ask::Turn(by)).await?))
}

/// Looks where a preset says. Refused while the camera is off.
#[utoipa::path(put, path = "/v1/camera/preset", request_body = PresetName,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn recall(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let PresetName { name } = read(body)?;
    Ok(answer(&app.mind.ask(Ask::LookAt(name)).await?))
}

/// Keeps where the camera looks now, over restarts, in place of what was kept under this name.
#[utoipa::path(post, path = "/v1/camera/presets", request_body = PresetName,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn keep(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let PresetName { name } = read(body)?;
    Ok(answer(&app.mind.ask(Ask::KeepView(name)).await?))
}

/// Forgets a preset; one that is not there is no error.
#[utoipa::path(post, path = "/v1/camera/presets/remove", request_body = PresetName,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn forget(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let PresetName { name } = read(body)?;
    Ok(answer(&app.mind.ask(Ask::ForgetView(name)).await?))
}
