//! People come and go.

use std::time::Duration;

use salle_peers::{Observation, Peer};
use salle_scenarios::{Scene, SceneOptions};

use crate::meet::{
    SOON, peer_gets_room, peer_in_call, room_gets_person, room_in_call, room_is_encrypted_with,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_late_joiner_gets_a_fresh_key_and_a_leave_changes_it_again() {
    let scene = Scene::start(SceneOptions {
        people: vec!["alice", "bob"],
        ..SceneOptions::default()
    })
    .await
    .unwrap();
    let user = scene.account.user_id.clone();
    let room = room_in_call(&scene).await;
    let alice = peer_in_call(scene.peer_options(0, 1000)).await;
    peer_gets_room(&alice, &scene).await;
    let first = key_index(&alice.observe().await.unwrap(), &user);
    // A key older than this is not given to newcomers (matrix-js-sdk: 10 s).
    tokio::time::sleep(Duration::from_secs(11)).await;

    let bob = peer_in_call(scene.peer_options(1, 1500)).await;
    peer_gets_room(&bob, &scene).await;
    room_gets_person(&room, &scene.people[1].user_id, 1500).await;
    room_is_encrypted_with(&room, 2).await;
    let second = key_above(&alice, &user, first).await;
    assert_eq!(key_index(&bob.observe().await.unwrap(), &user), second);

    let before = frozen_s(&alice.observe().await.unwrap(), &user);
    bob.leave().await.unwrap();
    let third = key_above(&alice, &user, second).await;
    assert_eq!(third, Some(second.unwrap() + 1));
    peer_gets_room(&alice, &scene).await;
    room_gets_person(&room, &scene.people[0].user_id, 1000).await;
    let frozen = frozen_s(&alice.observe().await.unwrap(), &user) - before;
    assert!(
        frozen < 2.0,
        "the picture stood still for {frozen} s while the key changed"
    );
    room_is_encrypted_with(&room, 1).await;
}

fn key_index(seen: &Observation, user: &str) -> Option<u8> {
    seen.remote(user).and_then(|remote| remote.key_index)
}

fn frozen_s(seen: &Observation, user: &str) -> f64 {
    let video = seen.remote(user).and_then(|remote| remote.video.as_ref());
    video.map_or(0.0, |video| video.frozen_s)
}

async fn key_above(peer: &Peer, user: &str, index: Option<u8>) -> Option<u8> {
    let newer = |seen: &Observation| key_index(seen, user) > index;
    let seen = peer
        .wait_until("a newer key of the room", newer, SOON)
        .await;
    key_index(&seen.unwrap(), user)
}
