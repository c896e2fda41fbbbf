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
use room_messages::{
    Decryption, DeviceState, EndReason, Order, SfuState, TrackStatistics, VideoFormat,
};
use salle_stack::{Options, Site, Stack};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_visit_ordered_into_an_encrypted_call_changes_nothing() {
    let (stack, mut a, mut b) = pair().await;
    let site = stack.site(0);
    a.join(site, Some(1), "b", 2).await;
    b.join(site, Some(2), "a", 1).await;
    b.until_all(site, Decryption::Decrypting).await;
    let before = site.sfu().participants(ROOM).await.unwrap();
    let token = site.mint_token(ROOM, "a", &salle_stack::Grants::default());
    a.order(Order::Visit {
        url: site.sfu_url().to_owned(),
        token: room_messages::Token::new(token),
    })
    .await;
    // By then the order has been taken.
    a.order(Order::SetCamera { on: false }).await;
    a.order(Order::SetMicrophone { muted: true }).await;
    b.until_muted(site).await;
    let after = site.sfu().participants(ROOM).await.unwrap();
    let sessions = |seen: &[salle_stack::Participant]| -> Vec<String> {
        let mut sids: Vec<_> = seen.iter().map(|one| one.sid.clone()).collect();
        sids.sort();
        sids
    };
    assert_eq!(sessions(&before), sessions(&after));
    let mut tracks = after.iter().flat_map(|one| &one.tracks);
    assert!(tracks.all(|track| track.encryption == "GCM"), "{after:#?}");
}

/// Frames of each layer of the own camera, smallest first, since the track began.
fn frames(seen: &[TrackStatistics]) -> [u64; 3] {
    ["q", "h", "f"].map(|rid| {
        let mut own = seen.iter().filter(|track| track.identity.is_none());
        let layer = own.find(|track| track.rid.as_deref() == Some(rid));
        layer.map_or(0, |track| track.frames)
    })
}

/// Waits until the smallest layer has gone on by twenty frames while no other had one.
async fn until_only_the_smallest_moves(sender: &mut Mediad, site: &Site) {
    let mut from = [0; 3];
    let still = |seen: &[TrackStatistics]| {
        let now = frames(seen);
        if now[1..] != from[1..] {
            from = now;
        }
        now[0] >= from[0] + 20
    };
    let what = "the larger layers standing still";
    sender.until_figures(site, what, still).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_layers_are_published_and_only_those_somebody_watches_are_sent() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let site = stack.site(0);
    site.sfu().create_room(ROOM).await.unwrap();
    let video = VideoFormat {
        frames_per_second: 20,
        ..VideoFormat::default()
    };
    let mut sender = Mediad::start_with(ROOM, "a", video).await;
    let mut viewer = Mediad::start(ROOM, "b").await;
    sender.join(site, Some(1), "b", 2).await;
    viewer.join(site, Some(2), "a", 1).await;
    viewer.order(Order::SetCamera { on: false }).await;

    // One tile takes the whole screen of 1080 lines.
    let sees = |height: u32| {
        move |seen: &[TrackStatistics]| {
            let mut others = seen.iter().filter(|track| track.identity.is_some());
            others.any(|track| track.height == height && track.frames_per_second >= 5.0)
        }
    };
    viewer
        .until_figures(site, "the largest layer", sees(720))
        .await;
    let listed = site.sfu().participants(ROOM).await.unwrap();
    let mut tracks = listed.iter().flat_map(|one| &one.tracks);
    let camera = tracks.find(|track| track.width == 1280).unwrap();
    assert!(camera.simulcast && camera.mime_type.eq_ignore_ascii_case("video/vp8"));
    assert_eq!(camera.layers, [(320, 180), (640, 360), (1280, 720)]);

    // Thirty-six tiles are of 180 lines each.
    viewer.show_with("a", 35).await;
    viewer
        .until_figures(site, "the smallest layer", sees(180))
        .await;
    until_only_the_smallest_moves(&mut sender, site).await;

    viewer.show_with("a", 0).await;
    viewer
        .until_figures(site, "the largest layer again", sees(720))
        .await;
}
