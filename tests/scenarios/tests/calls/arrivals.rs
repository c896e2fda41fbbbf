//! People come and go. While they do, nobody misses anybody else for longer than two seconds.

use std::time::Duration;

use room_messages::Source;
use salle_peers::{CameraPicture, Observation, Peer};
use salle_scenarios::{Recording, Room, Scene, SceneOptions};

use crate::meet::{
    LONG, SOON, figures_until, guest, peer_gets_room, peer_in_call, peer_recognises_room,
    room_gets_person_in_a_crowd, room_in_call, room_is_encrypted_with, room_options, sounds, track,
};
use crate::steady::{Eye, more_frames, watching};

/// The longest that anything may be undecodable.
const GAP: Duration = Duration::from_secs(2);
/// Three seconds of a room's picture: the key that was handed out is in use after one.
const THREE_SECONDS: u64 = 75;

#[tokio::test(flavor = "multi_thread")]
async fn a_late_joiner_gets_a_fresh_key_and_a_leave_changes_it_again() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let user = scene.account.user_id.clone();
    let person = |at: usize| scene.people[at].user_id.clone();
    let room = room_in_call(&scene).await;
    let alice = peer_in_call(scene.peer_options(0, 1000)).await;
    peer_gets_room(&alice, &scene).await;
    let first = key_index(&alice.observe().await.unwrap(), &user);
    // A key older than this is not given to newcomers (matrix-js-sdk: 10 s).
    tokio::time::sleep(Duration::from_secs(11)).await;

    let both = [Eye::Peer(&alice, user.clone()), Eye::Room(&room, person(0))];
    let bob = salle_peers::ElementCall::open(scene.peer_options(1, 1500))
        .await
        .unwrap();
    let all = [
        Eye::Peer(&alice, user.clone()),
        Eye::Room(&room, person(0)),
        Eye::Peer(&bob, user.clone()),
        Eye::Room(&room, person(1)),
    ];
    let (second, film) = watching(&all, async {
        bob.join(SOON).await.unwrap();
        peer_recognises_room(&bob, &scene).await;
        room_gets_person_in_a_crowd(&room, &person(1), 1500).await;
        room_is_encrypted_with(&room, 2).await;
        let second = key_above(&alice, &user, first).await;
        assert_eq!(key_index(&bob.observe().await.unwrap(), &user), second);
        more_frames(&all, THREE_SECONDS, LONG).await;
        second
    })
    .await;
    film.never_stood_longer_than(GAP);

    let ((), film) = watching(&both, async {
        bob.leave().await.unwrap();
        let third = key_above(&alice, &user, second).await;
        assert_eq!(third, Some(second.unwrap() + 1));
        more_frames(&both, THREE_SECONDS, LONG).await;
    })
    .await;
    film.never_stood_longer_than(GAP);
    peer_gets_room(&alice, &scene).await;
    room_is_encrypted_with(&room, 1).await;
}

fn key_index(seen: &Observation, user: &str) -> Option<u8> {
    seen.remote(user).and_then(|remote| remote.key_index)
}

async fn key_above(peer: &Peer, user: &str, index: Option<u8>) -> Option<u8> {
    let newer = |seen: &Observation| key_index(seen, user) > index;
    let seen = peer
        .wait_until("a newer key of the room", newer, SOON)
        .await;
    key_index(&seen.unwrap(), user)
}

/// Tones of alice, bob and carol.
const TONES: [u32; 3] = [1000, 1500, 2000];

#[tokio::test(flavor = "multi_thread")]
async fn three_element_calls_come_and_go() {
    let scene = Scene::start(SceneOptions {
        people: vec!["alice", "bob", "carol"],
        ..SceneOptions::default()
    })
    .await
    .unwrap();
    let user = scene.account.user_id.clone();
    let folder = tempfile::tempdir().unwrap();
    let speaker = folder.path().join("speaker.wav");
    let mut options = room_options(&scene).await;
    options.speaker_file(&speaker);
    let room = Room::start(options).await.unwrap();
    room.set_speaker(100).await.unwrap();
    room.join(&scene.room_id).await.unwrap();
    let mut peers = Vec::new();
    for person in 0..TONES.len() {
        peers.push(comes(&scene, &room, &peers, person).await);
    }
    for peer in &peers {
        peer_recognises_room(peer, &scene).await;
    }
    room_is_encrypted_with(&room, 3).await;
    plays_all(&speaker).await;
    let mut index = key_index(&peers[0].observe().await.unwrap(), &user);
    while peers.len() > 1 {
        let leaver = peers.pop().unwrap();
        let eyes = eyes(&scene, &room, &peers);
        let (next, film) = watching(&eyes, async {
            leaver.leave().await.unwrap();
            let next = key_above(&peers[0], &user, index).await;
            assert!(next > index, "a leave changes the key");
            more_frames(&eyes, THREE_SECONDS, LONG).await;
            next
        })
        .await;
        film.never_stood_longer_than(GAP);
        index = next;
        for peer in &peers {
            peer_recognises_room(peer, &scene).await;
        }
        room_is_encrypted_with(&room, peers.len()).await;
    }
}

/// One more joins; those who are there miss nothing meanwhile.
async fn comes(scene: &Scene, room: &Room, there: &[Peer], person: usize) -> Peer {
    let hz = TONES[person];
    let mut options = scene.peer_options(person, hz);
    options.camera = Some(CameraPicture {
        width: 320,
        height: 180,
        frames_per_second: 15,
        ..CameraPicture::default()
    });
    let peer = salle_peers::ElementCall::open(options).await.unwrap();
    let eyes = eyes(scene, room, there);
    let ((), film) = watching(&eyes, async {
        peer.join(LONG).await.unwrap();
        room_hears(room, &scene.people[person].user_id, f64::from(hz)).await;
    })
    .await;
    film.never_stood_longer_than(GAP);
    peer
}

/// Everybody on the room, and the room on everybody.
fn eyes<'a>(scene: &Scene, room: &'a Room, peers: &'a [Peer]) -> Vec<Eye<'a>> {
    let user = &scene.account.user_id;
    let people = scene.people.iter().take(peers.len());
    let of_peers = peers.iter().map(|peer| Eye::Peer(peer, user.clone()));
    of_peers
        .chain(people.map(|person| Eye::Room(room, person.user_id.clone())))
        .collect()
}

/// Waits until the loudspeaker has played all tones at once for a second in all.
async fn plays_all(speaker: &std::path::Path) {
    let end = tokio::time::Instant::now() + SOON;
    loop {
        let played = Recording::read(speaker).unwrap();
        let together = played.with_all(&TONES);
        if together >= 10 {
            return;
        }
        let levels = TONES.map(|hz| played.loudest(hz));
        assert!(
            tokio::time::Instant::now() < end,
            "all of {TONES:?} Hz in {together} tenths of a second of {} s; each: {levels:?} dB",
            played.length()
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
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
    let (stays, goes) = (guest(&scene, 0, 1000).await, guest(&scene, 1, 1500).await);
    let person = |at: usize| scene.people[at].user_id.clone();
    for _ in 0..2 {
        room_hears(&room, &person(1), 1500.0).await;
        room_hears(&stays, &person(1), 1500.0).await;
        goes.leave(SOON).await.unwrap();
        goes.join(&scene.room_id).await.unwrap();
    }
    room_hears(&room, &person(1), 1500.0).await;
    room_hears(&stays, &person(1), 1500.0).await;
    for one in [&room, &stays] {
        assert!(!one.whole_log().contains("a new session is needed"));
    }
}
