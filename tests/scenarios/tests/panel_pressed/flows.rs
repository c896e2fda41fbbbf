//! From press to effect: joining, the bar of a call, reactions, meeting now, adding, ringing.

use room_messages::api::{Phase, Status};
use salle_hand::Hand;
use salle_peers::{ElementCall, Observation, Remote};
use salle_scenarios::{Scene, SceneOptions};

use super::{SOON, in_call, other_room, ready};

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_is_joined_muted_and_left_by_the_panel_alone_and_element_call_sees_it() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let user = scene.account.user_id.clone();
    let room = ready(&scene.account).await;
    let hand = Hand::before(&room.runtime_directory()).unwrap();
    let peer = ElementCall::join(scene.peer_options(0, 1000))
        .await
        .unwrap();
    let sees = async |what: &str, is: fn(&Remote) -> bool| {
        let there = |seen: &Observation| seen.remote(&user).is_some_and(is);
        peer.wait_until(what, there, SOON).await.unwrap();
    };

    hand.taps("Contacts", SOON).await.unwrap();
    hand.taps("Meeting", SOON).await.unwrap();
    room.wait_until("the call", in_call, SOON).await.unwrap();
    sees("the room's picture, decrypted", |room| {
        room.decrypting && room.video.as_ref().is_some_and(|video| video.frames > 10)
    })
    .await;
    hand.taps("Microphone: On", SOON).await.unwrap();
    sees("a muted room", |room| !room.microphone).await;
    hand.taps("Microphone: Muted", SOON).await.unwrap();
    sees("an open microphone", |room| room.microphone).await;
    hand.taps("Camera: On", SOON).await.unwrap();
    sees("no camera", |room| !room.camera).await;
    hand.taps("Camera: Off", SOON).await.unwrap();
    sees("the camera again", |room| room.camera).await;
    hand.taps("Raise hand", SOON).await.unwrap();
    sees("a hand", |room| room.hand_raised).await;
    hand.taps("Lower hand", SOON).await.unwrap();
    sees("no hand", |room| !room.hand_raised).await;

    let before = room.status().await.unwrap().speaker.volume;
    hand.taps("Quieter", SOON).await.unwrap();
    let quieter = |status: &Status| status.speaker.volume < before;
    room.wait_until("a lower volume", quieter, SOON)
        .await
        .unwrap();
    hand.taps("Hang up", SOON).await.unwrap();
    let idle = |status: &Status| status.call.phase == Phase::Idle;
    room.wait_until("the end", idle, SOON).await.unwrap();
    let gone = |seen: &Observation| seen.remote(&user).is_none();
    peer.wait_until("nobody", gone, SOON).await.unwrap();
    hand.taps("Close", SOON).await.unwrap();
    hand.sees("Meet now", SOON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_begins_at_the_panel_and_another_room_is_searched_and_called_into_it() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = ready(&scene.account).await;
    // Who shares a Matrix room is in the homeserver's directory.
    let (other, user) = other_room(&scene, "berlioz").await;
    scene.people[0].invite(&scene.room_id, &user).await.unwrap();
    let hand = Hand::before(&room.runtime_directory()).unwrap();

    hand.taps("Meet now", SOON).await.unwrap();
    let status = room.wait_until("the call", in_call, SOON).await.unwrap();
    let made = status.call.room_id.unwrap();
    hand.taps("Add", SOON).await.unwrap();
    hand.taps("Search", SOON).await.unwrap();
    hand.types("berl", SOON).await.unwrap();
    hand.taps("berlioz", SOON).await.unwrap();
    let rings = |status: &Status| !status.ringing.is_empty();
    let status = other.wait_until("its bell", rings, SOON).await.unwrap();
    assert_eq!(status.ringing[0].room_id, made);
    hand.taps("Back", SOON).await.unwrap();
    hand.sees("berlioz, Calling…", SOON).await.unwrap();
    other.join(&made).await.unwrap();
    let together = |status: &Status| !status.call.participants.is_empty();
    room.wait_until("the other", together, SOON).await.unwrap();
    hand.taps("Hang up", SOON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_rings_is_declined_and_the_next_one_taken_at_the_panel() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = ready(&scene.account).await;
    let (other, _) = other_room(&scene, "ravel").await;
    let hand = Hand::before(&room.runtime_directory()).unwrap();

    other.join(&scene.account.user_id).await.unwrap();
    hand.taps("Decline", SOON).await.unwrap();
    let told = |status: &Status| status.call.notices.iter().any(|n| n.code == "PEOPLE-02");
    other.wait_until("the no", told, SOON).await.unwrap();
    other.leave(SOON).await.unwrap();
    other.join(&scene.account.user_id).await.unwrap();
    hand.taps("Accept", SOON).await.unwrap();
    room.wait_until("the call", in_call, SOON).await.unwrap();
    let together = |status: &Status| !status.call.participants.is_empty();
    other.wait_until("us", together, SOON).await.unwrap();
}
