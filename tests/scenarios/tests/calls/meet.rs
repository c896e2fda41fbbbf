//! A room and Element Calls that see and hear each other: what every test here looks for.

use std::time::Duration;

use room_messages::Source;
use room_messages::api::{Encryption, NamedTrack, Phase, SecurityLevel, Statistics, Status};
use salle_peers::media::{self, BARS};
use salle_peers::{Colour, ElementCall, Observation, Peer, PeerOptions, Tone};
use salle_scenarios::{Room, RoomOptions, Scene};

/// Long enough for a loaded machine; nothing waits that long when it works.
pub const SOON: Duration = Duration::from_secs(60);
/// The room's own tone; peers have others.
pub const ROOM_HZ: u32 = 440;
/// Colours come back from two encoders a little different.
const CLOSE: u8 = 45;

/// Settings of a room whose camera shows the bars and whose microphone is a tone.
pub async fn room_options(scene: &Scene) -> RoomOptions {
    let folder = media::folder().await.unwrap();
    let mut options = scene.room_options();
    let picture = salle_peers::CameraPicture::default();
    options
        .camera_file(&media::camera_file(&folder, picture).unwrap())
        .microphone_file(&media::microphone_file(&folder, Tone { hz: ROOM_HZ }).unwrap());
    options
}

/// A room in the call of the scene.
pub async fn room_in_call(scene: &Scene) -> Room {
    let room = Room::start(room_options(scene).await).await.unwrap();
    let status = room.join(&scene.room_id).await.unwrap();
    assert_eq!(status.call.phase, Phase::InCall);
    room
}

/// An Element Call in the call.
pub async fn peer_in_call(options: PeerOptions) -> Peer {
    ElementCall::join(options).await.unwrap()
}

fn gets_room(seen: &Observation, user: &str) -> bool {
    seen.remote(user).is_some_and(|remote| {
        let fluent = |video: &salle_peers::VideoObservation| video.frames_per_second >= 25.0;
        remote.shows_bars()
            && remote.sounds(ROOM_HZ)
            && remote.decrypting
            && remote.announced_encrypted == Some(true)
            && remote.video.as_ref().is_some_and(fluent)
    })
}

/// Waits until the peer decodes the room's picture fluently and recognises colours and tone.
pub async fn peer_gets_room(peer: &Peer, scene: &Scene) -> Observation {
    let user = scene.account.user_id.clone();
    let what = "the room's picture at 25 frames/s, its colours and its tone";
    let seen = peer
        .wait_until(what, |seen| gets_room(seen, &user), SOON)
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

fn gets_person(statistics: &Statistics, user: &str, hz: u32) -> bool {
    let picture = track(statistics, user, Source::Camera).map(|t| &t.figures);
    let fluent = picture.is_some_and(|p| p.frames_per_second >= 15.0 && p.height >= 180);
    fluent && sounds(statistics, user, f64::from(hz))
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

/// Waits until the room decodes this person's picture and recognises the tone.
pub async fn room_gets_person(room: &Room, user: &str, hz: u32) {
    let what = format!("{user} with {hz} Hz");
    // While `mediad` starts there are no figures.
    let gets = |seen: &salle_scenarios::Result<Statistics>| {
        seen.as_ref().is_ok_and(|seen| gets_person(seen, user, hz))
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

/// Waits until the stage shows the eight bars, somewhere from left to right.
pub async fn stage_shows_bars(room: &Room) {
    let end = tokio::time::Instant::now() + SOON;
    loop {
        let picture = room.stage().await.unwrap();
        if shows_bars(&picture) {
            return;
        }
        if tokio::time::Instant::now() > end {
            let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("stage.png");
            std::fs::write(&path, picture).unwrap();
            panic!("the stage does not show the bars: {}", path.display());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Whether some line of the picture passes the bars in their order.
fn shows_bars(png: &[u8]) -> bool {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let samples = info.color_type.samples();
    let line_length = info.width as usize * samples;
    let lines = pixels.chunks_exact(line_length).step_by(16);
    lines.into_iter().any(|line| {
        let mut bars = BARS.iter();
        let mut wanted = bars.next();
        for pixel in line.chunks_exact(samples) {
            let colour = Colour(pixel[0], pixel[1], pixel[2]);
            if wanted.is_some_and(|bar| colour.distance(*bar) < CLOSE) {
                wanted = bars.next();
            }
        }
        wanted.is_none()
    })
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
