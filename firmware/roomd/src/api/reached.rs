//! When an order with `?wait=true` is carried out: by what really is, not by what was asked for.
//!
//! Invariant: the wait ends at the latest after its limit; what cannot come about any more is
//! answered at once, with the reason. Outside a call nothing is captured: what is asked for then
//! counts for the next one, and there is nothing to wait for.

use std::time::Duration;

use axum::Json;
use room_core::problem::Issue;
use room_messages::api::{Device, Phase, Problem, Status, Text};
use tokio::time::timeout;

use super::App;
use super::answer::{Refusal, waits};
use crate::mind::Snapshot;

/// A camera may take two seconds to start, and is tried again after two more.
pub const DEVICE_LIMIT: Duration = Duration::from_secs(15);
/// By way of the homeserver, which may ask to wait.
pub const HAND_LIMIT: Duration = Duration::from_secs(20);
/// The mind's own limits for leaving and joining, and some more.
pub const CALL_LIMIT: Duration = Duration::from_secs(45);

/// How far an order is.
#[derive(Debug, PartialEq)]
pub enum Progress {
    Done,
    Waiting,
    /// It will not come about.
    Hopeless(Box<Problem>),
}

/// What was asked for, and how long it may take.
pub struct Wish {
    pub query: Option<String>,
    pub limit: Duration,
    /// Named when it is not reached.
    pub what: Text,
}

impl Wish {
    pub fn new(query: Option<String>, limit: Duration, en: &str, fr: &str) -> Self {
        let what = Text::new(en, fr);
        Self { query, limit, what }
    }
}

/// Answers with the status at once, or when the wish says so with that of its fulfilment.
///
/// # Errors
/// What stands in the way, or that it took too long.
pub async fn answer_when(
    app: &App,
    wish: Wish,
    begun: &Snapshot,
    mut progress: impl FnMut(&Snapshot) -> Progress,
) -> Result<Json<Status>, Refusal> {
    if !waits(wish.query.as_deref()) {
        return Ok(answer(begun));
    }
    let mut end = Progress::Waiting;
    let mut snapshots = app.mind.snapshots();
    let ended = |snapshot: &Snapshot| {
        end = progress(snapshot);
        end != Progress::Waiting
    };
    let seen = match timeout(wish.limit, snapshots.wait_for(ended)).await {
        Ok(Ok(snapshot)) => snapshot.clone(),
        _ => return Err(too_late(&app.mind.status(), &wish.what).into()),
    };
    match end {
        Progress::Hopeless(problem) => Err((*problem).into()),
        _ => Ok(answer(&seen)),
    }
}

pub fn answer(snapshot: &Snapshot) -> Json<Status> {
    Json(Status::clone(&snapshot.status))
}

/// A media process that is away explains more than the time.
fn too_late(status: &Status, what: &Text) -> Problem {
    let mut faults = status.faults.iter();
    let media = faults.find(|fault| fault.code.starts_with("MEDIA-"));
    let late = || Issue::NotReached.about_text(what);
    media.cloned().unwrap_or_else(late)
}

pub fn microphone(muted: bool, seen: &Snapshot) -> Progress {
    let (status, microphone) = (&seen.status, &seen.status.microphone);
    if microphone.muted != muted {
        return overtaken();
    }
    if muted {
        return closed(microphone.device);
    }
    if microphone.hardware_muted {
        return Progress::Hopeless(Box::new(Issue::MutedByHardware.problem()));
    }
    let absent = Text::new("microphone", "microphone");
    open(status, microphone.device, Issue::MicrophoneFailed, &absent)
}

pub fn camera(on: bool, seen: &Snapshot) -> Progress {
    let (status, camera) = (&seen.status, &seen.status.camera);
    if camera.on != on {
        return overtaken();
    }
    if !on {
        return closed(camera.device);
    }
    let absent = Text::new("camera", "caméra");
    open(status, camera.device, Issue::CameraFailed, &absent)
}

pub fn share(active: bool, seen: &Snapshot) -> Progress {
    let (status, share) = (&seen.status, &seen.status.share);
    if share.active != active {
        return overtaken();
    }
    if !active {
        return closed(share.device);
    }
    let absent = Text::new("computer to share", "ordinateur à partager");
    open(status, share.device, Issue::ShareFailed, &absent)
}

pub fn speaker(volume: u8, seen: &Snapshot) -> Progress {
    match seen.volume {
        _ if seen.status.speaker.volume != volume => overtaken(),
        Some(played) if played == volume => Progress::Done,
        _ => Progress::Waiting,
    }
}

pub fn hand(raised: bool, seen: &Snapshot) -> Progress {
    let call = &seen.status.call;
    if !captures(call.phase) {
        return Progress::Hopeless(Box::new(Issue::NotInCall.problem()));
    }
    match call.hand_raised {
        // The homeserver refused it, or somebody lowered it.
        wanted if wanted != raised => overtaken(),
        _ if seen.hand_seen == raised => Progress::Done,
        _ => Progress::Waiting,
    }
}

/// A device that failed is closed in a moment too.
fn closed(device: Device) -> Progress {
    match device {
        Device::Live | Device::Standby | Device::Failed => Progress::Waiting,
        Device::Absent | Device::Off => Progress::Done,
    }
}

fn open(status: &Status, device: Device, failed: Issue, absent: &Text) -> Progress {
    match device {
        _ if !captures(status.call.phase) => Progress::Done,
        Device::Live | Device::Standby => Progress::Done,
        Device::Off => Progress::Waiting,
        Device::Failed => Progress::Hopeless(Box::new(failed.problem())),
        Device::Absent => Progress::Hopeless(Box::new(Issue::DeviceAbsent.about_text(absent))),
    }
}

fn captures(phase: Phase) -> bool {
    matches!(phase, Phase::Joining | Phase::InCall | Phase::Reconnecting)
}

fn overtaken() -> Progress {
    let other = Text::new(
        "another order, a button or the server decided otherwise",
        "un autre ordre, un bouton ou le serveur en a décidé autrement",
    );
    Progress::Hopeless(Box::new(Issue::NotReached.about_text(&other)))
}

#[cfg(test)]
mod tests;
