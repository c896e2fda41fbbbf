//! Homeservers that offer less than Element's guide asks for: a call works on each, and the
//! status says what is missing.

use std::time::Duration;

use room_messages::api::{Phase, Status};
use salle_scenarios::{Room, Scene, SceneOptions};
use salle_stack::Options;

use crate::meet::{SOON, nobody_is_in_the_call, room_is_encrypted_with};

/// After a crash the membership is gone within this (the issue's own limit).
const GONE: Duration = Duration::from_secs(20);

async fn scene(stack: Options) -> Scene {
    let options = SceneOptions {
        stack,
        people: Vec::new(),
        ..SceneOptions::default()
    };
    Scene::start(options).await.unwrap()
}

/// The room is in an encrypted call as a member; the status of then.
async fn in_call(scene: &Scene, room: &Room) -> Status {
    let status = room.join(&scene.room_id).await.unwrap();
    assert_eq!(status.call.phase, Phase::InCall);
    assert_eq!(members(scene).await, 1);
    room_is_encrypted_with(room, 0).await
}

async fn members(scene: &Scene) -> usize {
    let members = scene.account.call_members(&scene.room_id).await;
    members.unwrap().len()
}

fn warns(status: &Status) -> bool {
    status.faults.iter().any(|fault| fault.code == "RTC-05")
}

#[tokio::test(flavor = "multi_thread")]
async fn without_delayed_events_and_with_its_sfu_in_well_known_only_a_call_works_and_the_status_warns()
 {
    let scene = scene(Options {
        longest_delay: None,
        transports_endpoint: false,
        ..Options::default()
    })
    .await;
    let room = scene.room().await.unwrap();
    let status = in_call(&scene, &room).await;
    assert!(warns(&status), "{:?}", status.faults);
    assert!(!status.call.leaves_by_itself);
    room.leave(SOON).await.unwrap();
    nobody_is_in_the_call(&scene.account, &scene.room_id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_short_longest_delay_and_the_sfu_from_the_settings_a_crashed_room_is_still_gone_in_time()
 {
    let longest = Duration::from_secs(10);
    let scene = scene(Options {
        longest_delay: Some(longest),
        transports: false,
        ..Options::default()
    })
    .await;
    let mut options = scene.room_options();
    options.set("matrix", "transport", scene.site().service_url());
    let mut room = Room::start(options).await.unwrap();
    let status = in_call(&scene, &room).await;
    assert!(!warns(&status) && status.call.leaves_by_itself);

    let scheduled = scene.account.delayed_events().await.unwrap();
    let clamped = serde_json::json!(longest.as_millis());
    assert_eq!(scheduled[0]["delay"], clamped, "{scheduled:?}");

    room.kill().await;
    let gone = async {
        while members(&scene).await > 0 {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    };
    let in_time = tokio::time::timeout(GONE, gone).await;
    assert!(in_time.is_ok(), "still a member after {GONE:?}");
}
