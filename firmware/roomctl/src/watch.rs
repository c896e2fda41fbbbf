//! `roomctl watch`: the status whenever it changes, until interrupted.

use std::convert::Infallible;
use std::path::Path;

use http_body_util::BodyExt as _;
use hyper::Method;
use room_messages::api::Status;
use room_messages::events;

use crate::client::{ClientError, request};

/// Calls `show` with each status, as JSON text and as a value. Ends only by an error:
/// when roomd does too.
///
/// # Errors
/// [`ClientError`].
pub async fn watch(
    runtime: &Path,
    mut show: impl FnMut(&str, &Status),
) -> Result<Infallible, ClientError> {
    let mut body = request(runtime, Method::GET, "/v1/events", None)
        .await?
        .into_body();
    let mut kept = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ClientError::Talk(error.into()))?;
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        kept.extend_from_slice(&bytes);
        while let Some(json) = events::take(&mut kept).map_err(|_| ClientError::Unreadable)? {
            if let Ok(status) = serde_json::from_str(&json) {
                show(&json, &status);
            }
        }
    }
    Err(ClientError::Ended)
}
