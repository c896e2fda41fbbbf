//! Ringing, declining, hands and reactions: Element Call's own buttons, and the room's.

use std::time::Duration;

use reqwest::Method;
use room_messages::api::{Participant, Phase, Reaction, Status};
use salle_peers::{Observation, Peer};
use salle_scenarios::{Room, Scene, SceneOptions};
use salle_stack::Account;
use serde_json::json;

use crate::meet::{SOON, guest, peer_in_call, room_in_call, room_options, unix_ms};

fn only(status: &Status) -> Option<&Participant> {
    status.call.participants.first()
}

#[tokio::test(flavor = "multi_thread")]
async fn hands_and_reactions_are_seen_on_both_sides() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let user = scene.account.user_id.clone();
    // The hand is up before the room is there to be told of it.
    let peer = peer_in_call(scene.peer_options(0, 1000)).await;
    peer.set_hand(true).await.unwrap();
    let room = room_in_call(&scene).await;
    both_show_hand(&peer, &room, true).await;
    both_show_hand(&peer, &room, false).await;
    both_show_hand(&peer, &room, true).await;
    both_show_hand(&peer, &room, false).await;

    room_shows_thumb(&peer, &room).await;
    let over = |status: &Status| only(status).is_some_and(|p| p.reaction.is_none());
    room.wait_until("its end", over, SOON).await.unwrap();

    let hand = |seen: &Observation| seen.remote(&user).is_some_and(|room| room.hand_raised);
    room.raise_hand(true).await.unwrap();
    peer.wait_until("the room's hand", hand, SOON)
        .await
        .unwrap();
    room.raise_hand(false).await.unwrap();
    peer.wait_until("no hand of the room", |seen| !hand(seen), SOON)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_element_call_starts_rings_until_the_room_joins() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = Room::start(room_options(&scene).await).await.unwrap();
    let mut caller = scene.peer_options(0, 1000);
    caller.rings = true;
    let _peer = peer_in_call(caller).await;
    let rings = |status: &Status| !status.ringing.is_empty();
    let status = room.wait_until("ringing", rings, SOON).await.unwrap();
    assert_eq!(status.ringing[0].room_id, scene.room_id);
    assert_eq!(status.call.phase, Phase::Idle, "nobody joins by itself");

    let status = room.join(&scene.room_id).await.unwrap();
    assert!(status.ringing.is_empty(), "{:?}", status.ringing);
}

