//! Microphone, camera, speaker, and what is shared.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use room_core::input::Ask;
use room_core::problem::Issue;
use room_messages::api::{Mute, Problem, SetShare, Status, Switch, Volume};

use super::App;
use super::answer::{Refusal, read};
use super::reached::{self, DEVICE_LIMIT, Wish, answer_when};

/// Mutes or unmutes; refused while the hardware mute line is asserted.
#[utoipa::path(put, path = "/v1/microphone", request_body = Mute,
    params(("wait" = Option<bool>, Query, description = "answer when the microphone is closed or open")),
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn microphone(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Mute { muted } = read(body)?;
    let begun = app.mind.ask(Ask::Microphone { muted }).await?;
    let wish = Wish::new(query, DEVICE_LIMIT, "the microphone", "le microphone");
    answer_when(&app, wish, &begun, |seen| reached::microphone(muted, seen)).await
}

/// Turns the camera on or off.
#[utoipa::path(put, path = "/v1/camera", request_body = Switch,
    params(("wait" = Option<bool>, Query, description = "answer when the camera is open, closed, or only waits for somebody to watch")),
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn camera(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Switch { on } = read(body)?;
    let begun = app.mind.ask(Ask::Camera { on }).await?;
    let wish = Wish::new(query, DEVICE_LIMIT, "the camera", "la caméra");
    answer_when(&app, wish, &begun, |seen| reached::camera(on, seen)).await
}

/// Sets the speaker's volume, 0 to 100.
#[utoipa::path(put, path = "/v1/speaker", request_body = Volume,
    params(("wait" = Option<bool>, Query, description = "answer when voices are played with it")),
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn speaker(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let Volume { volume } = read(body)?;
    if volume > 100 {
        return Err(Issue::BodyUnreadable.about("volume is 0 to 100").into());
    }
    let begun = app.mind.ask(Ask::Speaker { volume }).await?;
    let wish = Wish::new(query, DEVICE_LIMIT, "the volume", "le volume");
    answer_when(&app, wish, &begun, |seen| reached::speaker(volume, seen)).await
}

/// Shares what is plugged in for it with the others of the call, or ends that.
#[utoipa::path(put, path = "/v1/share", request_body = SetShare,
    params(("wait" = Option<bool>, Query, description = "answer when it is captured, closed, or only waits for somebody to watch")),
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn share(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let SetShare { active } = read(body)?;
    let begun = app.mind.ask(Ask::Share { active }).await?;
    let wish = Wish::new(query, DEVICE_LIMIT, "the share", "le partage");
    answer_when(&app, wish, &begun, |seen| reached::share(active, seen)).await
}
