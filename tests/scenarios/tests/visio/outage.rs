//! The meeting's servers go away and come back.

use std::time::Duration;

use room_messages::api::{Phase, Status};
use salle_stack::{Access, Mood};

use crate::meet::{ROOM_HZ, SOON, room_gets_person_in_a_crowd};
use crate::visitors::{SLUG, Site, identity_of, visits};

/// A restarted SFU has forgotten everything, and the instance is away meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_room_comes_back_by_its_cookie_after_everything_was_away() {
    let site = Site::with(Access::Public).await;
    let (room, other) = tokio::join!(site.room(), site.other(1000));
    room.join(&site.link()).await.unwrap();
    other.join(&site.link()).await.unwrap();
    visits(&room).await;
    let one = |status: &Status| status.call.participants.len() == 1;
    let status = other.wait_until("the room", one, SOON).await.unwrap();
    let ampere = identity_of(&status, "Ampère");

    site.visio.set_mood(Mood::Away);
    let stack = site.scene.site();
    stack.kill_sfu().await.unwrap();
    let lost = |status: &Status| status.call.phase == Phase::Reconnecting;
    room.wait_until("the loss", lost, SOON).await.unwrap();
    stack.start_sfu().await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let meeting = site.visio.room(SLUG);
    stack.sfu().create_room(&meeting).await.unwrap();
    site.visio.set_mood(Mood::Kind);
    visits(&room).await;
    visits(&other).await;
    // As the same guest, and with media again.
    room_gets_person_in_a_crowd(&other, &ampere, ROOM_HZ).await;
}
