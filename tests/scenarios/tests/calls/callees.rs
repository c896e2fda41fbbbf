//! Meetings that begin now, people who are called, and those who knock: two rooms on the real
//! homeserver, and an account that nobody invited.

use std::path::Path;
use std::time::Duration;

use room_messages::api::directory::{Directory, EntryKind};
use room_messages::api::{Device, Encryption, Phase, Status};
use salle_scenarios::{Recording, Room, RoomOptions, Scene, SceneOptions};
use serde_json::json;

use crate::meet::{SOON, room_options};

/// `ring_volume` is 60, and a note fades.
const RING_DBFS: f64 = -35.0;

async fn two_rooms(scene: &Scene) -> (Room, Room, String) {
    two_rooms_heard(scene, None).await
}

/// What the second one plays goes into a file.
async fn two_rooms_heard(scene: &Scene, heard: Option<&Path>) -> (Room, Room, String) {
    let ours = Room::start(room_options(scene).await).await.unwrap();
    let theirs = scene
        .site()
        .register("berlioz", "a password")
        .await
        .unwrap();
    let user = theirs.user_id.clone();
    let mut options = RoomOptions::new(&theirs);
    if let Some(path) = heard {
        options.speaker_file(path);
    }
    let other = Room::start(options).await.unwrap();
    for room in [&ours, &other] {
        let known = |status: &Status| status.room.user.is_some();
        room.wait_until("its account", known, SOON).await.unwrap();
    }
    (ours, other, user)
}

fn rings(status: &Status) -> bool {
    !status.ringing.is_empty()
}

/// Waits until both notes have been played.
async fn hear_ringing(played: &Path) {
    let end = tokio::time::Instant::now() + SOON;
    let heard = || {
        Recording::read(played)
            .is_ok_and(|sound| sound.loudest(660).min(sound.loudest(990)) > RING_DBFS)
    };
    while !heard() {
        assert!(tokio::time::Instant::now() < end, "nothing rings");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Each sees the other, and decrypts what comes.
async fn see_each_other(rooms: [&Room; 2]) {
    let safe = |status: &Status| {
        let first = status.call.participants.first();
        first.is_some_and(|other| other.encryption.state == Encryption::Encrypted)
    };
    for room in rooms {
        room.wait_until("the other, encrypted", safe, SOON)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_begins_now_and_another_room_is_called_into_it() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let (ours, other, user) = two_rooms(&scene).await;
    let status = ours.post("/v1/meetings/now?wait=true", &()).await.unwrap();
    assert_eq!(status.call.phase, Phase::InCall);
    let made = status.call.room_id.unwrap();
    assert_ne!(made, scene.room_id);

    let status = ours
        .post("/v1/call/add", &json!({"target": user}))
        .await
        .unwrap();
    assert_eq!(status.call.calling, [user.as_str()]);
    let status = other.wait_until("its bell", rings, SOON).await.unwrap();
    assert_eq!(status.ringing[0].room_id, made);
    other.join(&made).await.unwrap();
    see_each_other([&ours, &other]).await;
    let nobody = |status: &Status| status.call.calling.is_empty();
    ours.wait_until("nobody waited for", nobody, SOON)
        .await
        .unwrap();

    // Whoever has the link may knock; one of the own server is let in.
    let guest = &scene.people[1];
    let knock = format!("/_matrix/client/v3/knock/{}", made.replace('!', "%21"));
    let knocked = guest
        .request(reqwest::Method::POST, &knock, Some(&json!({})))
        .await;
    knocked.unwrap();
    let end = tokio::time::Instant::now() + SOON;
    while let Err(error) = guest.join(&made).await {
        assert!(tokio::time::Instant::now() < end, "not let in: {error}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_called_declines_and_is_called_again_in_the_same_room() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let played = folder.path().join("played.wav");
    let (ours, other, user) = two_rooms_heard(&scene, Some(&played)).await;
    ours.join(&user).await.unwrap();
    let status = other.wait_until("its bell", rings, SOON).await.unwrap();
    let between = status.ringing[0].room_id.clone();
    hear_ringing(&played).await;
    other.decline(&between).await.unwrap();
    let closed = |status: &Status| status.speaker.device == Device::Off;
    other.wait_until("silence", closed, SOON).await.unwrap();
    let told = |status: &Status| status.call.notices.iter().any(|n| n.code == "PEOPLE-02");
    ours.wait_until("the no", told, SOON).await.unwrap();
    ours.leave(SOON).await.unwrap();

    let status = ours.join(&user).await.unwrap();
    assert_eq!(status.call.room_id.as_deref(), Some(between.as_str()));
    other
        .wait_until("its bell again", rings, SOON)
        .await
        .unwrap();
    other.join(&between).await.unwrap();
    see_each_other([&ours, &other]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_finds_who_can_be_called_and_says_when_it_cannot() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let ours = Room::start(room_options(&scene).await).await.unwrap();
    let known = |status: &Status| status.room.user.is_some();
    ours.wait_until("its account", known, SOON).await.unwrap();
    let bob = &scene.people[1];
    let name = bob
        .user_id
        .trim_start_matches('@')
        .split(':')
        .next()
        .unwrap();
    let path = format!("/v1/directory?search={name}");
    let end = tokio::time::Instant::now() + SOON;
    loop {
        // Synapse fills its directory in the background.
        let found: Directory = ours.get(&path).await.unwrap();
        let fits = |kind| {
            found
                .entries
                .iter()
                .any(|e| e.target == bob.user_id && e.kind == kind)
        };
        if fits(EntryKind::Person) {
            break;
        }
        assert!(tokio::time::Instant::now() < end, "{found:?}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let refused = ours.get::<Directory>("/v1/directory?search=").await;
    assert!(refused.unwrap_err().to_string().contains("PEOPLE-05"));
}
