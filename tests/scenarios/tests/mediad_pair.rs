//! Two `mediad`s in one room of a real LiveKit, each told what to do by the test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml's exception does not cover"
)]

mod mediad;

use mediad::Mediad;
use room_messages::{Decryption, DeviceState, EndReason, Order, SfuState};
use salle_stack::{Options, Stack};

const ROOM: &str = "pair";

async fn pair() -> (Stack, Mediad, Mediad) {
    let stack = Stack::start(Options::default()).await.unwrap();
    stack.site(0).sfu().create_room(ROOM).await.unwrap();
    let a = Mediad::start(ROOM, "a").await;
    let b = Mediad::start(ROOM, "b").await;
    (stack, a, b)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_rooms_see_and_hear_each_other_through_keys_mute_and_a_restarted_sfu() {
    let (stack, mut a, mut b) = pair().await;
    let site = stack.site(0);
    a.join(site, Some(1), "b", 2).await;
    b.join(site, Some(2), "a", 1).await;
    for one in [&mut a, &mut b] {
        one.until_all(site, Decryption::Decrypting).await;
        one.until_plays(site).await;
    }
    for participant in site.sfu().participants(ROOM).await.unwrap() {
        assert_eq!(participant.tracks.len(), 2);
        assert!(
            participant
                .tracks
                .iter()
                .all(|track| track.encryption == "GCM")
        );
    }

    b.trust("a", 9).await;
    b.until_all(site, Decryption::WrongKey { index: 0 }).await;
    b.trust("a", 1).await;
    b.until_all(site, Decryption::Decrypting).await;

    a.order(Order::SetCamera { on: false }).await;
    a.order(Order::SetMicrophone { muted: true }).await;
    a.until_devices(site, DeviceState::Off).await;
    b.until_muted(site).await;
    a.order(Order::SetCamera { on: true }).await;
    a.order(Order::SetMicrophone { muted: false }).await;
    a.until_devices(site, DeviceState::Live).await;
    b.until_plays(site).await;

    site.kill_sfu().await.unwrap();
    a.until_state(site, SfuState::Reconnecting).await;
    b.until_state(site, SfuState::Reconnecting).await;
    site.start_sfu().await.unwrap();
    // Both ask for tokens now: neither may wait for the other's media before both have theirs.
    for one in [&mut a, &mut b] {
        one.until_state(site, SfuState::Connected).await;
    }
    for one in [&mut a, &mut b] {
        one.until_plays(site).await;
    }

    a.order(Order::EndCall).await;
    let reason = EndReason::Asked;
    a.until_state(site, SfuState::Ended { reason }).await;
    a.until_devices(site, DeviceState::Off).await;
    assert_eq!(a.hang_up().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn media_that_is_not_encrypted_is_refused_in_an_encrypted_call() {
    let (stack, mut a, mut b) = pair().await;
    let site = stack.site(0);
    a.join(site, None, "b", 2).await;
    b.join(site, Some(2), "a", 1).await;
    b.until_all(site, Decryption::Refused).await;
}
