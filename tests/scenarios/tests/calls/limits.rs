//! Synapse with the limits it has when nobody set any: far too low for calls, and nothing is
//! lost all the same.

use std::time::Duration;

use room_messages::api::{Homeserver, Phase, Status};
use salle_scenarios::{Room, RoomOptions, Scene, SceneOptions};
use salle_stack::{Account, Options, RateLimits, RoomOptions as MatrixRoom};
use serde_json::json;

use crate::meet::{SOON, room_is_encrypted_with};

/// More than any burst of Synapse's own limits.
const MANY: usize = 40;

/// Uses up what the homeserver lets this account send at once.
async fn exhaust(account: &Account, room: &str) {
    let content = json!({"msgtype": "m.text", "body": "."});
    for _ in 0..MANY {
        let sent = account.send_event(room, "m.room.message", &content).await;
        if sent.is_err() {
            return;
        }
    }
    panic!("{MANY} messages and no limit");
}

/// Whether the homeserver refused a request with one of these in its path for coming too early.
fn refused(scene: &Scene, paths: &[&str]) -> bool {
    let log = std::fs::read_to_string(scene.site().directory().join("synapse.log")).unwrap();
    log.lines()
        .filter(|line| line.contains(" 429 \"P"))
        .any(|line| paths.iter().any(|path| line.contains(path)))
}

async fn online(options: RoomOptions) -> Room {
    let room = Room::start(options).await.unwrap();
    let online = |status: &Status| status.room.homeserver == Homeserver::Online;
    room.wait_until("online", online, SOON).await.unwrap();
    room
}

async fn hand_is_seen(room: &Room, raised: bool) {
    let seen = |status: &Status| {
        let other = status.call.participants.first();
        other.is_some_and(|other| other.hand_raised == raised)
    };
    let what = format!("the other's hand: {raised}");
    room.wait_until(&what, seen, SOON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn with_synapses_own_limits_joining_rotating_and_waving_are_right_in_the_end() {
    let scene = Scene::start(SceneOptions {
        stack: Options {
            rate_limits: RateLimits::Default,
            ..Options::default()
        },
        people: vec!["alice", "berlin"],
        ..SceneOptions::default()
    })
    .await
    .unwrap();
    let (alice, berlin) = (&scene.people[0], &scene.people[1]);
    let mut options = scene.room_options();
    // So that the join itself has to enter the Matrix room.
    options.set("matrix", "accept_invitations_from", Vec::<String>::new());
    let first = online(options).await;
    let second = online(RoomOptions::new(berlin)).await;
    tokio::join!(
        exhaust(&scene.account, &scene.room_id),
        exhaust(berlin, &scene.room_id)
    );
    let wanted = MatrixRoom {
        alias: Some("lobby".into()),
        invite: vec![scene.account.user_id.clone(), berlin.user_id.clone()],
        ..MatrixRoom::default()
    };
    let room_id = alice.create_room(wanted).await.unwrap();

    // One enters by its join; the other accepts the invitation, which must not be lost.
    let alias = format!("#lobby:{}", scene.site().server_name());
    let accepted = async {
        let here = |member: &salle_stack::Member| {
            member.user_id == berlin.user_id && member.membership == "join"
        };
        while !alice.members(&room_id).await.unwrap().iter().any(here) {
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        second.join(&room_id).await
    };
    let accepted = tokio::time::timeout(SOON, accepted);
    let (one, other) = tokio::join!(first.join(&alias), accepted);
    assert_eq!(one.unwrap().call.phase, Phase::InCall);
    let other = other.expect("the invitation is lost").unwrap();
    assert_eq!(other.call.phase, Phase::InCall);
    let paths = ["/join/", "org.matrix.msc3401.call.member"];
    assert!(refused(&scene, &paths), "the join met no limit");
    room_is_encrypted_with(&first, 1).await;
    room_is_encrypted_with(&second, 1).await;

    // A key is changed for whoever left, and the new one reaches who comes again.
    second.leave(SOON).await.unwrap();
    let alone = |status: &Status| status.call.participants.is_empty();
    first.wait_until("alone", alone, SOON).await.unwrap();
    second.join(&room_id).await.unwrap();
    room_is_encrypted_with(&first, 1).await;
    room_is_encrypted_with(&second, 1).await;

    let waves = ["/send/m.reaction/", "/redact/"];
    for turn in 0..MANY {
        let raised = turn % 2 == 0;
        first.raise_hand(raised).await.unwrap();
        if refused(&scene, &waves) {
            break;
        }
        hand_is_seen(&second, raised).await;
    }
    assert!(refused(&scene, &waves), "waving met no limit");
    for raised in [true, false, true] {
        first.raise_hand(raised).await.unwrap();
    }
    hand_is_seen(&second, true).await;
    assert!(first.status().await.unwrap().call.hand_raised);
    first.raise_hand(false).await.unwrap();
    hand_is_seen(&second, false).await;
    assert!(!first.status().await.unwrap().call.hand_raised);
}
