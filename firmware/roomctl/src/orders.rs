//! Which request carries out which command.

use hyper::Method;
use room_messages::api::meetings::{BookNow, EndMeeting, ExtendMeeting, JoinMeeting};
use room_messages::api::{
    Add, Arrange, CallForHelp, Decline, Hand, Join, Layout, Move, Mute, PresetName, React,
    Reaction, SetShare, SetStandby, Switch, Volume,
};
use serde::Serialize;

use crate::args::{Command, Emoji, Meeting, Shape, View};

/// A request that the status answers.
pub struct Order {
    pub method: Method,
    pub path: &'static str,
    pub body: Option<String>,
    pub wait: bool,
}

/// Commands that are no order are a question for the status.
pub fn of(command: &Command) -> Order {
    match command {
        Command::Join { target, wait } => {
            let target = target.clone();
            post("/v1/call/join", &Join { target }).waiting(wait.wait)
        }
        Command::Leave { wait } => Order {
            body: None,
            ..post("/v1/call/leave", &()).waiting(wait.wait)
        },
        Command::Mute { state, wait } => {
            let muted = state.is_on();
            put("/v1/microphone", &Mute { muted }).waiting(wait.wait)
        }
        Command::Camera { state, wait } => {
            let on = state.is_on();
            put("/v1/camera", &Switch { on }).waiting(wait.wait)
        }
        Command::Share { state, wait } => {
            let active = state.is_on();
            put("/v1/share", &SetShare { active }).waiting(wait.wait)
        }
        Command::Volume { volume, wait } => {
            let volume = *volume;
            put("/v1/speaker", &Volume { volume }).waiting(wait.wait)
        }
        Command::Hand { state, wait } => {
            let raised = state.is_on();
            put("/v1/call/hand", &Hand { raised }).waiting(wait.wait)
        }
        Command::Layout { layout } => {
            let layout = match layout {
                Shape::Speaker => Layout::Speaker,
                Shape::Grid => Layout::Grid,
                Shape::Content => Layout::Content,
            };
            put("/v1/stage", &Arrange { layout })
        }
        Command::Standby { state } => {
            let standby = state.is_on();
            put("/v1/standby", &SetStandby { standby })
        }
        Command::CallHelp { state } => {
            let wanted = state.is_on();
            put("/v1/help", &CallForHelp { wanted })
        }
        Command::React { reaction } => {
            let reaction = self::reaction(*reaction);
            post("/v1/call/react", &React { reaction })
        }
        Command::Decline { room_id } => {
            let room_id = room_id.clone();
            post("/v1/call/decline", &Decline { room_id })
        }
        Command::Add { target } => {
            let target = target.clone();
            post("/v1/call/add", &Add { target })
        }
        Command::View { command } => view(command),
        Command::Meeting { command } => meeting(command),
        _ => Order {
            method: Method::GET,
            path: "/v1/status",
            body: None,
            wait: false,
        },
    }
}

fn meeting(command: &Meeting) -> Order {
    match command {
        Meeting::Now { wait } => Order {
            body: None,
            ..post("/v1/meetings/now", &()).waiting(wait.wait)
        },
        Meeting::Join { id } => post("/v1/meetings/join", &JoinMeeting { id: id.clone() }),
        Meeting::Book { minutes } => post("/v1/meetings/book", &BookNow { minutes: *minutes }),
        Meeting::Extend { id, minutes } => {
            let (id, minutes) = (id.clone(), *minutes);
            post("/v1/meetings/extend", &ExtendMeeting { id, minutes })
        }
        Meeting::End { id } => post("/v1/meetings/end", &EndMeeting { id: id.clone() }),
    }
}

fn view(command: &View) -> Order {
    let named = |name: &String| PresetName { name: name.clone() };
    match command {
        View::Move { pan, tilt, zoom } => {
            let (pan, tilt, zoom) = (*pan, *tilt, *zoom);
            post("/v1/camera/move", &Move { pan, tilt, zoom })
        }
        View::Go { name } => put("/v1/camera/preset", &named(name)),
        View::Keep { name } => post("/v1/camera/presets", &named(name)),
        View::Remove { name } => post("/v1/camera/presets/remove", &named(name)),
    }
}

fn reaction(emoji: Emoji) -> Reaction {
    match emoji {
        Emoji::ThumbsUp => Reaction::ThumbsUp,
        Emoji::Clapping => Reaction::Clapping,
        Emoji::Heart => Reaction::Heart,
        Emoji::Party => Reaction::Party,
        Emoji::Laugh => Reaction::Laugh,
        Emoji::ThumbsDown => Reaction::ThumbsDown,
    }
}

impl Order {
    fn waiting(self, wait: bool) -> Self {
        Self { wait, ..self }
    }
}

fn post(path: &'static str, body: &impl Serialize) -> Order {
    with(Method::POST, path, body)
}

fn put(path: &'static str, body: &impl Serialize) -> Order {
    with(Method::PUT, path, body)
}

/// These bodies always have a JSON form; an empty one would be refused with a reason.
fn with(method: Method, path: &'static str, body: &impl Serialize) -> Order {
    Order {
        method,
        path,
        body: serde_json::to_string(body).ok(),
        wait: false,
    }
}
