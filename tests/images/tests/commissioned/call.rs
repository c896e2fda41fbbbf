//! From the button: a commissioned unit on the kernel's own devices (`gpio-sim`, `vivid`,
//! `snd-aloop`) and Element Call, on a stack outside the board.

use room_messages::api::{Phase, SecurityLevel, Status};
use salle_images::{LONG, Options};
use salle_peers::media::{self, BARS};
use salle_peers::{CameraPicture, ElementCall, Observation, Peer, Remote, Tone};
use salle_scenarios::Scene;

use crate::unit::{self, Lamp, Line, Unit};

/// What is played into the unit's microphone.
const VOICE_HZ: u32 = 440;
const CALLER_HZ: u32 = 1000;
/// vivid writes over all but the lowest row of a picture this small, and its black is darker than
/// ours.
const SEEN_ROW: usize = 3;
const SEEN_COLUMNS: [usize; 7] = [0, 1, 2, 3, 4, 5, 6];
/// Three conversions and two codecs.
const CLOSE: u8 = 50;

/// Somebody who calls the room; small, because the unit decodes it in emulation.
async fn caller(scene: &Scene) -> Peer {
    let mut options = scene.peer_options(0, CALLER_HZ);
    options.rings = true;
    options.camera = Some(CameraPicture {
        width: 320,
        height: 180,
        frames_per_second: 5,
        ..CameraPicture::default()
    });
    ElementCall::join(options).await.unwrap()
}

/// The colour bars of vivid, which are those of every test picture, brighter.
fn shows_vivid(remote: &Remote) -> bool {
    remote.video.as_ref().is_some_and(|video| {
        SEEN_COLUMNS.into_iter().all(|column| {
            let seen = video.colour(column, SEEN_ROW);
            seen.is_some_and(|seen| seen.distance(BARS[column]) <= CLOSE)
        })
    })
}

async fn peer_until(unit: &mut Unit, peer: &Peer, what: &str, right: impl Fn(&Remote) -> bool) {
    let room = unit.user.clone();
    let seen = |seen: &Observation| seen.remote(&room).is_some_and(&right);
    if let Err(error) = peer.wait_until(what, seen, LONG).await {
        let picture = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("call.png");
        std::fs::write(&picture, peer.screenshot().await.unwrap()).unwrap();
        panic!("{error}; {}\n{}", picture.display(), unit.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_joins_a_call_with_element_call_on_the_kernels_devices() {
    let scene = unit::scene().await;
    let mut unit = Unit::commissioned(&scene, &Options::default()).unwrap();
    unit.plug_in_devices();
    unit.until("the room online", unit::online);
    let folder = media::folder().await.unwrap();
    let voice = media::microphone_file(&folder, Tone { hz: VOICE_HZ }).unwrap();
    unit.say(&voice);
    assert!(!unit.is_lit(Lamp::Call), "idle, and the call lamp is lit");

    let peer = caller(&scene).await;
    unit.until("ringing", |status| !status.ringing.is_empty());
    unit.press(Line::Join);
    let status = unit.until("the call", |status| status.call.phase == Phase::InCall);
    assert_eq!(status.call.room_id.as_ref(), Some(&scene.room_id));
    unit.lamp_until(Lamp::Call, true);

    peer_until(&mut unit, &peer, "vivid's bars", shows_vivid).await;
    let tone = "the tone played into snd-aloop";
    peer_until(&mut unit, &peer, tone, |remote| {
        remote.sounds(VOICE_HZ) && remote.decrypting && remote.announced_encrypted == Some(true)
    })
    .await;
    let encrypted = |status: &Status| status.call.security.level == SecurityLevel::Encrypted;
    unit.until("an encrypted call", encrypted);

    muted_by_the_line(&mut unit, &peer).await;

    unit.press(Line::HangUp);
    unit.until("idle", |status| status.call.phase == Phase::Idle);
    unit.lamp_until(Lamp::Call, false);
    let alone = |seen: &Observation| seen.members.len() == 1;
    peer.wait_until("the room's leave", alone, LONG)
        .await
        .unwrap();
}

/// With the mute line asserted nothing unmutes, and nothing is heard.
async fn muted_by_the_line(unit: &mut Unit, peer: &Peer) {
    unit.set(Line::HardwareMute, true);
    unit.until("muted", |status| status.microphone.hardware_muted);
    unit.lamp_until(Lamp::Mute, true);
    let refused = unit.roomctl("mute off");
    assert_ne!(refused.code, 0, "{refused:?}");
    let silent = |remote: &Remote| remote.audio.as_ref().is_none_or(|a| a.tone_hz.is_none());
    peer_until(unit, peer, "silence", silent).await;
    assert!(unit.status().microphone.hardware_muted);
    unit.set(Line::HardwareMute, false);
    // Nobody had asked for silence otherwise: the voice is back with the line.
    unit.lamp_until(Lamp::Mute, false);
    peer_until(unit, peer, "the voice again", |remote| {
        remote.sounds(VOICE_HZ)
    })
    .await;
}
