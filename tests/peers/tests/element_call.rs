//! Two Element Calls against each other on the real stack: what the peers report of each
//! other is what they really published. Everything else is tested against these peers.

#![allow(
    clippy::unwrap_used,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::time::Duration;

use salle_peers::{
    CameraPicture, ElementCall, Mode, Observation, OutboundVideo, PageLink, Pages, Pattern, Peer,
    PeerOptions, Remote, Sabotage, Tone,
};
use salle_stack::{Account, Options, RoomOptions, Stack};

const SOON: Duration = Duration::from_secs(60);
/// The leave of who goes at once is sometimes lost on a full machine; the delayed one, which the
/// homeserver sends in its place, then counts.
const GONE: Duration = Duration::from_secs(240);

struct Call {
    stack: Stack,
    alice: Account,
    bob: Account,
    room: String,
}

impl Call {
    async fn prepare() -> Self {
        let stack = Stack::start(Options::default()).await.unwrap();
        let alice = stack.site(0).register("alice", "secret").await.unwrap();
        let bob = stack.site(0).register("bob", "secret").await.unwrap();
        let room = alice
            .create_room(RoomOptions {
                invite: vec![bob.user_id.clone()],
                ..RoomOptions::default()
            })
            .await
            .unwrap();
        bob.join(&room).await.unwrap();
        Self {
            stack,
            alice,
            bob,
            room,
        }
    }

    fn options(&self, account: &Account, hz: u32) -> PeerOptions {
        let homeserver = self.stack.site(0).homeserver_url();
        let mut options =
            PeerOptions::new(homeserver, &account.user_id, &account.password, &self.room);
        options.microphone = Some(Tone { hz });
        options
    }
}

fn perceives(seen: &Observation, who: &str, hz: u32) -> bool {
    seen.remote(who).is_some_and(|remote| {
        remote.shows_bars()
            && remote.sounds(hz)
            && remote.decrypting
            && remote.announced_encrypted == Some(true)
            && remote
                .video
                .as_ref()
                .is_some_and(|video| video.frames_per_second > 15.0)
    })
}

async fn sees_and_hears(peer: &Peer, who: &Account, hz: u32) -> Observation {
    let what = format!("picture and {hz} Hz");
    let seen = peer
        .wait_until(&what, |seen| perceives(seen, &who.user_id, hz), SOON)
        .await;
    keep_picture(peer, &format!("hearing-{hz}")).await;
    seen.unwrap()
}

/// For the eyes of whoever looks into a failure.
async fn keep_picture(peer: &Peer, name: &str) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    if let Ok(png) = peer.screenshot().await {
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }
    if let Ok(trace) = peer.trace().await {
        std::fs::write(folder.join(format!("{name}.json")), trace.to_string()).unwrap();
    }
}

