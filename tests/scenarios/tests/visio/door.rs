//! The lobby and everything that may stand at its door.

use std::time::Duration;

use room_messages::api::{Device, Phase, Status, VisioEntry};
use salle_scenarios::Room;
use salle_stack::{Access, Mood};

use crate::meet::SOON;
use crate::visitors::{SLUG, Site, failed, visits, waits};

async fn in_queue(site: &Site) -> (String, String) {
    let end = tokio::time::Instant::now() + SOON;
    loop {
        match site.visio.waiting(SLUG).as_slice() {
            [one] => return one.clone(),
            other => assert!(tokio::time::Instant::now() < end, "{other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_waits_in_the_lobby_with_its_camera_closed_and_is_let_in_or_not() {
    let site = Site::with(Access::Trusted).await;
    let room = site.room().await;
    // The wait of `?wait=true` ends in the lobby: how long it takes nobody knows.
    room.join(&site.link()).await.unwrap();
    let status = waits(&room).await;
    assert_ne!(status.camera.device, Device::Live);
    assert_ne!(status.microphone.device, Device::Live);
    let shown = room.stage_text().await.unwrap();
    assert!(shown.contains("Waiting to be let in"), "{shown}");
    let (id, name) = in_queue(&site).await;
    assert_eq!(name, "Ampère");
    // Still one guest after several questions: the cookie makes it the same.
    let before = site.visio.asked();
    while site.visio.asked() < before + 3 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(in_queue(&site).await.0, id);

    site.visio.decide(SLUG, &id, false);
    failed(&room, "VISIO-02").await;
    let shown = room.stage_text().await.unwrap();
    assert!(shown.contains("did not let this room"), "{shown}");
    let asked = site.visio.asked();
    // A denial is remembered for five seconds; a question after it would queue anew.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(site.visio.asked(), asked);

    room.order_join(&site.link()).await.unwrap();
    waits(&room).await;
    assert_eq!(in_queue(&site).await.0, id, "the same guest as before");
    site.visio.decide(SLUG, &id, true);
    visits(&room).await;
    let seen = room.stage_text().await.unwrap();
    assert!(seen.contains("Not end-to-end encrypted"), "{seen}");
    room.leave(SOON).await.unwrap();
    // Whoever was let in comes back without asking.
    room.join(&site.link()).await.unwrap();
    visits(&room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_that_keeps_a_room_outside_is_said() {
    let site = Site::with(Access::Trusted).await;
    let account = &site.scene.account;
    let mut options = site.options(account, "Ampère", 440).await;
    options.set("meetings", "visio_default", site.visio.url());
    let mut room = Room::start(options.clone()).await.unwrap();
    let url = site.visio.url();

    room.order_join(&format!("{url}/zzz-zzzz-zzz"))
        .await
        .unwrap();
    failed(&room, "VISIO-01").await;
    site.visio.allow_unregistered();
    room.join("zzzzzzzzzz").await.unwrap();
    let status = visits(&room).await;
    assert_eq!(status.call.notices[0].code, "VISIO-10");
    assert!(!status.call.visio.unwrap().registered);
    let refused = room.raise_hand(true).await.unwrap_err().to_string();
    assert!(refused.contains("VISIO-13"), "{refused}");
    room.leave(SOON).await.unwrap();

    for (mood, entry) in [
        (Mood::Throttling(2), VisioEntry::Throttled),
        (Mood::Away, VisioEntry::Unreachable),
    ] {
        room.order_join("ABC-defg-hij").await.unwrap();
        waits(&room).await;
        site.visio.set_mood(mood);
        let so = |status: &Status| status.call.visio.as_ref().is_some_and(|v| v.entry == entry);
        room.wait_until("the trouble", so, SOON).await.unwrap();
        site.visio.set_mood(Mood::Kind);
        waits(&room).await;
        let status = room.leave(SOON).await.unwrap();
        assert_eq!(status.call.phase, Phase::Idle);
    }

    site.visio.set_mood(Mood::Away);
    room.order_join(&site.link()).await.unwrap();
    failed(&room, "VISIO-05").await;
    // A server that is something else.
    let elsewhere = format!("{}/{SLUG}", site.scene.site().homeserver_url());
    room.order_join(&elsewhere).await.unwrap();
    let status = failed_somehow(&room).await;
    let code = status.call.problem.unwrap().code;
    assert!(matches!(code.as_str(), "VISIO-01" | "VISIO-07"), "{code}");

    room.terminate().await.unwrap();
    options.unset("meetings", "visio_hosts");
    options.unset("meetings", "visio_default");
    room.rewrite_settings(options).unwrap();
    room.start_again().await.unwrap();
    for (target, code) in [
        (site.link().as_str(), "TARGET-03"),
        ("abc-defg-hij", "TARGET-06"),
    ] {
        let refused = room.order_join(target).await.unwrap_err().to_string();
        assert!(refused.contains(code), "{refused}");
    }
    let log = room.whole_log();
    for secret in [SLUG, "zzz-zzzz-zzz", "lobbyParticipantId", "eyJ"] {
        assert!(!log.contains(secret), "the log names {secret}");
    }
}

async fn failed_somehow(room: &Room) -> Status {
    let ended = |status: &Status| status.call.phase == Phase::Failed;
    room.wait_until("a failure", ended, SOON).await.unwrap()
}
