//! Bad input, as an installer meets it: each case names the thing and the next step, in the
//! status, on the stage and from `roomctl`, in English and in French, and loses nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod disk;
mod faces;
mod start;

use room_messages::api::{Homeserver, Phase, Status};
use salle_scenarios::{Scene, SceneOptions};
use salle_stack::{Account, Fault, FullAccess, Options, RoomOptions, sfu_room_name};
use serde_json::json;

use faces::{LIMIT, Rooms, fault, stage_says};

/// What is wrong on the way into a call.
#[derive(Clone, Copy)]
enum Trouble {
    /// Nothing but the target itself.
    Target,
    Service(Fault),
    /// The SFU has no room for the call, and ours are not entitled to one.
    NoSfuRoom,
    SfuStopped,
}

/// A scene whose authorization service lets its users in, but makes no room for them on the SFU.
async fn restricted_scene() -> Scene {
    let stack = Options {
        full_access: FullAccess::Nobody,
        ..Options::default()
    };
    let options = SceneOptions {
        stack,
        ..SceneOptions::default()
    };
    Scene::start(options).await.unwrap()
}

/// A Matrix room to which both are invited and in which nobody else may join calls.
async fn powerless_room(scene: &Scene, alice: &Account) -> String {
    let guests = [&scene.account, scene.people.last().unwrap()];
    let room = alice
        .create_room(RoomOptions {
            invite: guests.map(|guest| guest.user_id.clone()).into(),
            ..RoomOptions::default()
        })
        .await
        .unwrap();
    // Who made the room stands above its levels, so nobody needs naming.
    let levels = json!({"state_default": 50});
    alice
        .send_state(&room, "m.room.power_levels", "", &levels)
        .await
        .unwrap();
    room
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_against_a_call_is_named_on_every_face_and_costs_nothing() {
    let scene = restricted_scene().await;
    let site = scene.site();
    let alice = scene.people.first().unwrap();
    let private = alice.create_room(RoomOptions::default()).await.unwrap();
    let powerless = powerless_room(&scene, alice).await;
    let rooms = Rooms::start(&scene, |_| {}).await;
    rooms.online().await;
    let nobody = format!("#nobody-has-this:{}", site.server_name());
    let visio = "https://visio.example.org/abc-defg-hij";
    let (nobody, private) = (nobody.as_str(), private.as_str());
    let powerless = powerless.as_str();
    let (call, service, sfu) = (scene.room_id.as_str(), site.service_url(), site.sfu_url());
    let failing = Trouble::Service(Fault::Status(500));
    let foreign = Trouble::Service(Fault::ForeignKey);
    let table = [
        (Trouble::Target, "nonsense", "TARGET-02", "nonsense"),
        (Trouble::Target, visio, "TARGET-03", visio),
        (Trouble::Target, nobody, "ROOM-01", nobody),
        (Trouble::Target, private, "ROOM-02", private),
        (Trouble::Target, powerless, "ROOM-03", powerless),
        (failing, call, "RTC-04", service),
        (foreign, call, "SFU-02", sfu),
        (Trouble::NoSfuRoom, call, "SFU-03", sfu),
        (Trouble::SfuStopped, call, "SFU-01", sfu),
    ];
    for (trouble, target, code, named) in table {
        match trouble {
            Trouble::Target | Trouble::NoSfuRoom => {}
            Trouble::Service(fault) => site.faults().set(fault),
            Trouble::SfuStopped => site.stop_sfu().await.unwrap(),
        }
        rooms.refuse(target, code, named).await;
        site.faults().clear();
    }

    // Nothing of it is left behind, once somebody has begun the call.
    site.start_sfu().await.unwrap();
    site.sfu().create_room(&sfu_room_name(call)).await.unwrap();
    rooms.join(call).await;
    // A spoilt link does not cost the running call.
    rooms.en.join("nonsense").await.unwrap_err();
    assert_eq!(rooms.en.status().await.unwrap().call.phase, Phase::InCall);

    // What goes wrong during the call is said below the tiles.
    site.stop_homeserver().await.unwrap();
    rooms
        .each(|room, language| async move {
            let away = |status: &Status| status.room.homeserver == Homeserver::Offline;
            let status = room.wait_until("the outage", away, LIMIT).await.unwrap();
            assert_eq!(status.call.phase, Phase::InCall);
            let problem = fault(room, "HS-01").await;
            stage_says(room, language, &problem).await;
        })
        .await;
}
