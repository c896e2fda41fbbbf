//! How the service says no: Matrix errors with the statuses of MSC4195.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A request that is not granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not JSON, or JSON with fields of another kind or that nobody knows.
    NotJson,
    /// Something needed is missing or of no use.
    BadJson(&'static str),
    /// The OpenID token is worth nothing, or belongs to somebody else.
    Unauthorized,
    /// Delegation asked for by a user of another site.
    Forbidden(&'static str),
    /// The SFU did not make the room.
    Sfu,
    /// The service is about to end.
    Ending,
}

impl Refusal {
    pub(crate) fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NotJson => (
                StatusCode::BAD_REQUEST,
                "M_NOT_JSON",
                "Error reading request",
            ),
            Self::BadJson(why) => (StatusCode::BAD_REQUEST, "M_BAD_JSON", why),
            Self::Unauthorized => {
                let why = "The request could not be authorised.";
                (StatusCode::UNAUTHORIZED, "M_UNAUTHORIZED", why)
            }
            Self::Forbidden(why) => (StatusCode::FORBIDDEN, "M_FORBIDDEN", why),
            Self::Sfu => {
                let why = "Unable to create room on SFU";
                (StatusCode::INTERNAL_SERVER_ERROR, "M_UNKNOWN", why)
            }
            Self::Ending => {
                let why = "The service is shutting down";
                (StatusCode::SERVICE_UNAVAILABLE, "M_UNKNOWN", why)
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, error) = self.parts();
        (status, Json(json!({"errcode": code, "error": error}))).into_response()
    }
}
