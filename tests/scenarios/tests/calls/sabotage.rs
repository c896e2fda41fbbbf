//! Peers that break the encryption are neither seen nor heard, and named; others go on.

use room_messages::Source;
use room_messages::api::{Encryption, SecurityLevel, Status};
use salle_peers::Sabotage;
use salle_scenarios::{Room, Scene, SceneOptions};

use crate::meet::{SOON, peer_in_call, room_gets_person, room_in_call};

async fn refuses(sabotage: Sabotage, named: Encryption) {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = room_in_call(&scene).await;
    let honest = peer_in_call(scene.peer_options(0, 1000)).await;
    let mut with = scene.peer_options(1, 1500);
    with.sabotage = sabotage;
    let saboteur = peer_in_call(with).await;
    let user = scene.people[1].user_id.clone();

    let seen = |status: &Status| {
        let people = &status.call.participants;
        people
            .iter()
            .any(|p| p.user == user && p.encryption.state == named)
    };
    let status = room
        .wait_until("the saboteur named", seen, SOON)
        .await
        .unwrap();
    assert_eq!(status.call.security.level, SecurityLevel::Degraded);
    let reasons = &status.call.security.reasons;
    assert!(
        reasons.iter().any(|reason| reason
            .participant
            .as_deref()
            .is_some_and(|who| who.contains(&user))),
        "{reasons:?}"
    );
    room_gets_person(&room, &scene.people[0].user_id, 1000).await;
    gets_nothing_of(&room, &user).await;
    drop((honest, saboteur));
}

async fn gets_nothing_of(room: &Room, user: &str) {
    let statistics = room.statistics().await.unwrap();
    for track in statistics
        .tracks
        .iter()
        .filter(|track| track.user.as_deref() == Some(user))
    {
        assert_eq!(track.figures.frames, 0, "{track:?}");
        assert!(track.source != Some(Source::Microphone) || track.figures.tone_hz.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_with_a_wrong_key_is_named_and_the_others_go_on() {
    refuses(Sabotage::WrongKey, Encryption::WrongKey).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_sends_no_key_is_named_and_the_others_go_on() {
    refuses(Sabotage::NoKey, Encryption::MissingKey).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unencrypted_media_in_an_encrypted_room_is_not_played() {
    refuses(Sabotage::Unencrypted, Encryption::Unencrypted).await;
}
