//! The room and one Element Call.

use room_messages::api::Phase;
use salle_peers::Mode;
use salle_scenarios::{Room, Scene, SceneOptions};

use crate::meet::{
    SOON, peer_gets_room, peer_in_call, room_gets_person, room_in_call, room_is_encrypted_with,
    room_options, sfu_lists_gcm, stage_shows_bars,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_comes_first_and_element_call_see_and_hear_each_other() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = room_in_call(&scene).await;
    let peer = peer_in_call(scene.peer_options(0, 1000)).await;
    peer_gets_room(&peer, &scene).await;
    room_gets_person(&room, &scene.people[0].user_id, 1000).await;
    let status = room_is_encrypted_with(&room, 1).await;
    assert_eq!(status.call.participants[0].user, scene.people[0].user_id);
    stage_shows_bars(&room).await;
    sfu_lists_gcm(&scene, 4).await;

    let status = room.leave(SOON).await.unwrap();
    assert_eq!(status.call.phase, Phase::Idle);
    let alone = |seen: &salle_peers::Observation| seen.members.len() == 1;
    peer.wait_until("the room's leave", alone, SOON)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_comes_second_sees_and_hears_who_is_there() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let peer = peer_in_call(scene.peer_options(0, 1000)).await;
    let room = room_in_call(&scene).await;
    room_gets_person(&room, &scene.people[0].user_id, 1000).await;
    peer_gets_room(&peer, &scene).await;
    room_is_encrypted_with(&room, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_in_matrix_2_0_mode_see_and_hear_each_other() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let mut options = room_options(&scene).await;
    options.set("matrix", "mode", "matrix_2_0");
    // Sticky memberships are encrypted for the devices in the Matrix room: both are there first.
    let room = Room::start(options).await.unwrap();
    let mut with = scene.peer_options(0, 1000);
    with.mode = Mode::Matrix2;
    let peer = salle_peers::ElementCall::open(with).await.unwrap();
    room.join(&scene.room_id).await.unwrap();
    peer.join(SOON).await.unwrap();
    peer_gets_room(&peer, &scene).await;
    room_gets_person(&room, &scene.people[0].user_id, 1000).await;
    room_is_encrypted_with(&room, 1).await;
    let state = scene.account.call_members(&scene.room_id).await.unwrap();
    assert!(
        state.is_empty(),
        "no state membership in this mode: {state:?}"
    );
}
