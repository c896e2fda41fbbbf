//! Every command of `roomctl`, every button of the simulated board and a moderator, on one room in
//! a real call with another room.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::io::{BufRead as _, BufReader, Lines, Read as _};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use room_messages::api::{
    BoardEvent, Button, ConnectionQuality, Device, Participant, Phase, Problem, SimDevice,
    Statistics, Status, TrackState,
};
use salle_scenarios::{Room, RoomOptions, Scene, SceneOptions, binary};
use salle_stack::{Track, sfu_room_name};

const LIMIT: Duration = Duration::from_secs(60);

fn command(runtime: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary("roomctl").unwrap());
    command.arg("--runtime").arg(runtime);
    command.args(["--language", "en"]).args(arguments);
    command
}

fn roomctl(room: &Room, arguments: &[&str]) -> Output {
    let output = command(&room.runtime_directory(), arguments).output();
    output.unwrap()
}

/// What it prints, when it succeeds.
fn printed(room: &Room, arguments: &[&str]) -> String {
    let output = roomctl(room, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {errors}");
    assert!(errors.is_empty(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// What it says on standard error, when it fails with this exit code.
fn refused(room: &Room, arguments: &[&str], code: i32) -> String {
    let output = roomctl(room, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    said
}

fn json(room: &Room, arguments: &[&str]) -> Status {
    let arguments = [arguments, &["--json"]].concat();
    serde_json::from_str(&printed(room, &arguments)).unwrap()
}

async fn until(room: &Room, what: &str, right: impl Fn(&Status) -> bool) -> Status {
    room.wait_until(what, right, LIMIT).await.unwrap()
}

/// A room with everything, not in a call; and another one without a camera, in the call.
async fn two_rooms(scene: &Scene) -> (Room, Room) {
    let mut options = RoomOptions::new(&scene.people[0]);
    options.set("simulation", "camera", "none");
    let viewer = Room::start(options).await.unwrap();
    let room = scene.room().await.unwrap();
    viewer.join(&scene.room_id).await.unwrap();
    (room, viewer)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_every_button_and_a_moderator_do_what_they_say() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let (mut room, viewer) = two_rooms(&scene).await;
    outside_a_call(&room);
    joins(&room, &scene.room_id);
    changes_are_there_when_wait_ends(&room, &viewer).await;
    figures(&room, &viewer).await;
    an_unplugged_camera_is_no_success(&room).await;
    buttons(&room).await;
    a_moderator_mutes(&scene, &room, &viewer).await;
    ends(&mut room).await;
}

fn outside_a_call(room: &Room) {
    assert!(printed(room, &["status"]).starts_with("Room          Ampère\n"));
    assert_eq!(json(room, &["status"]).call.phase, Phase::Idle);
    assert!(printed(room, &["stats"]).contains("no tracks"));
    assert!(refused(room, &["hand", "on"], 1).starts_with("CALL-03: "));
    let problem = refused(room, &["hand", "on", "--wait", "--json"], 1);
    let problem: Problem = serde_json::from_str(&problem).unwrap();
    assert_eq!(problem.code, "CALL-03");
    for arguments in [&["volume", "101"][..], &["mute", "perhaps"], &["dance"]] {
        refused(room, arguments, 2);
    }
    // Nothing is captured, so there is nothing to wait for.
    assert!(json(room, &["mute", "on", "--wait"]).microphone.muted);
    assert!(!json(room, &["mute", "off", "--wait"]).microphone.muted);
    assert_eq!(json(room, &["leave", "--wait"]).call.phase, Phase::Idle);
}

fn joins(room: &Room, target: &str) {
    let text = printed(room, &["join", target, "--wait"]);
    assert!(text.contains("Call          in call: Meeting"), "{text}");
    // Once more, in JSON and without waiting, the call begins anew.
    let begun = json(room, &["join", target]).call.phase;
    assert!(matches!(begun, Phase::Joining | Phase::InCall), "{begun:?}");
    let there = json(room, &["join", target, "--wait"]);
    assert_eq!(there.call.phase, Phase::InCall);
    assert_eq!(there.call.target.as_deref(), Some(target));
}

/// An order and what its answer has to show.
type Change = (&'static [&'static str], fn(&Status) -> bool);

const CHANGES: [Change; 8] = [
    (&["mute", "on"], |s| {
        s.microphone.muted && s.microphone.device == Device::Off
    }),
    (&["mute", "off"], |s| {
        !s.microphone.muted && s.microphone.device == Device::Live
    }),
    (&["camera", "off"], |s| {
        !s.camera.on && s.camera.device == Device::Off
    }),
    (&["camera", "on"], |s| {
        s.camera.on && matches!(s.camera.device, Device::Live | Device::Standby)
    }),
    (&["volume", "35"], |s| s.speaker.volume == 35),
    (&["volume", "80"], |s| s.speaker.volume == 80),
    (&["hand", "on"], |s| s.call.hand_raised),
    (&["hand", "off"], |s| !s.call.hand_raised),
];

async fn changes_are_there_when_wait_ends(room: &Room, viewer: &Room) {
    for (order, holds) in CHANGES {
        let answer = json(room, &[order, &["--wait"]].concat());
        assert!(holds(&answer), "{order:?}: {answer:?}");
        let after = json(room, &["status"]);
        assert!(holds(&after), "{order:?}: {after:?}");
        let hand = answer.call.hand_raised;
        until(viewer, "the hand as it is", |status| {
            person(status).is_some_and(|person| person.hand_raised == hand)
        })
        .await;
    }
    // What is so already is answered at once, and for people as text.
    let text = printed(room, &["mute", "off", "--wait"]);
    assert!(text.contains("Microphone    on (live)"), "{text}");
    let text = printed(room, &["volume", "80"]);
    assert!(text.contains("Speaker       80 %"), "{text}");
    room.set_speaker(55).await.unwrap();
    assert_eq!(room.status().await.unwrap().speaker.volume, 55);
}

fn person(status: &Status) -> Option<&Participant> {
    status.call.participants.first()
}

fn is_fine(quality: Option<ConnectionQuality>) -> bool {
    quality.is_some_and(|quality| quality >= ConnectionQuality::Good)
}

/// Also the connection as the SFU rates it.
async fn figures(room: &Room, viewer: &Room) {
    until(room, "a good connection of both", |status| {
        let other = person(status).and_then(|person| person.connection);
        is_fine(status.call.connection) && is_fine(other)
    })
    .await;
    until(viewer, "the same from the other side", |status| {
        person(status).is_some_and(|person| is_fine(person.connection))
    })
    .await;
    let seen: Statistics = serde_json::from_str(&printed(room, &["stats", "--json"])).unwrap();
    assert!(seen.tracks.iter().any(|track| track.user.is_none()));
    assert_eq!(seen.connections.len(), 2, "{:?}", seen.connections);
    let text = printed(room, &["stats"]);
    for part in ["in_call", "kbit/s", "VP8"] {
        assert!(text.contains(part), "{text}");
    }
    let rated = |line: &&str| {
        let mut words = ["excellent", "good", "poor", "lost"].iter();
        words.any(|word| line.ends_with(word))
    };
    let lines = text.lines().filter(rated);
    assert_eq!(lines.count(), 2, "{text}");
}

async fn an_unplugged_camera_is_no_success(room: &Room) {
    let plug = |present| BoardEvent::Plug {
        device: SimDevice::Camera,
        present,
    };
    until(room, "somebody watching", |s| {
        s.camera.device == Device::Live
    })
    .await;
    room.board(&plug(false)).await.unwrap();
    until(room, "the fault", |s| s.camera.device == Device::Failed).await;
    let said = refused(room, &["camera", "on", "--wait"], 1);
    assert!(said.starts_with("CAM-01: "), "{said}");
    room.board(&plug(true)).await.unwrap();
    until(room, "the picture again", |s| {
        s.camera.device == Device::Live
    })
    .await;
}

async fn buttons(room: &Room) {
    let press = async |button| room.board(&BoardEvent::Press { button }).await.unwrap();
    press(Button::Mute).await;
    until(room, "muted", |s| {
        s.microphone.muted && s.microphone.device == Device::Off
    })
    .await;
    press(Button::Mute).await;
    until(room, "open", |s| s.microphone.device == Device::Live).await;
    press(Button::HangUp).await;
    until(room, "the end of the call", |s| s.call.phase == Phase::Idle).await;
    press(Button::Join).await;
    until(room, "the call of before", |s| {
        s.call.phase == Phase::InCall
    })
    .await;
}

/// The room's microphone as the SFU lists it, with the room's identity.
async fn listed(scene: &Scene) -> Option<(String, Track)> {
    let listed = scene.site().participants(&scene.room_id).await.unwrap();
    let mut own = listed.iter();
    let own = own.find(|one| one.identity.starts_with(&scene.account.user_id))?;
    let mut tracks = own.tracks.iter();
    let track = tracks.find(|track| track.source == "MICROPHONE")?;
    Some((own.identity.clone(), track.clone()))
}

async fn listed_as(scene: &Scene, muted: bool) -> (String, Track) {
    let end = tokio::time::Instant::now() + LIMIT;
    loop {
        match listed(scene).await {
            Some((identity, track)) if track.muted == muted => return (identity, track),
            seen => assert!(tokio::time::Instant::now() < end, "{seen:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// LiveKit lets nobody but the participant unmute: the room's own button does.
async fn a_moderator_mutes(scene: &Scene, room: &Room, viewer: &Room) {
    let (identity, track) = listed_as(scene, false).await;
    until(room, "an open microphone", |s| {
        s.microphone.device == Device::Live
    })
    .await;
    let (sfu, name) = (scene.site().sfu(), sfu_room_name(&scene.room_id));
    sfu.mute_track(&name, &identity, &track.sid, true)
        .await
        .unwrap();
    until(room, "the mute shown", |s| {
        s.microphone.muted && s.microphone.device == Device::Off
    })
    .await;
    let heard = |state| {
        move |status: &Status| person(status).is_some_and(|person| person.microphone == state)
    };
    until(viewer, "the mute of the other", heard(TrackState::Muted)).await;
    let button = Button::Mute;
    room.board(&BoardEvent::Press { button }).await.unwrap();
    until(room, "open again", |s| {
        !s.microphone.muted && s.microphone.device == Device::Live
    })
    .await;
    until(viewer, "the other's microphone", heard(TrackState::On)).await;
    let (_, after) = listed_as(scene, false).await;
    assert_eq!(after.sid, track.sid, "the same track");
}

struct Watch {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    errors: ChildStderr,
}

impl Watch {
    fn start(room: &Room, arguments: &[&str]) -> Self {
        let mut command = command(&room.runtime_directory(), arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let errors = child.stderr.take().unwrap();
        Self {
            child,
            lines,
            errors,
        }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    fn json(&mut self) -> Status {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Exit code and last words.
    fn end(mut self) -> (Option<i32>, String) {
        for _ in self.lines {}
        let mut said = String::new();
        self.errors.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap().code(), said)
    }
}

async fn ends(room: &mut Room) {
    let mut text = Watch::start(room, &["watch"]);
    assert_eq!(text.line(), "Room          Ampère");
    let mut watch = Watch::start(room, &["watch", "--json"]);
    assert_eq!(watch.json().call.phase, Phase::InCall);
    assert_eq!(json(room, &["leave", "--wait"]).call.phase, Phase::Idle);
    while watch.json().call.phase != Phase::Idle {}
    assert!(printed(room, &["leave"]).contains("Call          none"));
    room.terminate().await.unwrap();
    for watch in [text, watch] {
        let (code, said) = watch.end();
        assert_eq!(code, Some(1), "{said}");
        assert_eq!(said.lines().count(), 2, "{said}");
    }
    let said = refused(room, &["status"], 1);
    assert!(said.contains("roomd does not run"), "{said}");
}
