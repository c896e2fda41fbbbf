//! The room's uplink gets worse, and better again. The one who watches is a room too: it tells
//! its figures exactly and costs less than a browser.

use room_messages::Source;
use room_messages::api::{ConnectionQuality, NamedTrack, Phase, Statistics, Status};
use salle_scenarios::{Room, RoomOptions, Scene, SceneOptions, left_out};
use salle_stack::{BadUplink, Trouble};

use crate::meet::{SOON, figures_until, room_in_call, track};

const NO_BAD_NETWORK: &str = "only root may make a bad network, and only with nft";

/// What 640x360 in two layers cannot be sent through, but its lower layer can.
const NARROW: Trouble = Trouble::Narrow {
    kilobytes_per_second: 45,
};

async fn watched() -> (Scene, Room, Room) {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = room_in_call(&scene).await;
    let mut options = RoomOptions::new(&scene.people[0]);
    options.set("simulation", "camera", "none");
    let viewer = Room::start(options).await.unwrap();
    viewer.join(&scene.room_id).await.unwrap();
    let user = scene.account.user_id.clone();
    let whole = |seen: &Statistics| picture(seen, &user).is_some_and(is_whole);
    until(&viewer, "the room's whole picture", whole).await;
    (scene, room, viewer)
}

fn picture<'a>(seen: &'a Statistics, user: &str) -> Option<&'a NamedTrack> {
    track(seen, user, Source::Camera)
}

fn is_whole(picture: &NamedTrack) -> bool {
    picture.figures.height == 360 && picture.figures.frames_per_second >= 20.0
}

async fn until(room: &Room, what: &str, right: impl Fn(&Statistics) -> bool) {
    figures_until(room, what, SOON, |seen| seen.as_ref().is_ok_and(&right)).await;
}

/// Bits per second of all the room's own tracks.
fn sent(seen: &Statistics) -> u64 {
    let own = seen.tracks.iter().filter(|track| track.user.is_none());
    own.map(|track| track.figures.bits_per_second).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_uplink_gets_less_video_and_a_wide_one_all_of_it_again() {
    if !BadUplink::is_allowed() {
        return left_out(NO_BAD_NETWORK);
    }
    let (scene, room, viewer) = watched().await;
    let user = scene.account.user_id.clone();
    let narrow = scene.site().bad_uplink(NARROW).unwrap();
    let fits = |seen: &Statistics| sent(seen) < 45 * 8 * 1000;
    until(&room, "no more sent than fits", fits).await;
    let fluent = |seen: &Statistics| {
        picture(seen, &user).is_some_and(|p| p.figures.frames_per_second >= 10.0)
    };
    until(&viewer, "a fluent picture through the narrow line", fluent).await;
    drop(narrow);
    let whole = |seen: &Statistics| picture(seen, &user).is_some_and(is_whole);
    until(&viewer, "the whole picture again", whole).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_packets_are_sent_again_and_the_picture_goes_on() {
    if !BadUplink::is_allowed() {
        return left_out(NO_BAD_NETWORK);
    }
    let (scene, _room, viewer) = watched().await;
    let user = scene.account.user_id.clone();
    let _loss = scene
        .site()
        .bad_uplink(Trouble::Loss { percent: 5 })
        .unwrap();
    let frames = async || {
        picture(&viewer.statistics().await.unwrap(), &user)
            .unwrap()
            .figures
            .frames
    };
    let before = frames().await;
    // As many as ten fluent seconds have, however long a busy machine takes for them.
    let after = before + 200;
    let enough = |seen: &Statistics| picture(seen, &user).is_some_and(|p| p.figures.frames > after);
    until(&viewer, "two hundred more frames", enough).await;
    let fluent = |seen: &Statistics| {
        picture(seen, &user).is_some_and(|p| p.figures.frames_per_second >= 15.0)
    };
    until(&viewer, "a fluent picture in spite of the loss", fluent).await;
}

/// Session on the SFU of the room with this user id.
async fn session(scene: &Scene, user: &str) -> Option<String> {
    let listed = scene.site().participants(&scene.room_id).await.unwrap();
    let mut own = listed.iter();
    let own = own.find(|one| one.identity.starts_with(user))?;
    Some(own.sid.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_signalling_is_cut_goes_on_where_it_was() {
    if !BadUplink::is_allowed() {
        return left_out(NO_BAD_NETWORK);
    }
    let (scene, room, viewer) = watched().await;
    let user = scene.account.user_id.clone();
    let before = session(&scene, &user).await;
    assert!(before.is_some());
    let fine = |status: &Status| {
        let rated = status.call.connection;
        status.call.phase == Phase::InCall && rated > Some(ConnectionQuality::Lost)
    };
    room.wait_until("a rated connection", fine, SOON)
        .await
        .unwrap();
    let cut = scene.site().bad_uplink(Trouble::NoSignalling).unwrap();
    let lost = |status: &Status| {
        let connection = status.call.connection;
        status.call.phase == Phase::Reconnecting && connection == Some(ConnectionQuality::Lost)
    };
    room.wait_until("the loss noticed", lost, SOON)
        .await
        .unwrap();
    viewer
        .wait_until("the loss noticed", lost, SOON)
        .await
        .unwrap();
    drop(cut);
    let back = |status: &Status| status.call.phase == Phase::InCall;
    // The SFU tells only what changes: the rating of before holds again.
    room.wait_until("in the call again, and rated", fine, SOON)
        .await
        .unwrap();
    viewer
        .wait_until("in the call again", back, SOON)
        .await
        .unwrap();
    assert_eq!(
        session(&scene, &user).await,
        before,
        "resumed, not joined anew"
    );
    // Longer than a subscriber lives whose ICE was restarted in vain.
    let frames = async || {
        picture(&viewer.statistics().await.unwrap(), &user)
            .unwrap()
            .figures
            .frames
    };
    let enough = frames().await + 30 * 20;
    let goes_on =
        |seen: &Statistics| picture(seen, &user).is_some_and(|p| p.figures.frames > enough);
    until(&viewer, "twenty more seconds of the picture", goes_on).await;
    assert_eq!(
        session(&scene, &user).await,
        before,
        "still the same session"
    );
}
