//! Whatever dies, the call is back; and a room that is gone leaves.

use std::time::{Duration, Instant};

use room_messages::api::{Homeserver, Phase, Status};
use salle_peers::{Observation, Peer};
use salle_scenarios::{Room, Scene, SceneOptions};

use crate::meet::{SOON, peer_gets_room, peer_in_call, room_gets_person, room_in_call};

async fn in_a_call() -> (Scene, Room, Peer) {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = room_in_call(&scene).await;
    let peer = peer_in_call(scene.peer_options(0, 1000)).await;
    peer_gets_room(&peer, &scene).await;
    room_gets_person(&room, &scene.people[0].user_id, 1000).await;
    (scene, room, peer)
}

async fn both_ways(scene: &Scene, room: &Room, peer: &Peer) {
    peer_gets_room(peer, scene).await;
    room_gets_person(room, &scene.people[0].user_id, 1000).await;
}

fn frames(seen: &Observation, user: &str) -> u64 {
    let video = seen.remote(user).and_then(|remote| remote.video.as_ref());
    video.map_or(0, |video| video.frames)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_roomd_leaves_by_itself_and_is_back_after_its_restart() {
    let (scene, mut room, peer) = in_a_call().await;
    let mediad = room.mediad_pid().unwrap();
    let killed = Instant::now();
    room.kill().await;
    let alone = |seen: &Observation| seen.members.len() == 1;
    peer.wait_until("the room's membership gone", alone, SOON)
        .await
        .unwrap();
    let gone_after = killed.elapsed();
    // 18 s of delayed leave and the way of the event to the peer.
    assert!(
        gone_after < Duration::from_secs(25),
        "gone after {gone_after:?}"
    );
    let camera_holder = std::path::PathBuf::from(format!("/proc/{mediad}"));
    assert!(!camera_holder.exists(), "mediad outlived roomd");

    room.start_again().await.unwrap();
    let back = |status: &Status| status.call.phase == Phase::InCall;
    room.wait_until("back in the call", back, SOON)
        .await
        .unwrap();
    both_ways(&scene, &room, &peer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_mediad_is_started_again_and_media_is_back() {
    let (scene, room, peer) = in_a_call().await;
    let before = room.mediad_pid().unwrap();
    room.kill_mediad();
    both_ways(&scene, &room, &peer).await;
    let after = room.mediad_pid().unwrap();
    assert_ne!(before, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sfu_that_restarts_gets_the_media_back() {
    let (scene, room, peer) = in_a_call().await;
    scene.site().kill_sfu().await.unwrap();
    let lost = |status: &Status| status.call.phase == Phase::Reconnecting;
    room.wait_until("the loss noticed", lost, SOON)
        .await
        .unwrap();
    scene.site().start_sfu().await.unwrap();
    let back = |status: &Status| status.call.phase == Phase::InCall;
    room.wait_until("connected again", back, SOON)
        .await
        .unwrap();
    // Element Call gives up on an SFU that was gone; a fresh one shows that the room is there.
    drop(peer);
    let peer = peer_in_call(scene.peer_options(1, 1500)).await;
    peer_gets_room(&peer, &scene).await;
    room_gets_person(&room, &scene.people[1].user_id, 1500).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn media_never_stops_while_the_homeserver_is_away() {
    let (scene, room, peer) = in_a_call().await;
    let user = scene.account.user_id.clone();
    scene.site().stop_homeserver().await.unwrap();
    let offline = |status: &Status| status.room.homeserver == Homeserver::Offline;
    room.wait_until("offline", offline, SOON).await.unwrap();
    let mut last = frames(&peer.observe().await.unwrap(), &user);
    for _ in 0..12 {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let now = frames(&peer.observe().await.unwrap(), &user);
        assert!(now > last, "the room's picture stopped at frame {now}");
        last = now;
    }
    scene.site().start_homeserver().await.unwrap();
    let online = |status: &Status| {
        status.room.homeserver == Homeserver::Online && status.call.phase == Phase::InCall
    };
    room.wait_until("online and a member", online, SOON)
        .await
        .unwrap();
    let rooms: Vec<String> = members(&scene).await;
    assert!(rooms.iter().any(|key| key.contains(&user)), "{rooms:?}");
    both_ways(&scene, &room, &peer).await;
}

/// State keys of the memberships that are not leaves.
async fn members(scene: &Scene) -> Vec<String> {
    let members = scene.account.call_members(&scene.room_id).await.unwrap();
    let joined = members
        .into_iter()
        .filter(|(_, content)| content.get("application").is_some());
    joined.map(|(key, _)| key).collect()
}

/// Longer than every time-out on the way: ICE, signalling, the delayed leave. `SALLE_CUT_S` asks
/// for another length, e.g. the five minutes of the promise.
fn cut() -> Duration {
    let asked = std::env::var("SALLE_CUT_S").ok();
    Duration::from_secs(asked.and_then(|text| text.parse().ok()).unwrap_or(45))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_network_ends_in_the_same_call() {
    let (scene, room, peer) = in_a_call().await;
    drop(peer);
    let before = room.status().await.unwrap().call;
    scene.site().freeze_homeserver().await.unwrap();
    scene.site().freeze_sfu().await.unwrap();
    tokio::time::sleep(cut()).await;
    let lost = room.status().await.unwrap();
    assert_eq!(lost.call.phase, Phase::Reconnecting, "{lost:?}");
    scene.site().unfreeze_sfu().await.unwrap();
    scene.site().unfreeze_homeserver().await.unwrap();
    let back = |status: &Status| {
        status.call.phase == Phase::InCall && status.room.homeserver == Homeserver::Online
    };
    let status = room
        .wait_until("back in the call", back, SOON)
        .await
        .unwrap();
    assert_eq!(status.call.room_id, before.room_id);
    let peer = peer_in_call(scene.peer_options(1, 1500)).await;
    peer_gets_room(&peer, &scene).await;
    room_gets_person(&room, &scene.people[1].user_id, 1500).await;
}
