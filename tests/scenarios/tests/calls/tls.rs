//! A site as it is on a real network: clients are told `https` and `wss` only.

use room_messages::api::Status;
use salle_scenarios::{Room, RoomOptions, Scene, SceneOptions};
use salle_stack::Options;

use crate::meet::{
    ROOM_HZ, SOON, options_of, room_gets_person, room_is_encrypted_with, room_options,
};

const OTHER_HZ: u32 = 1000;

async fn scene() -> Scene {
    let options = SceneOptions {
        stack: Options {
            tls: true,
            ..Options::default()
        },
        people: vec!["alice"],
        ..SceneOptions::default()
    };
    Scene::start(options).await.unwrap()
}

/// The room asks the homeserver by TLS, and takes certificates of the site's authority.
fn by_tls(mut options: RoomOptions, scene: &Scene) -> RoomOptions {
    let homeserver = scene.site().secure_homeserver_url();
    options.set("matrix", "homeserver", homeserver);
    options.authorities = Some(scene.site().authority_file().to_owned());
    options
}

#[tokio::test(flavor = "multi_thread")]
async fn two_rooms_see_and_hear_each_other_when_everything_is_by_tls() {
    let scene = scene().await;
    let room = Room::start(by_tls(room_options(&scene).await, &scene)).await;
    let other = options_of(&scene.people[0], OTHER_HZ).await;
    let other = Room::start(by_tls(other, &scene)).await.unwrap();
    let room = room.unwrap();
    for one in [&room, &other] {
        one.join(&scene.room_id).await.unwrap();
    }
    room_gets_person(&room, &scene.people[0].user_id, OTHER_HZ).await;
    room_gets_person(&other, &scene.account.user_id, ROOM_HZ).await;
    room_is_encrypted_with(&room, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_an_unknown_authority_is_not_taken_and_named() {
    let scene = scene().await;
    let mut options = by_tls(room_options(&scene).await, &scene);
    options.authorities = None;
    let room = Room::start(options).await.unwrap();
    let named = |status: &Status| status.faults.iter().any(|fault| fault.code == "HS-10");
    let status = room.wait_until("the reason", named, SOON).await.unwrap();
    let server = scene.site().secure_homeserver_url();
    let [fault] = &status.faults[..] else {
        panic!("one fault: {:?}", status.faults);
    };
    for text in [&fault.what.en, &fault.what.fr] {
        assert!(
            text.contains(&server) && text.contains("UnknownIssuer"),
            "{text}"
        );
    }
}
