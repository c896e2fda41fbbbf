//! A room and Element Calls that see and hear each other: what every test here looks for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use room_messages::Source;
use room_messages::api::{Encryption, NamedTrack, Phase, SecurityLevel, Statistics, Status};
use salle_peers::media::{self, BARS};
use salle_peers::{Colour, ElementCall, Observation, Peer, PeerOptions, Tone};
use salle_scenarios::{Room, RoomOptions, Scene};
use salle_stack::Account;

/// Long enough for a loaded machine; nothing waits that long when it works.
pub const SOON: Duration = Duration::from_secs(60);
/// The room's own tone; peers have others.
pub const ROOM_HZ: u32 = 440;
/// A guest's tone.
pub const GUEST_HZ: u32 = 1500;
/// Three Chromiums and a room on two cores take their time.
pub const LONG: Duration = Duration::from_secs(120);
/// Of every camera here, in pixels.
const WHOLE: (u32, u32) = (640, 360);
/// Frames per second of what is sent with 30.
const FLUENT: f64 = 25.0;
const FLUENT_IN_A_CROWD: f64 = 15.0;
/// Colours come back from two encoders a little different.
const CLOSE: u8 = 45;

/// This machine's clock, which is that of the servers.
pub fn unix_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_millis()).unwrap()
}

/// Settings of a room whose camera shows the bars and whose microphone is a tone.
pub async fn room_options(scene: &Scene) -> RoomOptions {
    options_of(&scene.account, ROOM_HZ).await
}

/// The same for any account, with a tone of its own.
pub async fn options_of(account: &Account, hz: u32) -> RoomOptions {
    let folder = media::folder().await.unwrap();
    let mut options = RoomOptions::new(account);
    let picture = salle_peers::CameraPicture::default();
    options
        .camera_file(&media::camera_file(&folder, picture).unwrap())
        .microphone_file(&media::microphone_file(&folder, Tone { hz }).unwrap());
    options
}

/// A room in the call of the scene.
pub async fn room_in_call(scene: &Scene) -> Room {
    let room = Room::start(room_options(scene).await).await.unwrap();
    let status = room.join(&scene.room_id).await.unwrap();
    assert_eq!(status.call.phase, Phase::InCall);
    room
}

/// A room that stands for a person in the call: it costs less than a browser, and tells its
/// figures exactly.
pub async fn guest(scene: &Scene, person: usize, hz: u32) -> Room {
    let room = guest_outside(&scene.people[person], hz).await;
    room.join(&scene.room_id).await.unwrap();
    room
}

/// The same, ready and not in the call.
pub async fn guest_outside(account: &Account, hz: u32) -> Room {
    Room::start(options_of(account, hz).await).await.unwrap()
}

pub fn in_call(status: &Status) -> bool {
    status.call.phase == Phase::InCall
}

pub async fn is_in_call(room: &Room) -> Status {
    room.wait_until("in the call", in_call, SOON).await.unwrap()
}

/// An Element Call in the call.
pub async fn peer_in_call(options: PeerOptions) -> Peer {
    ElementCall::join(options).await.unwrap()
}

/// Colours, tone and decryption; how fluent three Chromiums are on two cores says nothing.
pub fn recognises_room(seen: &Observation, user: &str) -> bool {
    seen.remote(user).is_some_and(|remote| {
        remote.shows_bars()
            && remote.sounds(ROOM_HZ)
            && remote.decrypting
            && remote.announced_encrypted == Some(true)
    })
}

fn gets_room(seen: &Observation, user: &str) -> bool {
    let video = seen.remote(user).and_then(|remote| remote.video.as_ref());
    let whole = |video: &salle_peers::VideoObservation| {
        video.frames_per_second >= FLUENT && (video.width, video.height) == WHOLE
    };
    recognises_room(seen, user) && video.is_some_and(whole)
}

/// Waits until the peer decodes the room's whole picture fluently and recognises colours and
/// tone.
pub async fn peer_gets_room(peer: &Peer, scene: &Scene) -> Observation {
    let user = scene.account.user_id.clone();
    let what = "the room's picture, 640x360 at 25 frames/s, its colours and its tone";
    let seen = peer
        .wait_until(what, |seen| gets_room(seen, &user), SOON)
        .await;
    seen.unwrap()
}

/// Waits until the peer recognises the room, among more peers than two cores can do fluently.
pub async fn peer_recognises_room(peer: &Peer, scene: &Scene) -> Observation {
    let user = scene.account.user_id.clone();
    let what = "the room's colours and tone";
    let seen = peer
        .wait_until(what, |seen| recognises_room(seen, &user), LONG)
        .await;
    seen.unwrap()
}

/// The track of this kind that the room receives from this person.
pub fn track<'a>(statistics: &'a Statistics, user: &str, source: Source) -> Option<&'a NamedTrack> {
    let mut tracks = statistics.tracks.iter();
    tracks.find(|track| track.user.as_deref() == Some(user) && track.source == Some(source))
}

