//! A call by buttons alone, heard and not seen: the room says what each press did.

use std::path::Path;
use std::time::Duration;

use room_messages::api::{BoardEvent, Button, Device, Phase, Status};
use salle_scenarios::{Recording, Room, Scene, SceneOptions};

use crate::meet::{SOON, room_options};

/// Tenths of a second; the shortest sentence has more.
const SENTENCE: usize = 5;

async fn press(room: &Room, button: Button) {
    room.board(&BoardEvent::Press { button }).await.unwrap();
}

fn heard(played: &Path) -> usize {
    Recording::read(played).map_or(0, |sound| sound.sounding())
}

/// Waits until another sentence was said than those before.
async fn hear_a_sentence(played: &Path, before: &mut usize, what: &str) {
    let end = tokio::time::Instant::now() + SOON;
    while heard(played) < *before + SENTENCE {
        assert!(tokio::time::Instant::now() < end, "nothing is said: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // To its end.
    tokio::time::sleep(Duration::from_secs(3)).await;
    *before = heard(played);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_press_is_answered_aloud_where_the_settings_say_so() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let played = folder.path().join("played.wav");
    let mut options = room_options(&scene).await;
    options
        .set("audio", "spoken_prompts", true)
        .speaker_file(&played);
    let room = Room::start(options).await.unwrap();
    let known = |status: &Status| status.room.user.is_some();
    room.wait_until("its account", known, SOON).await.unwrap();

    let mut said = 0;
    press(&room, Button::Join).await;
    hear_a_sentence(&played, &mut said, "there is nothing to join").await;
    let closed = |status: &Status| status.speaker.device == Device::Off;
    room.wait_until("the speaker closed", closed, SOON)
        .await
        .unwrap();

    room.join(&scene.room_id).await.unwrap();
    hear_a_sentence(&played, &mut said, "in the call").await;
    room.leave(SOON).await.unwrap();
    hear_a_sentence(&played, &mut said, "the call is left").await;

    for (button, phase, what) in [
        (Button::Join, Phase::InCall, "in the call again"),
        (Button::Mute, Phase::InCall, "muted"),
        (Button::HangUp, Phase::Idle, "left again"),
    ] {
        press(&room, button).await;
        let reached = |status: &Status| status.call.phase == phase;
        room.wait_until(what, reached, SOON).await.unwrap();
        hear_a_sentence(&played, &mut said, what).await;
    }
}