#[tokio::test(flavor = "multi_thread")]
async fn ringing_ends_when_the_caller_gives_up_and_when_the_own_account_declines_elsewhere() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = Room::start(room_options(&scene).await).await.unwrap();
    let mut caller = scene.peer_options(0, 1000);
    caller.rings = true;
    let peer = peer_in_call(caller).await;
    let rings = |status: &Status| !status.ringing.is_empty();
    room.wait_until("ringing", rings, SOON).await.unwrap();
    peer.leave().await.unwrap();
    room.wait_until("silence", |status| !rings(status), SOON)
        .await
        .unwrap();

    let notification = ring(&scene, &scene.people[1]).await;
    room.wait_until("bob's ringing", rings, SOON).await.unwrap();
    let phone = scene.account.new_device().await.unwrap();
    let decline = json!({
        "m.relates_to": {"rel_type": "m.reference", "event_id": notification},
    });
    let kind = "org.matrix.msc4310.rtc.decline";
    let sent = phone.send_event(&scene.room_id, kind, &decline).await;
    sent.unwrap();
    let status = room.wait_until("silence after the decline", |status| !rings(status), SOON);
    assert_eq!(status.await.unwrap().call.phase, Phase::Idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_declined_at_the_room_is_silent_and_the_caller_knows() {
    let scene = Scene::start(SceneOptions {
        encrypted: false,
        ..SceneOptions::default()
    })
    .await
    .unwrap();
    let room = Room::start(room_options(&scene).await).await.unwrap();
    let caller = &scene.people[1];
    let notification = ring(&scene, caller).await;
    let rings = |status: &Status| !status.ringing.is_empty();
    room.wait_until("ringing", rings, SOON).await.unwrap();
    let status = room.decline(&scene.room_id).await.unwrap();
    assert!(!rings(&status));
    // Once more is no error, and nobody hears of it.
    room.decline(&scene.room_id).await.unwrap();
    let end = tokio::time::Instant::now() + SOON;
    while declines(caller, &scene.room_id).await != [notification.as_str()] {
        assert!(tokio::time::Instant::now() < end, "not declined");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// The notifications that somebody declined, the last first.
async fn declines(who: &Account, room: &str) -> Vec<String> {
    let messages = Account::room_path(room, &["messages"]);
    let path = format!("{messages}?dir=b&limit=30");
    let answer = who.request(Method::GET, &path, None).await.unwrap();
    let events = answer["chunk"].as_array().unwrap().iter();
    events
        .filter(|event| event["type"] == "org.matrix.msc4310.rtc.decline")
        .map(|event| {
            event["content"]["m.relates_to"]["event_id"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_of_the_room_is_shown_to_others_for_three_seconds() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = room_in_call(&scene).await;
    let other = guest(&scene, 0, 1000).await;
    let party = |status: &Status| only(status).is_some_and(|p| p.reaction.as_deref() == Some("🎉"));
    let end = tokio::time::Instant::now() + SOON;
    // A reaction to a membership that has just changed is lost.
    loop {
        room.react(Reaction::Party).await.unwrap();
        match other.wait_until("a party", party, SOON / 6).await {
            Ok(_) => break,
            Err(error) => assert!(tokio::time::Instant::now() < end, "{error}"),
        }
    }
    let over = |status: &Status| only(status).is_some_and(|p| p.reaction.is_none());
    other.wait_until("its end", over, SOON).await.unwrap();
    room.leave(SOON).await.unwrap();
    assert!(room.react(Reaction::Party).await.is_err(), "outside a call");
}

/// Sets the peer's hand until the peer and the room say so. Element Call lowers it by itself
/// whenever its membership changes, as it does soon after a join.
async fn both_show_hand(peer: &Peer, room: &Room, up: bool) {
    let end = tokio::time::Instant::now() + SOON;
    let shows = |status: &Status| only(status).is_some_and(|person| person.hand_raised == up);
    loop {
        peer.set_hand(up).await.unwrap();
        match room.wait_until("the peer's hand", shows, SOON / 4).await {
            Ok(_) => return,
            Err(error) if tokio::time::Instant::now() > end => panic!("hand {up}: {error}"),
            Err(_) => {}
        }
    }
}

/// Reacts until the room shows it: a reaction to a membership that has just changed is lost.
async fn room_shows_thumb(peer: &Peer, room: &Room) {
    let end = tokio::time::Instant::now() + SOON;
    let thumb = |status: &Status| only(status).is_some_and(|p| p.reaction.as_deref() == Some("👍"));
    loop {
        peer.react().await.unwrap();
        match room.wait_until("a thumb up", thumb, SOON / 6).await {
            Ok(_) => return,
            Err(error) => assert!(tokio::time::Instant::now() < end, "{error}"),
        }
    }
}

/// Somebody without Element Call joins the call by hand and rings the room; the event to decline.
async fn ring(scene: &Scene, caller: &Account) -> String {
    let (user, device) = (&caller.user_id, &caller.device_id);
    let membership = json!({
        "application": "m.call", "call_id": "", "scope": "m.room", "device_id": device,
        "expires": 14_400_000,
        "focus_active": {"type": "livekit", "focus_selection": "multi_sfu"},
        "foci_preferred": [
            {"type": "livekit", "livekit_service_url": scene.site().service_url()},
        ],
    });
    let (kind, key) = (
        "org.matrix.msc3401.call.member",
        format!("_{user}_{device}_m.call"),
    );
    let joined = caller.send_state(&scene.room_id, kind, &key, &membership);
    let joined = joined.await.unwrap();
    let notification = json!({
        "notification_type": "ring", "lifetime": 90_000,
        "sender_ts": unix_ms(),
        "m.mentions": {"user_ids": [scene.account.user_id], "room": false},
        "m.relates_to": {"rel_type": "m.reference", "event_id": joined},
    });
    let kind = "org.matrix.msc4075.rtc.notification";
    let sent = caller.send_event(&scene.room_id, kind, &notification);
    sent.await.unwrap()
}
