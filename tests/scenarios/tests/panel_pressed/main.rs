//! The touch panel pressed on the real stack: real daemons, real servers, real Chromium, and a finger
//! on what is drawn.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test states what it expects and says what it did; clippy sees only test functions as tests"
)]

mod flows;
mod presses;

use std::time::Duration;

use room_messages::api::{Phase, Status};
use salle_scenarios::{Room, RoomOptions, Scene};
use salle_stack::Account;

/// Generous: two cores carry servers, rooms and Chromium.
const SOON: Duration = Duration::from_secs(60);

/// A room that knows its account.
async fn ready(account: &Account) -> Room {
    let room = Room::start(RoomOptions::new(account)).await.unwrap();
    let known = |status: &Status| status.room.user.is_some();
    room.wait_until("its account", known, SOON).await.unwrap();
    room
}

/// Another room of the same homeserver.
async fn other_room(scene: &Scene, name: &str) -> (Room, String) {
    let account = scene.site().register(name, "a password").await.unwrap();
    let user = account.user_id.clone();
    (ready(&account).await, user)
}

fn in_call(status: &Status) -> bool {
    status.call.phase == Phase::InCall
}