async fn two_see_each_other(mode: Mode) {
    let call = Call::prepare().await;
    let with = |account, hz| PeerOptions {
        mode,
        ..call.options(account, hz)
    };
    let (alice, bob) = tokio::join!(
        ElementCall::open(with(&call.alice, 600)),
        ElementCall::open(with(&call.bob, 1000)),
    );
    let (alice, bob) = (alice.unwrap(), bob.unwrap());
    alice.join(SOON).await.unwrap();
    bob.join(SOON).await.unwrap();
    sees_and_hears(&alice, &call.bob, 1000).await;
    let seen = sees_and_hears(&bob, &call.alice, 600).await;
    assert_eq!(seen.members.len(), 2);
    assert!(
        seen.outbound
            .iter()
            .any(|layer| layer.active && layer.frames > 0)
    );
    let steps = seen.timeline;
    assert!(steps.pressed_ms < steps.in_call_ms && steps.pressed_ms < steps.first_picture_ms);
    assert!(steps.first_sound_ms.is_some());
    assert!(bob.usage().processes > 3);

    bob.leave().await.unwrap();
    let gone = |seen: &Observation| seen.members.len() == 1;
    alice.wait_until("bob's leave", gone, GONE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_element_calls_see_and_hear_each_other_in_compatibility_mode() {
    two_see_each_other(Mode::Compatibility).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_element_calls_see_and_hear_each_other_in_matrix_2_0_mode() {
    two_see_each_other(Mode::Matrix2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_muted_peer_without_camera_is_seen_so_and_can_turn_both_on_and_raise_its_hand() {
    let call = Call::prepare().await;
    let alice = ElementCall::join(call.options(&call.alice, 600))
        .await
        .unwrap();
    let bob = ElementCall::join(PeerOptions {
        camera: None,
        microphone: None,
        ..call.options(&call.bob, 1000)
    });
    let bob = bob.await.unwrap();
    let bob_id = call.bob.user_id.clone();
    let quiet = |seen: &Observation| {
        let remote = seen.remote(&bob_id);
        remote.is_some_and(|remote| !remote.microphone && !remote.camera)
    };
    alice.wait_until("bob muted", quiet, SOON).await.unwrap();
    bob.set_camera(true).await.unwrap();
    bob.set_microphone(true).await.unwrap();
    sees_and_hears(&alice, &call.bob, 1000).await;
    let raised = |seen: &Observation| {
        seen.remote(&bob_id)
            .is_some_and(|remote| remote.hand_raised)
    };
    // Element Call lowers it by itself when the membership changes.
    let end = tokio::time::Instant::now() + SOON;
    let seen = loop {
        bob.set_hand(true).await.unwrap();
        match alice.wait_until("bob's hand", raised, SOON / 4).await {
            Err(_) if tokio::time::Instant::now() < end => {}
            seen => break seen,
        }
    };
    keep_picture(&alice, "hand").await;
    seen.unwrap();
}

async fn saboteur_is_noticed(sabotage: Sabotage, noticed: impl Fn(&Remote) -> bool) {
    let call = Call::prepare().await;
    let alice = ElementCall::join(call.options(&call.alice, 600))
        .await
        .unwrap();
    let bob = ElementCall::join(PeerOptions {
        sabotage,
        ..call.options(&call.bob, 1000)
    });
    let bob = bob.await.unwrap();
    // The saboteur itself receives: only what it sends is broken.
    let condition = |seen: &Observation| seen.remote(&call.bob.user_id).is_some_and(&noticed);
    let seen = alice.wait_until("the sabotage", condition, SOON).await;
    keep_picture(&alice, &format!("{sabotage:?}")).await;
    seen.unwrap();
    drop(bob);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_with_a_wrong_key_cannot_be_decrypted() {
    saboteur_is_noticed(Sabotage::WrongKey, |bob| {
        bob.keys.invalid_key > 0 && !bob.decrypting && bob.announced_encrypted == Some(true)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_without_a_key_cannot_be_decrypted() {
    saboteur_is_noticed(Sabotage::NoKey, |bob| {
        bob.keys.missing_key > 0 && bob.key_index.is_none() && !bob.decrypting
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_takes_the_room_for_unencrypted_announces_no_encryption() {
    saboteur_is_noticed(Sabotage::Unencrypted, |bob| {
        bob.announced_encrypted == Some(false)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_comes_from_the_link_to_the_call_by_two_clicks() {
    let call = Call::prepare().await;
    let alice = ElementCall::join(call.options(&call.alice, 600));
    let alice = alice.await.unwrap();
    let pages = Pages::start(None).await.unwrap();
    let link = pages.link(&PageLink {
        homeserver_url: call.stack.site(0).homeserver_url(),
        user: &call.bob.user_id,
        password: "secret",
        room: &call.room,
        title: "Meeting with Salle Ampère",
        display_name: Some("You"),
        mode: Mode::Compatibility,
        more: vec![],
    });
    let person = ElementCall::follow(
        &link,
        Some(CameraPicture::default()),
        Some(Tone { hz: 1000 }),
    );
    let person = person.await.unwrap();
    keep_picture(&person, "lobby").await;
    person.join(SOON).await.unwrap();
    // Element Call cleans the person's voice, so only the picture is compared.
    let seen = |seen: &Observation| {
        seen.remote(&call.alice.user_id)
            .is_some_and(Remote::shows_bars)
    };
    person.wait_until("alice", seen, SOON).await.unwrap();
    let seen = |seen: &Observation| {
        seen.remote(&call.bob.user_id)
            .is_some_and(Remote::shows_bars)
    };
    alice.wait_until("the person", seen, SOON).await.unwrap();
    keep_picture(&person, "person").await;
    keep_picture(&alice, "host-of-person").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_noisy_camera_of_1280x720_is_published_in_three_layers_as_soon_as_it_is_watched() {
    let call = Call::prepare().await;
    let alice = ElementCall::join(PeerOptions {
        camera: Some(CameraPicture {
            width: 1280,
            height: 720,
            frames_per_second: 30,
            pattern: Pattern::Noise,
        }),
        ..call.options(&call.alice, 600)
    });
    let bob = ElementCall::join(PeerOptions {
        camera: None,
        ..call.options(&call.bob, 1000)
    });
    let (alice, bob) = tokio::join!(alice, bob);
    let (alice, bob) = (alice.unwrap(), bob.unwrap());
    let sends = |seen: &Observation| {
        let rids = seen
            .outbound
            .iter()
            .filter_map(|layer| layer.rid.as_deref());
        let full = |layer: &OutboundVideo| layer.width == 1280 && layer.frames > 0;
        rids.count() == 3 && seen.outbound.iter().any(full)
    };
    alice.wait_until("three layers", sends, SOON).await.unwrap();
    let receives = |seen: &Observation| {
        let alice = seen.remote(&call.alice.user_id);
        let video = alice.and_then(|alice| alice.video.as_ref());
        // Noise at this size is some hundred kilobytes a second, bars are some ten.
        video.is_some_and(|video| video.shown && video.bytes > 500_000)
    };
    let seen = bob.wait_until("noise", receives, SOON).await;
    keep_picture(&bob, "noise").await;
    seen.unwrap();
}
