//! Microphone, camera, speaker.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use room_core::input::Ask;
use room_core::problem::Issue;
use room_messages::api::{Mute, Problem, Status, Switch, Volume};

use super::App;
use super::answer::{Refusal, read};
use super::calls::answer;

/// Mutes or unmutes; refused while the hardware mute line is asserted.
#[utoipa::path(put, path = "/v1/microphone", request_body = Mute,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn microphone(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Mute { muted } = read(body)?;
    Ok(answer(&app.mind.ask(Ask::Microphone { muted }).await?))
}

/// Turns the camera on or off.
#[utoipa::path(put, path = "/v1/camera", request_body = Switch,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn camera(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Switch { on } = read(body)?;
    Ok(answer(&app.mind.ask(Ask::Camera { on }).await?))
}

/// Sets the speaker's volume, 0 to 100.
#[utoipa::path(put, path = "/v1/speaker", request_body = Volume,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn speaker(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Volume { volume } = read(body)?;
    if volume > 100 {
        return Err(Issue::BodyUnreadable.about("volume is 0 to 100").into());
    }
    Ok(answer(&app.mind.ask(Ask::Speaker { volume }).await?))
}
