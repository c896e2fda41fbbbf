//! Two hundred random presses a second, on the panel, the buttons and the API at once: no crash, no
//! stuck state, and what must always hold holds.
//!
//! `SALLE_PRESSES_S` says for how many seconds, `SALLE_SEED` which presses.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use room_messages::api::{BoardEvent, Button, Device, Phase, Reaction, SimDevice, Status};
use salle_hand::Hand;
use salle_scenarios::{Room, Scene, SceneOptions};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{SOON, in_call, ready};

/// Between two presses: two hundred a second, over three hands.
const PAUSE: Duration = Duration::from_millis(15);
/// Seconds in a run of all tests; ten minutes are for a night.
const SHORT_S: u64 = 20;
/// How long what was ordered may take to be so.
const SETTLES: Duration = Duration::from_secs(20);

/// Numbers that a seed decides (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).unwrap_or_default();
    text.parse().unwrap_or(otherwise)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_random_presses_a_second_leave_a_room_that_works() {
    let seed = number("SALLE_SEED", 1);
    let lasts = Duration::from_secs(number("SALLE_PRESSES_S", SHORT_S));
    eprintln!("SALLE_SEED={seed}, for {lasts:?}");
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = ready(&scene.account).await;
    let hand = Hand::before(&room.runtime_directory()).unwrap();
    hand.sees("Meet now", SOON).await.unwrap();
    let processes = room.pids();

    let (over, pressed) = (AtomicBool::new(false), AtomicU64::new(0));
    let hands = async {
        tokio::join!(
            panel(hand, Dice(seed), &over, &pressed),
            buttons(&room, Dice(seed + 1), &over, &pressed),
            api(&room, &scene.room_id, Dice(seed + 2), &over, &pressed),
        )
    };
    let watching = async {
        watch(&room, &scene, lasts).await;
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(hands, watching);
    let presses = pressed.load(Ordering::Relaxed);
    eprintln!("{} presses a second", presses / lasts.as_secs().max(1));

    assert_eq!(room.pids(), processes, "a process ended\n{}", room.log());
    for (button, present) in [(SimDevice::Camera, true), (SimDevice::Microphone, true)] {
        let plug = BoardEvent::Plug {
            device: button,
            present,
        };
        room.board(&plug).await.unwrap();
    }
    room.board(&BoardEvent::MuteLine { asserted: false })
        .await
        .unwrap();
    room.leave(SOON).await.unwrap();
    room.set_microphone(false).await.unwrap();
    room.join(&scene.room_id).await.unwrap();
    let live = |status: &Status| in_call(status) && status.microphone.device == Device::Live;
    room.wait_until("an open microphone in a call", live, SOON)
        .await
        .unwrap();
    // A finger may have chosen the other language, which ends with the call.
    let french = hand.shows("Raccrocher").await.unwrap();
    let label = if french { "Raccrocher" } else { "Hang up" };
    hand.taps(label, SOON).await.unwrap();
    let idle = |status: &Status| status.call.phase == Phase::Idle;
    room.wait_until("the end of the call", idle, SOON)
        .await
        .unwrap();
}

/// The whole surface, the places of buttons no more than the others; what opens is closed again.
async fn panel(hand: &Hand, mut dice: Dice, over: &AtomicBool, pressed: &AtomicU64) {
    while !over.load(Ordering::Relaxed) {
        let at = (dice.below(1280) as i32, dice.below(800) as i32);
        hand.pokes(at.0, at.1).await.unwrap();
        pressed.fetch_add(1, Ordering::Relaxed);
        sleep(PAUSE).await;
    }
}

async fn buttons(room: &Room, mut dice: Dice, over: &AtomicBool, pressed: &AtomicU64) {
    while !over.load(Ordering::Relaxed) {
        let event = match dice.below(8) {
            0 => BoardEvent::Press {
                button: Button::Join,
            },
            1 => BoardEvent::Press {
                button: Button::HangUp,
            },
            2 | 3 => BoardEvent::Press {
                button: Button::Mute,
            },
            4 => BoardEvent::MuteLine { asserted: true },
            5 | 6 => BoardEvent::MuteLine { asserted: false },
            _ => BoardEvent::Plug {
                device: if dice.below(2) == 0 {
                    SimDevice::Camera
                } else {
                    SimDevice::Microphone
                },
                present: dice.below(3) > 0,
            },
        };
        // A full queue is an answer too.
        let _ = room.board(&event).await;
        pressed.fetch_add(1, Ordering::Relaxed);
        sleep(PAUSE).await;
    }
}

async fn api(room: &Room, target: &str, mut dice: Dice, over: &AtomicBool, pressed: &AtomicU64) {
    while !over.load(Ordering::Relaxed) {
        let flag = dice.below(2) == 0;
        // Refusals are expected: hands outside a call, unmuting against the line.
        let _ = match dice.below(10) {
            0 => room.order_join(target).await,
            1 => room.post("/v1/call/leave", &()).await,
            2 => room.set_microphone(flag).await,
            3 => room.set_camera(flag).await,
            4 => room.raise_hand(flag).await,
            5 => room.react(Reaction::Heart).await,
            6 => room.set_speaker((dice.below(120)) as u8).await,
            7 => {
                room.post("/v1/meetings/book", &json!({"minutes": dice.below(600)}))
                    .await
            }
            8 => {
                room.post("/v1/call/add", &json!({"target": "@nobody:example.org"}))
                    .await
            }
            _ => room.status().await,
        };
        pressed.fetch_add(1, Ordering::Relaxed);
        sleep(PAUSE).await;
    }
}

/// What must not be seen for longer than an order takes: capture outside a call, an open
/// microphone against the line, the room twice in the call.
async fn watch(room: &Room, scene: &Scene, lasts: Duration) {
    let end = Instant::now() + lasts;
    let mut wrong_since: Option<(Instant, Status)> = None;
    while Instant::now() < end {
        let status = room.status().await.unwrap();
        wrong_since = match is_wrong(&status) {
            true => wrong_since.or(Some((Instant::now(), status))),
            false => None,
        };
        if let Some((since, status)) = &wrong_since {
            assert!(since.elapsed() < SETTLES, "{status:?}");
        }
        let inside = scene.site().participants(&scene.room_id).await;
        assert!(inside.unwrap_or_default().len() <= 1, "twice in the call");
        sleep(Duration::from_millis(100)).await;
    }
}

fn is_wrong(status: &Status) -> bool {
    let outside = matches!(status.call.phase, Phase::Idle | Phase::Failed);
    let captures = [status.microphone.device, status.camera.device].contains(&Device::Live);
    let against = status.microphone.hardware_muted && status.microphone.device == Device::Live;
    (outside && captures) || against
}
