//! The hand that moves a simulated board.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use room_core::input::{BoardFact, Input};
use room_core::problem::Issue;
use room_messages::SimulatedDevice;
use room_messages::api::{BoardEvent, Button, Problem, SimDevice, Status};

use super::App;
use super::answer::{Refusal, read};

/// Presses a button, asserts the mute line, moves before the presence sensor, touches the panel,
/// unplugs a device. Profile `sim` only.
#[utoipa::path(post, path = "/v1/simulation/board", request_body = BoardEvent,
    responses((status = 200, body = Status), (status = "default", body = Problem)))]
pub async fn board(
    State(app): State<App>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Status>, Refusal> {
    let event = read(body)?;
    let board = app
        .simulation
        .as_ref()
        .ok_or_else(|| Issue::NotSimulated.problem())?;
    match event {
        BoardEvent::Press { button } => board.press(match button {
            Button::Join => board_api::Button::Join,
            Button::HangUp => board_api::Button::HangUp,
            Button::Mute => board_api::Button::Mute,
            Button::VolumeUp => board_api::Button::VolumeUp,
            Button::VolumeDown => board_api::Button::VolumeDown,
            Button::Camera => board_api::Button::Camera,
            Button::Help => board_api::Button::Help,
            Button::Call => board_api::Button::Call,
        }),
        BoardEvent::MuteLine { asserted } => board.set_mute_line(asserted),
        BoardEvent::Movement { movement } => board.set_movement(movement),
        BoardEvent::Touch => board.touch(0.5, 0.5),
        BoardEvent::Plug { device, present } => {
            let device = match device {
                SimDevice::Camera => SimulatedDevice::Camera,
                SimDevice::Microphone => SimulatedDevice::Microphone,
                SimDevice::Speaker => SimulatedDevice::Speaker,
                SimDevice::Content => SimulatedDevice::Content,
            };
            let fact = BoardFact::Plugged { device, present };
            app.mind.tell(Input::Board(fact)).await;
        }
    }
    Ok(Json(Status::clone(&app.mind.status())))
}
