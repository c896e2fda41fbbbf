//! People come and go. While they do, nobody is undecodable for longer than
//! two seconds.

use std::time::Duration;

use room_messages::Source;
use salle_peers::{CameraPicture, Observation, Peer};
use salle_scenarios::{Recording, Room, Scene, SceneOptions};

use crate::keys::{key_above, key_index};
use crate::meet::{
    LONG, SOON, figures_until, guest, peer_recognises_room, room_in_call, room_is_encrypted_with,
    room_options, sounds, track,
};
use crate::steady::{Eye, more_frames, watching};

/// The longest that anything may be undecodable.
const GAP: Duration = Duration::from_secs(2);
/// Three seconds of a room's picture: the key that was handed out is in use after one.
const THREE_SECONDS: u64 = 75;

/// Tones of alice, bob and carol.
const TONES: [u32; 3] = [1000, 1500, 2000];

#[tokio::test(flavor = "multi_thread")]
async fn three_element_calls_come_and_go_each_time_with_a_fresh_key() {
    let scene = Scene::start(SceneOptions {
        people: vec!["alice", "bob", "carol"],
        ..SceneOptions::default()
    })
    .await
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let speaker = folder.path().join("speaker.wav");
    let mut options = room_options(&scene).await;
    options.speaker_file(&speaker);
    let room = Room::start(options).await.unwrap();
    room.set_speaker(100).await.unwrap();
    room.join(&scene.room_id).await.unwrap();
    let mut peers = Vec::new();
    for person in 0..TONES.len() {
        let peer = comes(&scene, &room, &peers, person).await;
        peers.push(peer);
    }
    room_is_encrypted_with(&room, 3).await;
    plays_all(&speaker).await;
    while let Some(leaver) = peers.pop().filter(|_| !peers.is_empty()) {
        goes(&scene, &room, &peers, leaver).await;
        room_is_encrypted_with(&room, peers.len()).await;
    }
}

/// One more joins, and gets a key that is not older than it; those who are there miss nothing
/// meanwhile.
async fn comes(scene: &Scene, room: &Room, there: &[Peer], person: usize) -> Peer {
    let user = &scene.account.user_id;
    let hz = TONES[person];
    let mut options = scene.peer_options(person, hz);
    options.camera = Some(CameraPicture {
        width: 320,
        height: 180,
        frames_per_second: 15,
        ..CameraPicture::default()
    });
    let peer = salle_peers::ElementCall::open(options).await.unwrap();
    let before = match there.first() {
        // A key older than this is not given to newcomers (matrix-js-sdk: 10 s).
        Some(first) => {
            tokio::time::sleep(Duration::from_secs(11)).await;
            key_index(&first.observe().await.unwrap(), user)
        }
        None => None,
    };
    let eyes = eyes(scene, room, there.iter().chain([&peer]));
    let ((), film) = watching(&eyes, async {
        peer.join(LONG).await.unwrap();
        room_hears(room, &scene.people[person].user_id, f64::from(hz)).await;
        peer_recognises_room(&peer, scene).await;
        if let Some(first) = there.first() {
            let fresh = key_above(first, user, before).await;
            let same = |seen: &Observation| key_index(seen, user) >= fresh;
            peer.wait_until("the same key", same, SOON).await.unwrap();
        }
        more_frames(&eyes, THREE_SECONDS, LONG).await;
    })
    .await;
    film.never_stood_longer_than(GAP);
    drop(eyes);
    peer
}

/// One leaves, and cannot read what the others get from then on; they miss nothing.
async fn goes(scene: &Scene, room: &Room, stay: &[Peer], leaver: Peer) {
    let user = &scene.account.user_id;
    let before = key_index(&stay[0].observe().await.unwrap(), user);
    let eyes = eyes(scene, room, stay.iter());
    let ((), film) = watching(&eyes, async {
        leaver.leave().await.unwrap();
        let next = key_above(&stay[0], user, before).await;
        // The key of the arrival before may not have been in use yet.
        assert!(next <= before.map(|index| index + 2), "{before:?} {next:?}");
        more_frames(&eyes, THREE_SECONDS, LONG).await;
    })
    .await;
    film.never_stood_longer_than(GAP);
    for peer in stay {
        peer_recognises_room(peer, scene).await;
    }
}

/// Everybody on the room, and the room on everybody.
fn eyes<'a>(
    scene: &Scene,
    room: &'a Room,
    peers: impl Iterator<Item = &'a Peer> + Clone,
) -> Vec<Eye<'a>> {
    let user = &scene.account.user_id;
    let people = scene.people.iter().take(peers.clone().count());
    let of_room = people.map(|person| Eye::Room(room, person.user_id.clone()));
    peers
        .map(|peer| Eye::Peer(peer, user.clone()))
        .chain(of_room)
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
        seen.as_ref().is_ok_and(|seen| {
            let picture = track(seen, user, Source::Camera);
            sounds(seen, user, hz) && picture.is_some_and(|t| t.figures.frames > 0)
        })
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
