//! People come and go.

use std::time::Duration;

use room_messages::Source;
use salle_peers::{Observation, Peer};
use salle_scenarios::{Room, Scene, SceneOptions};

use crate::meet::{
    ROOM_HZ, SOON, figures_until, peer_gets_room, peer_in_call, room_gets_person, room_in_call,
    room_is_encrypted_with, sounds, track,
};

/// Three Chromiums and a room on two cores take their time.
const LONG: Duration = Duration::from_secs(120);

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

/// Colours, tone and decryption; how fluent three Chromiums are on two cores says nothing.
fn recognises_room(seen: &Observation, user: &str) -> bool {
    seen.remote(user)
        .is_some_and(|room| room.shows_bars() && room.sounds(ROOM_HZ) && room.decrypting)
}

#[tokio::test(flavor = "multi_thread")]
async fn three_element_calls_come_and_go() {
    let scene = Scene::start(SceneOptions {
        people: vec!["alice", "bob", "carol"],
        ..SceneOptions::default()
    })
    .await
    .unwrap();
    let user = scene.account.user_id.clone();
    let room = room_in_call(&scene).await;
    let mut peers = Vec::new();
    for (person, hz) in [(0, 1000), (1, 1500), (2, 2000)] {
        let mut options = scene.peer_options(person, hz);
        options.camera = Some(salle_peers::CameraPicture {
            width: 320,
            height: 180,
            frames_per_second: 15,
            ..salle_peers::CameraPicture::default()
        });
        let peer = peer_in_call(options).await;
        room_hears(&room, &scene.people[person].user_id, f64::from(hz)).await;
        peers.push(peer);
    }
    for peer in &peers {
        let what = "the room's colours and tone";
        let seen = peer.wait_until(what, |seen| recognises_room(seen, &user), LONG);
        seen.await.unwrap();
    }
    room_is_encrypted_with(&room, 3).await;
    let mut index = key_index(&peers[0].observe().await.unwrap(), &user);
    while peers.len() > 1 {
        peers.pop().unwrap().leave().await.unwrap();
        let next = key_above(&peers[0], &user, index).await;
        assert!(next > index, "a leave changes the key");
        index = next;
        for (peer, hz) in peers.iter().zip([1000.0, 1500.0]) {
            let what = "the room's colours and tone with the new key";
            let seen = peer.wait_until(what, |seen| recognises_room(seen, &user), LONG);
            seen.await.unwrap();
            room_hears(&room, &peer.user_id().await.unwrap(), hz).await;
        }
        room_is_encrypted_with(&room, peers.len()).await;
    }
}

/// Waits until the room decodes this person's picture and hears the tone.
async fn room_hears(room: &Room, user: &str, hz: f64) {
    let what = format!("{user} with {hz} Hz");
    figures_until(room, &what, LONG, |seen| {
        let seen = seen.as_ref().unwrap();
        let picture = track(seen, user, Source::Camera);
        sounds(seen, user, hz) && picture.is_some_and(|t| t.figures.frames > 0)
    })
    .await;
}

/// `webrtcbin` cannot take a track into the section of one that ended.
#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_and_comes_again_costs_the_others_no_new_session() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = room_in_call(&scene).await;
    let mut others = Vec::new();
    for (person, hz) in scene.people.iter().zip([1000, 1500]) {
        let mut options = salle_scenarios::RoomOptions::new(person);
        let folder = salle_peers::media::folder().await.unwrap();
        let tone = salle_peers::media::microphone_file(&folder, salle_peers::Tone { hz });
        options.microphone_file(&tone.unwrap());
        let other = Room::start(options).await.unwrap();
        other.join(&scene.room_id).await.unwrap();
        others.push(other);
    }
    let (stays, goes) = (&others[0], &others[1]);
    for _ in 0..2 {
        room_hears(&room, &scene.people[1].user_id, 1500.0).await;
        room_hears(stays, &scene.people[1].user_id, 1500.0).await;
        goes.leave(SOON).await.unwrap();
        goes.join(&scene.room_id).await.unwrap();
    }
    room_hears(&room, &scene.people[1].user_id, 1500.0).await;
    room_hears(stays, &scene.people[1].user_id, 1500.0).await;
    for one in [&room, stays] {
        assert!(!one.whole_log().contains("a new session is needed"));
    }
}