/// Whether this person's microphone brings the tone.
pub fn sounds(statistics: &Statistics, user: &str, hz: f64) -> bool {
    let sound = track(statistics, user, Source::Microphone).map(|t| &t.figures);
    let tone = sound.and_then(|s| s.tone_hz);
    tone.is_some_and(|tone| (tone - hz).abs() < 25.0)
}

fn gets_person(statistics: &Statistics, user: &str, hz: u32, fluent: f64) -> bool {
    let picture = track(statistics, user, Source::Camera).map(|t| &t.figures);
    let whole =
        picture.is_some_and(|p| p.frames_per_second >= fluent && (p.width, p.height) == WHOLE);
    whole && sounds(statistics, user, f64::from(hz))
}

/// Looks at the room's figures until they are as they should be.
pub async fn figures_until(
    room: &Room,
    what: &str,
    limit: Duration,
    right: impl Fn(&salle_scenarios::Result<Statistics>) -> bool,
) {
    let end = tokio::time::Instant::now() + limit;
    loop {
        let seen = room.statistics().await;
        if right(&seen) {
            return;
        }
        assert!(
            tokio::time::Instant::now() < end,
            "not seen: {what}; last: {seen:#?}\n{}",
            room.log()
        );
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Waits until the room decodes this person's whole picture fluently and recognises the tone.
pub async fn room_gets_person(room: &Room, user: &str, hz: u32) {
    room_gets(room, user, hz, FLUENT).await;
}

/// The same when more than two encoders and a browser share two cores.
pub async fn room_gets_person_in_a_crowd(room: &Room, user: &str, hz: u32) {
    room_gets(room, user, hz, FLUENT_IN_A_CROWD).await;
}

async fn room_gets(room: &Room, user: &str, hz: u32, fluent: f64) {
    let what = format!("{user}, 640x360 at {fluent} frames/s, with {hz} Hz");
    // While `mediad` starts there are no figures.
    let gets = |seen: &salle_scenarios::Result<Statistics>| {
        seen.as_ref()
            .is_ok_and(|seen| gets_person(seen, user, hz, fluent))
    };
    figures_until(room, &what, SOON, gets).await;
}

/// Waits until the status says the call is encrypted end to end with `people` others.
pub async fn room_is_encrypted_with(room: &Room, people: usize) -> Status {
    let good = |status: &Status| {
        status.call.security.level == SecurityLevel::Encrypted
            && status.call.participants.len() == people
            && status
                .call
                .participants
                .iter()
                .all(|person| person.encryption.state == Encryption::Encrypted)
    };
    let what = format!("an encrypted call with {people}");
    room.wait_until(&what, good, SOON).await.unwrap()
}

/// Waits until the stage shows the eight bars so many times side by side.
pub async fn stage_shows_bars(room: &Room, times: usize) {
    let end = tokio::time::Instant::now() + SOON;
    loop {
        // A busy `mediad` may be too late with an answer.
        let picture = room.stage().await;
        let shown = picture.as_ref().map(|picture| bars_in(picture));
        if shown.as_ref().is_ok_and(|shown| *shown == times) {
            return;
        }
        if tokio::time::Instant::now() > end {
            let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("stage.png");
            std::fs::write(&path, picture.as_deref().unwrap_or_default()).unwrap();
            panic!(
                "the stage shows the bars {shown:?} times, not {times}: {}",
                path.display()
            );
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// How often some line of the picture passes the bars in their order.
pub fn bars_in(png: &[u8]) -> usize {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let samples = info.color_type.samples();
    let line_length = info.width as usize * samples;
    let lines = pixels.chunks_exact(line_length).step_by(16);
    let in_line = |line: &[u8]| {
        let mut passed = 0;
        for pixel in line.chunks_exact(samples) {
            let colour = Colour(pixel[0], pixel[1], pixel[2]);
            passed += usize::from(colour.distance(BARS[passed % BARS.len()]) < CLOSE);
        }
        passed / BARS.len()
    };
    lines.map(in_line).max().unwrap_or(0)
}

/// Waits until the homeserver has the leave of whoever left, and less long than a delayed leave
/// would take to do it for them. A room is idle before a slow homeserver has answered.
pub async fn nobody_is_in_the_call(account: &Account, room_id: &str) {
    let end = tokio::time::Instant::now() + Duration::from_secs(12);
    while !account.call_members(room_id).await.unwrap().is_empty() {
        assert!(tokio::time::Instant::now() < end, "still a member");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Every track the SFU lists for this call is encrypted, and there are as many as expected.
pub async fn sfu_lists_gcm(scene: &Scene, tracks: usize) {
    let listed = scene.site().participants(&scene.room_id).await.unwrap();
    let kinds: Vec<String> = listed
        .iter()
        .flat_map(|participant| participant.tracks.iter())
        .map(|track| track.encryption.clone())
        .collect();
    assert_eq!(kinds, vec!["GCM"; tracks], "{listed:#?}");
}
