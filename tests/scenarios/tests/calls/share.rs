//! What the room shares: seen by Element Call, encrypted, and on the room's own screen.

use room_messages::api::{BoardEvent, Device, Layout, SecurityLevel, SimDevice, Status};
use salle_peers::{Observation, Peer};
use salle_scenarios::{Room, Scene, SceneOptions};

use crate::meet::{SOON, peer_gets_room, peer_in_call, room_in_call};

async fn peer_sees_screen(peer: &Peer, user: &str, what: &str) {
    let seen = |seen: &Observation| {
        let room = seen.remote(user);
        room.is_some_and(|room| {
            let screen = room.screen.as_ref();
            let shown = screen.is_some_and(|screen| screen.shown && screen.shows_gradient());
            shown && room.announced_encrypted == Some(true) && room.camera
        })
    };
    peer.wait_until(what, seen, SOON).await.unwrap();
}

async fn peer_sees_none(peer: &Peer, user: &str, what: &str) {
    let gone = |seen: &Observation| {
        seen.remote(user)
            .is_some_and(|room| room.screen.is_none() && room.camera)
    };
    peer.wait_until(what, gone, SOON).await.unwrap();
}

async fn refused(room: &Room) -> String {
    room.share(true).await.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_room_shares_comes_goes_and_comes_again() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let user = scene.account.user_id.clone();
    let room = room_in_call(&scene).await;
    let peer = peer_in_call(scene.peer_options(0, 1000)).await;
    peer_gets_room(&peer, &scene).await;

    for round in ["the screen", "the screen again"] {
        let status = room.share(true).await.unwrap();
        assert!(status.share.active);
        assert_eq!(status.stage.layout, Layout::Content);
        peer_sees_screen(&peer, &user, round).await;
        let live = |status: &Status| {
            status.share.device == Device::Live
                && status.call.security.level == SecurityLevel::Encrypted
        };
        room.wait_until("the share, encrypted", live, SOON)
            .await
            .unwrap();
        let own = |said: &str| said.contains("Ampère · screen");
        room.stage_until("the own screen", own, SOON).await.unwrap();
        room.share(false).await.unwrap();
        peer_sees_none(&peer, &user, "no screen").await;
        let off = |status: &Status| {
            status.share.device == Device::Off && status.stage.layout != Layout::Content
        };
        room.wait_until("nothing shared", off, SOON).await.unwrap();
    }

    room.share(true).await.unwrap();
    peer_sees_screen(&peer, &user, "the screen before a newcomer").await;
    let newcomer = peer_in_call(scene.peer_options(1, 700)).await;
    peer_sees_screen(&newcomer, &user, "the screen, by a newcomer").await;
    room.leave(SOON).await.unwrap();
    let status = room.status().await.unwrap();
    assert!(!status.share.active && status.share.device == Device::Off);
    assert!(refused(&room).await.contains("CALL-03"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_outlives_a_killed_media_process_and_a_pulled_cable() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let user = scene.account.user_id.clone();
    let room = room_in_call(&scene).await;
    let peer = peer_in_call(scene.peer_options(0, 1000)).await;
    peer_gets_room(&peer, &scene).await;
    room.share(true).await.unwrap();
    peer_sees_screen(&peer, &user, "the screen").await;

    room.kill_mediad();
    peer_sees_screen(&peer, &user, "the screen after mediad came back").await;

    let device = SimDevice::Content;
    let plug = |present| BoardEvent::Plug { device, present };
    room.board(&plug(false)).await.unwrap();
    let failed = |status: &Status| status.faults.iter().any(|fault| fault.code == "SHARE-04");
    room.wait_until("no picture", failed, SOON).await.unwrap();
    room.board(&plug(true)).await.unwrap();
    peer_sees_screen(&peer, &user, "the screen, plugged in again").await;
}
