//! A call for help.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use room_core::input::Ask;
use room_messages::api::{CallForHelp, Problem, Status};

use super::App;
use super::answer::{Refusal, read};
use super::reached::answer;

/// Calls for help, as the help button does, or takes the call back. A call that is made again
/// keeps its reference and stands for longer.
#[utoipa::path(put, path = "/v1/help", request_body = CallForHelp,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn help(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let CallForHelp { wanted } = read(body)?;
    let begun = app.mind.ask(Ask::Help { wanted }).await?;
    Ok(answer(&begun))
}
