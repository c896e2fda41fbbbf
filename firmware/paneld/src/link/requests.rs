//! Which request carries out which intent.

use hyper::Method;
use room_messages::api::meetings::{BookNow, EndMeeting, ExtendMeeting};
use room_messages::api::{
    Add, Arrange, Decline, Hand, Join, Move, Mute, PresetName, React, Reaction, SetShare,
    SetStandby, Switch, Volume,
};
use room_panel_model::touch::{Intent, Turn};
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
        Intent::Book { minutes } => post("/v1/meetings/book", &BookNow { minutes: *minutes }),
        Intent::ExtendMeeting { id, minutes } => post(
            "/v1/meetings/extend",
            &ExtendMeeting {
                id: id.clone(),
                minutes: *minutes,
            },
        ),
        Intent::EndMeeting { id } => post("/v1/meetings/end", &EndMeeting { id: id.clone() }),
        Intent::Decline { room_id } => post(
            "/v1/call/decline",
            &Decline {
                room_id: room_id.clone(),
            },
        ),
        Intent::React { emoji } => {
            let reaction = Reaction::of_emoji(emoji)?;
            post("/v1/call/react", &React { reaction })
        }
        Intent::MeetNow => Wanted {
            method: Method::POST,
            path: "/v1/meetings/now",
            body: String::new(),
        },
        Intent::Wake => put("/v1/standby", &SetStandby { standby: false }),
        Intent::Sleep => put("/v1/standby", &SetStandby { standby: true }),
        Intent::Add { target } => post(
            "/v1/call/add",
            &Add {
                target: target.clone(),
            },
        ),
        Intent::Layout { layout } => put("/v1/stage", &Arrange { layout: *layout }),
        Intent::Turn(turn) => post("/v1/camera/move", &step(*turn)),
        Intent::Position { name } => put("/v1/camera/preset", &PresetName { name: name.clone() }),
        Intent::Share { on } => put("/v1/share", &SetShare { active: *on }),
        Intent::Tone { .. } => return None,
    };
    Some(wanted)
}

/// One press is one step.
fn step(turn: Turn) -> Move {
    let (pan, tilt, zoom) = match turn {
        Turn::Left => (-1, 0, 0),
        Turn::Right => (1, 0, 0),
        Turn::Up => (0, 1, 0),
        Turn::Down => (0, -1, 0),
        Turn::Nearer => (0, 0, 1),
        Turn::Farther => (0, 0, -1),
    };
    Move { pan, tilt, zoom }
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
