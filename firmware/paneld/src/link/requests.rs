//! Which request carries out which intent.

use hyper::Method;
use room_messages::api::{Hand, Join, Mute, Switch, Volume};
use room_panel_model::touch::Intent;
use serde::Serialize;

/// Method, path, body.
#[derive(Debug, PartialEq, Eq)]
pub struct Wanted {
    pub method: Method,
    pub path: &'static str,
    pub body: String,
}

/// `None`: `roomd` has no request for it yet.
pub fn of(intent: &Intent) -> Option<Wanted> {
    let wanted = match intent {
        Intent::Join { target } => post(
            "/v1/call/join",
            &Join {
                target: target.clone(),
            },
        ),
        Intent::Leave => Wanted {
            method: Method::POST,
            path: "/v1/call/leave",
            body: String::new(),
        },
        Intent::Microphone { muted } => put("/v1/microphone", &Mute { muted: *muted }),
        Intent::Camera { on } => put("/v1/camera", &Switch { on: *on }),
        Intent::Speaker { volume } => put("/v1/speaker", &Volume { volume: *volume }),
        Intent::Hand { raised } => put("/v1/call/hand", &Hand { raised: *raised }),
        Intent::MeetNow
        | Intent::Decline { .. }
        | Intent::Share { .. }
        | Intent::Layout { .. }
        | Intent::Add { .. }
        | Intent::Tone { .. }
        | Intent::React { .. }
        | Intent::Turn(_)
        | Intent::Position { .. } => return None,
    };
    Some(wanted)
}

fn post(path: &'static str, body: &impl Serialize) -> Wanted {
    with(Method::POST, path, body)
}

fn put(path: &'static str, body: &impl Serialize) -> Wanted {
    with(Method::PUT, path, body)
}

/// These bodies always have a JSON form; an empty one would be refused with a reason.
fn with(method: Method, path: &'static str, body: &impl Serialize) -> Wanted {
    Wanted {
        method,
        path,
        body: serde_json::to_string(body).unwrap_or_default(),
    }
}
