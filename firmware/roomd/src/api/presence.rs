//! What sensors tell: who is in the room.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use room_core::problem::Issue;
use room_messages::api::{Problem, Sensed};

use super::App;
use super::answer::{Refusal, read};

/// A sensor that dies must not keep a room awake, or empty, for longer, in seconds.
const LIFETIME: std::ops::RangeInclusive<u32> = 5..=3600;

/// Says whether somebody is in the room. It counts for `seconds` unless it is said again; then
/// nobody knows.
#[utoipa::path(put, path = "/v1/presence", request_body = Sensed,
    responses((status = 200, body = Sensed), (status = "default", body = Problem)))]
pub async fn presence(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Sensed>, Refusal> {
    let sensed: Sensed = read(body)?;
    if !LIFETIME.contains(&sensed.seconds) {
        let cause = "seconds: 5 to 3600";
        return Err(Issue::BodyUnreadable.about(cause).into());
    }
    app.mind.sense(sensed).await;
    Ok(Json(sensed))
}
