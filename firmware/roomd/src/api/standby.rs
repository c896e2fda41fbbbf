//! Waking the room, and sending it to sleep.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use room_messages::api::{Problem, SetStandby, Status};

use super::App;
use super::answer::{Refusal, read};
use super::reached::answer;

/// Wakes the room, as a touch does, or sends it to sleep until somebody does something; refused
/// during a call.
#[utoipa::path(put, path = "/v1/standby", request_body = SetStandby,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn standby(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let SetStandby { standby } = read(body)?;
    let begun = app.mind.set_standby(standby).await?;
    Ok(answer(&begun))
}
