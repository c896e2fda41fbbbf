//! Answers, and requests that cannot be read.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use room_core::problem::Issue;
use room_messages::api::Problem;
use serde::de::DeserializeOwned;

/// A problem with its HTTP status.
#[derive(Debug)]
pub struct Refusal(pub StatusCode, pub Box<Problem>);

impl From<Problem> for Refusal {
    /// Whose affair it is, by the family of its code.
    fn from(problem: Problem) -> Self {
        let family = problem.code.split('-').next().unwrap_or_default();
        let status = match (family, problem.code.as_str()) {
            ("TARGET", _) | (_, "API-01" | "MEET-05" | "CAM-06") => StatusCode::BAD_REQUEST,
            (_, "ROOM-01" | "API-02" | "MEET-01" | "CAM-05") => StatusCode::NOT_FOUND,
            ("ROOM", _) | (_, "CALL-04") => StatusCode::FORBIDDEN,
            ("RTC" | "SFU", _) => StatusCode::BAD_GATEWAY,
            (_, "CALL-01" | "API-05") => StatusCode::GATEWAY_TIMEOUT,
            ("HS" | "MEDIA" | "STATE", _) | (_, "CALL-02" | "API-03") => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => StatusCode::CONFLICT,
        };
        Self(status, Box::new(problem))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

/// Reads a body of JSON.
///
/// # Errors
/// When it is too long, no JSON, or not of this type; the text names the field, not its value.
pub fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, Refusal> {
    let unreadable = |cause: &str| Refusal::from(Issue::BodyUnreadable.about(cause));
    let bytes = body.map_err(|rejection| unreadable(&rejection.body_text()))?;
    serde_json::from_slice(&bytes).map_err(|error| unreadable(&error.to_string()))
}

/// Whether the query says `wait=true`.
pub fn waits(query: Option<&str>) -> bool {
    query.is_some_and(|query| query.split('&').any(|pair| pair == "wait=true"))
}
