//! `GET /v1/readiness`: what decides whether a boot is good.

use axum::Json;
use axum::extract::State;
use room_messages::api::{Device, Homeserver, Readiness, Status};

use super::App;

/// As it is now.
#[utoipa::path(get, path = "/v1/readiness", responses((status = 200, body = Readiness)))]
pub async fn readiness(State(app): State<App>) -> Json<Readiness> {
    Json(of(&app.mind.status(), app.media.is_told()))
}

fn of(status: &Status, media: bool) -> Readiness {
    let there =
        |device: Device| media && matches!(device, Device::Off | Device::Standby | Device::Live);
    Readiness {
        // The problems of settings that are missing or wrong.
        commissioned: !status
            .faults
            .iter()
            .any(|fault| matches!(fault.code.as_str(), "SET-01" | "SET-02")),
        media,
        camera: there(status.camera.device),
        microphone: there(status.microphone.device),
        homeserver: status.room.homeserver == Homeserver::Online,
        call: status.call.phase,
    }
}
