//! Two rooms in one meeting, and what its moderators do to them.

use room_messages::api::{Encryption, Participant, Phase, Status, TrackState};
use salle_peers::{Observation, Tone, WebGuest};
use salle_scenarios::Room;
use salle_stack::Access;

use crate::meet::{LONG, ROOM_HZ, SOON, room_gets_person_in_a_crowd, stage_shows_bars};
use crate::visitors::{SLUG, Site, failed, identity_of, told, visits};

const OTHER_HZ: u32 = 1000;

async fn until_seen(room: &Room, what: &str, right: impl Fn(&Participant) -> bool) -> Status {
    let seen = |status: &Status| status.call.participants.first().is_some_and(&right);
    room.wait_until(what, seen, SOON).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_rooms_see_and_hear_each_other_in_a_public_meeting_and_follow_its_moderators() {
    let site = Site::with(Access::Public).await;
    let (room, other) = tokio::join!(site.room(), site.other(OTHER_HZ));
    room.join(&site.link()).await.unwrap();
    other.join(&site.link()).await.unwrap();
    visits(&room).await;
    visits(&other).await;

    // Plain at the SFU, and played on both sides.
    let named = |name: &'static str| move |person: &Participant| person.name == name;
    let status = until_seen(&room, "Berlioz", named("Berlioz")).await;
    let berlioz = identity_of(&status, "Berlioz");
    let status = until_seen(&other, "Ampère", named("Ampère")).await;
    let ampere = identity_of(&status, "Ampère");
    assert_eq!(
        status.call.participants[0].encryption.state,
        Encryption::None
    );
    room_gets_person_in_a_crowd(&room, &berlioz, OTHER_HZ).await;
    room_gets_person_in_a_crowd(&other, &ampere, ROOM_HZ).await;
    stage_shows_bars(&room, 1).await;
    let meeting = site.visio.room(SLUG);
    let sfu = site.scene.site().sfu();
    let listed = sfu.participants(&meeting).await.unwrap();
    let kinds: Vec<_> = listed.iter().flat_map(|one| &one.tracks).collect();
    assert_eq!(kinds.len(), 4, "{listed:#?}");
    assert!(kinds.iter().all(|track| track.encryption == "NONE"));

    hands(&site, &room, &other, &ampere).await;
    muted(&site, &room, &other, &ampere).await;
    rights(&site, &room, &other, &ampere).await;

    site.visio
        .rename(SLUG, &ampere, "Curie\u{202e}")
        .await
        .unwrap();
    let status = told(&room, "VISIO-11").await;
    assert_eq!(status.call.visio.unwrap().name, "Curie");
    until_seen(&other, "the new name", named("Curie")).await;

    site.visio.remove(SLUG, &ampere).await.unwrap();
    failed(&room, "VISIO-04").await;
    let alone = |status: &Status| status.call.participants.is_empty();
    other.wait_until("being alone", alone, SOON).await.unwrap();
    visits(&other).await;
    let status = other.leave(SOON).await.unwrap();
    assert_eq!(status.call.phase, Phase::Idle);
}

/// La Suite's web client sends VP9, which the room cannot decode: it gets the VP8 copy.
#[tokio::test(flavor = "multi_thread")]
async fn a_room_and_a_web_client_see_and_hear_each_other() {
    let site = Site::with(Access::Public).await;
    let room = site.room().await;
    room.join(&site.link()).await.unwrap();
    visits(&room).await;
    let token = site.visio.token(SLUG, "jurg", "Jürg Müller");
    let url = site.scene.site().sfu_url();
    let tone = Tone { hz: OTHER_HZ };
    let peer = WebGuest::join(url, &token, tone).await.unwrap();
    let gets_room = |seen: &Observation| {
        let room = seen.remotes.iter().find(|one| one.identity != "jurg");
        room.is_some_and(|room| {
            let plain = room.announced_encrypted == Some(false);
            plain && room.shows_bars() && room.sounds(ROOM_HZ)
        })
    };
    let what = "the room's colours and tone, in plain";
    peer.wait_until(what, gets_room, LONG).await.unwrap();
    room_gets_person_in_a_crowd(&room, "jurg", OTHER_HZ).await;
    stage_shows_bars(&room, 1).await;
    let status = visits(&room).await;
    assert_eq!(status.call.participants[0].name, "Jürg Müller");
    let seen = peer.observe().await.unwrap();
    let sends = |codec: &str| seen.outbound.iter().any(|layer| layer.codec == codec);
    assert!(
        sends("video/VP9") && sends("video/VP8"),
        "{:?}",
        seen.outbound
    );

    room.raise_hand(true).await.unwrap();
    let hand = |seen: &Observation| seen.remotes.iter().any(|one| one.hand_raised);
    peer.wait_until("the hand", hand, SOON).await.unwrap();
    let log = room.whole_log();
    for secret in ["Jürg", "Müller", SLUG, "eyJ"] {
        assert!(!log.contains(secret), "the log names {secret}");
    }
}

async fn hands(site: &Site, room: &Room, other: &Room, ampere: &str) {
    room.raise_hand(true).await.unwrap();
    until_seen(other, "the hand", |person| person.hand_raised).await;
    room.raise_hand(false).await.unwrap();
    until_seen(other, "no hand", |person| !person.hand_raised).await;
    room.raise_hand(true).await.unwrap();
    until_seen(other, "the hand again", |person| person.hand_raised).await;
    site.visio.lower_hand(SLUG, ampere).await.unwrap();
    let lowered = |status: &Status| !status.call.hand_raised;
    room.wait_until("a lowered hand", lowered, SOON)
        .await
        .unwrap();
    assert_eq!(site.visio.old_tokens(), 0, "the SFU gave newer ones");
}

async fn muted(site: &Site, room: &Room, other: &Room, ampere: &str) {
    let sfu = site.scene.site().sfu();
    let meeting = site.visio.room(SLUG);
    let listed = sfu.participants(&meeting).await.unwrap();
    let own = listed.iter().find(|one| one.identity == ampere).unwrap();
    let microphone = own.tracks.iter().find(|t| t.source == "MICROPHONE");
    let sid = &microphone.unwrap().sid;
    sfu.mute_track(&meeting, ampere, sid, true).await.unwrap();
    let status = told(room, "MIC-04").await;
    assert!(status.microphone.muted);
    let is = |state| move |person: &Participant| person.microphone == state;
    until_seen(other, "a muted microphone", is(TrackState::Muted)).await;
    room.set_microphone(false).await.unwrap();
    until_seen(other, "an open microphone", is(TrackState::On)).await;
    let status = room.status().await.unwrap();
    assert!(status.call.notices.is_empty(), "{:?}", status.call.notices);
}

/// The camera is forbidden, then allowed again: it opens only by somebody in the room.
async fn rights(site: &Site, room: &Room, other: &Room, ampere: &str) {
    site.visio
        .allow(SLUG, ampere, &["MICROPHONE"])
        .await
        .unwrap();
    told(room, "CAM-02").await;
    let off = |person: &Participant| person.camera == TrackState::Off;
    until_seen(other, "no camera", off).await;
    let refused = room.set_camera(true).await.unwrap_err().to_string();
    assert!(refused.contains("CAM-02"), "{refused}");
    let all = ["CAMERA", "MICROPHONE", "SCREEN_SHARE", "SCREEN_SHARE_AUDIO"];
    site.visio.allow(SLUG, ampere, &all).await.unwrap();
    let status = told(room, "CAM-04").await;
    assert!(!status.camera.on);
    room.set_camera(true).await.unwrap();
    until_seen(other, "the camera", |person| {
        person.camera == TrackState::On
    })
    .await;
    visits(room).await;
    room_gets_person_in_a_crowd(other, ampere, ROOM_HZ).await;
}
