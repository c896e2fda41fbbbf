//! Peers that break the encryption are neither seen nor heard, and named; others go on.

use std::time::Duration;

use room_messages::Source;
use room_messages::api::{
    Encryption, EncryptionState, Participant, SecurityLevel, Status, TrackState,
};
use salle_peers::Sabotage;
use salle_scenarios::{Recording, Room, Scene, SceneOptions};

use crate::meet::{
    SOON, bars_in, figures_until, peer_in_call, room_gets_person_in_a_crowd,
    room_is_encrypted_with, room_options, stage_shows_bars, unix_ms,
};
use crate::steady::{Eye, watching};

const HONEST_HZ: u32 = 1000;
/// How long nothing of a saboteur may get through.
const WATCH: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// At least.
const LOOKS: usize = 5;
/// What leaks from other tones and from the codec is quieter, and a voice far louder.
const SILENT_DBFS: f64 = -45.0;

struct Saboteur {
    name: &'static str,
    sabotage: Sabotage,
    named: Encryption,
    hz: u32,
}

const SABOTEURS: [Saboteur; 3] = [
    Saboteur {
        name: "bob",
        sabotage: Sabotage::WrongKey,
        named: Encryption::WrongKey,
        hz: 1700,
    },
    Saboteur {
        name: "carol",
        sabotage: Sabotage::NoKey,
        named: Encryption::MissingKey,
        hz: 2300,
    },
    Saboteur {
        name: "dave",
        sabotage: Sabotage::Unencrypted,
        named: Encryption::Unencrypted,
        hz: 2700,
    },
];

#[tokio::test(flavor = "multi_thread")]
async fn peers_with_a_wrong_key_no_key_or_plain_media_are_named_and_the_others_go_on() {
    let people = ["alice"].into_iter().chain(SABOTEURS.map(|s| s.name));
    let scene = Scene::start(SceneOptions {
        people: people.collect(),
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
    let alice = scene.people[0].user_id.clone();
    let _honest = peer_in_call(scene.peer_options(0, HONEST_HZ)).await;
    stage_shows_bars(&room, 1).await;
    for (number, saboteur) in SABOTEURS.iter().enumerate() {
        println!("{:?}", saboteur.sabotage);
        let mut with = scene.peer_options(number + 1, saboteur.hz);
        with.sabotage = saboteur.sabotage;
        let began = unix_ms();
        let peer = peer_in_call(with).await;
        let user = scene.people[number + 1].user_id.clone();
        let named = is_named(&room, &user, saboteur.named).await;
        assert!((began..=unix_ms()).contains(&named.since_ms), "{named:?}");
        let ((), film) = watching(&[Eye::Room(&room, alice.clone())], async {
            gets_nothing_of(&room, &user, &named).await;
        })
        .await;
        film.never_stood_longer_than(Duration::from_secs(2));
        room_gets_person_in_a_crowd(&room, &alice, HONEST_HZ).await;
        never_played(&speaker, saboteur.hz);
        peer.leave().await.unwrap();
        room_is_encrypted_with(&room, 1).await;
    }
    let played = Recording::read(&speaker).unwrap();
    assert!(played.with_all(&[HONEST_HZ]) > 50, "alice was heard");
}

/// Waits until the status names the saboteur, whose camera and microphone are there, and says
/// since when. One of the two is enough to be named for, and the other may come later.
async fn is_named(room: &Room, user: &str, named: Encryption) -> EncryptionState {
    let seen = |status: &Status| {
        person(status, user).is_some_and(|person| {
            person.encryption.state == named
                && person.camera == TrackState::On
                && person.microphone == TrackState::On
        })
    };
    let status = room
        .wait_until("the saboteur named", seen, SOON)
        .await
        .unwrap();
    person(&status, user).unwrap().encryption.clone()
}

fn person<'a>(status: &'a Status, user: &str) -> Option<&'a Participant> {
    let mut people = status.call.participants.iter();
    people.find(|person| person.user == user)
}

/// Nothing is seen or heard of somebody who does send, and the status says so all the time.
async fn gets_nothing_of(room: &Room, user: &str, named: &EncryptionState) {
    let end = tokio::time::Instant::now() + WATCH;
    let of_user = |track: &&room_messages::api::NamedTrack| track.user.as_deref() == Some(user);
    let mut looks = 0;
    while looks < LOOKS || tokio::time::Instant::now() < end {
        let status = room.status().await.unwrap();
        is_told(&status, user, named);
        tokio::time::sleep(LOOK_EVERY).await;
        // A busy `mediad` may be too late with an answer.
        let (Ok(statistics), Ok(stage)) = (room.statistics().await, room.stage().await) else {
            assert!(tokio::time::Instant::now() < end + SOON, "no figures");
            continue;
        };
        looks += 1;
        for track in statistics.tracks.iter().filter(of_user) {
            assert_eq!(track.figures.frames, 0, "{track:?}");
            assert!(track.source != Some(Source::Microphone) || track.figures.tone_hz.is_none());
        }
        assert!(bars_in(&stage) <= 1, "only alice's");
    }
    // Not by chance: there is media that is refused.
    if named.state != Encryption::Unencrypted {
        figures_until(room, "media that is refused", SOON, |seen| {
            seen.as_ref().is_ok_and(|seen| {
                let mut of_user = seen.tracks.iter().filter(of_user);
                of_user.any(|track| track.figures.decrypt_failures > 0)
            })
        })
        .await;
    }
    stage_shows_bars(room, 1).await;
}

fn is_told(status: &Status, user: &str, named: &EncryptionState) {
    let person = person(status, user).unwrap();
    assert_eq!(&person.encryption, named);
    assert_eq!(person.camera, TrackState::On);
    assert_eq!(person.microphone, TrackState::On);
    let security = &status.call.security;
    assert_eq!(security.level, SecurityLevel::Degraded);
    let names = |who: &Option<String>| who.as_deref().is_some_and(|who| who.contains(user));
    let mut reasons = security.reasons.iter();
    let reason = reasons.find(|reason| names(&reason.participant));
    let reason = reason.unwrap_or_else(|| panic!("not named: {security:?}"));
    assert_eq!(reason.since_ms, named.since_ms, "{security:?}");
}

fn never_played(speaker: &std::path::Path, hz: u32) {
    let loudest = Recording::read(speaker).unwrap().loudest(hz);
    assert!(
        loudest < SILENT_DBFS,
        "{hz} Hz was played with {loudest} dB"
    );
}
