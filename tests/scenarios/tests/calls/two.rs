//! The room and one Element Call.

use room_messages::api::{Homeserver, Phase, Status};
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
    stage_shows_bars(&room, 1).await;
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
    stage_shows_bars(&room, 1).await;
    sfu_lists_gcm(&scene, 4).await;
}

/// Whatever each of the two writes, each reads both.
#[tokio::test(flavor = "multi_thread")]
async fn room_and_element_call_see_and_hear_each_other_in_any_mix_of_modes() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let mut room = Room::start(room_options(&scene).await).await.unwrap();
    for (of_room, of_peer) in [
        (Mode::Matrix2, Mode::Matrix2),
        (Mode::Matrix2, Mode::Compatibility),
        (Mode::Compatibility, Mode::Matrix2),
    ] {
        println!("the room in {of_room:?}, Element Call in {of_peer:?}");
        set_mode(&mut room, &scene, of_room).await;
        meet(&scene, &room, of_peer).await;
        let state = scene.account.call_members(&scene.room_id).await.unwrap();
        let writes_state = state
            .iter()
            .any(|(key, _)| key.contains(&scene.account.user_id));
        assert_eq!(writes_state, of_room == Mode::Compatibility, "{state:?}");
        room.leave(SOON).await.unwrap();
    }
}

async fn set_mode(room: &mut Room, scene: &Scene, mode: Mode) {
    room.terminate().await.unwrap();
    let mut options = room_options(scene).await;
    options.set("matrix", "mode", mode.as_str());
    room.rewrite_settings(options).unwrap();
    room.start_again().await.unwrap();
    let online = |status: &Status| status.room.homeserver == Homeserver::Online;
    room.wait_until("online", online, SOON).await.unwrap();
}

/// Both see and hear each other; then the peer is gone again.
async fn meet(scene: &Scene, room: &Room, mode: Mode) {
    // Sticky memberships are encrypted for the devices in the Matrix room: both are there first.
    let mut with = scene.peer_options(0, 1000);
    with.mode = mode;
    let peer = salle_peers::ElementCall::open(with).await.unwrap();
    room.join(&scene.room_id).await.unwrap();
    peer.join(SOON).await.unwrap();
    peer_gets_room(&peer, scene).await;
    room_gets_person(room, &scene.people[0].user_id, 1000).await;
    room_is_encrypted_with(room, 1).await;
    peer.leave().await.unwrap();
    let alone = |status: &Status| status.call.participants.is_empty();
    room.wait_until("the peer's leave", alone, SOON)
        .await
        .unwrap();
}
