//! Ringing, hands and reactions: Element Call's own buttons, and the room's.

use room_messages::api::{Participant, Phase, Status};
use salle_peers::Observation;
use salle_scenarios::{Room, Scene, SceneOptions};

use crate::meet::{SOON, peer_in_call, room_in_call, room_options};

fn only(status: &Status) -> Option<&Participant> {
    status.call.participants.first()
}

#[tokio::test(flavor = "multi_thread")]
async fn hands_and_reactions_are_seen_on_both_sides() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let user = scene.account.user_id.clone();
    let room = room_in_call(&scene).await;
    let peer = peer_in_call(scene.peer_options(0, 1000)).await;
    let there = |status: &Status| only(status).is_some();
    room.wait_until("the peer", there, SOON).await.unwrap();

    peer.raise_hand().await.unwrap();
    let up = |status: &Status| only(status).is_some_and(|person| person.hand_raised);
    room.wait_until("the peer's hand", up, SOON).await.unwrap();
    peer.raise_hand().await.unwrap();
    let down = |status: &Status| only(status).is_some_and(|person| !person.hand_raised);
    room.wait_until("no hand", down, SOON).await.unwrap();

    peer.react().await.unwrap();
    let thumb = |status: &Status| only(status).is_some_and(|p| p.reaction.as_deref() == Some("👍"));
    room.wait_until("a thumb up", thumb, SOON).await.unwrap();
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
async fn ringing_ends_when_the_caller_gives_up() {
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
}
