//! Whose invitations are accepted, how a call may be named, and who comes out of the blue.

use room_messages::api::{Phase, Status};
use salle_scenarios::{Room, Scene, SceneOptions};
use salle_stack::{Account, RoomOptions as MatrixRoom};

use crate::meet::{
    SOON, guest_outside, nobody_is_in_the_call, room_gets_person, room_in_call, room_options,
};

async fn inviting(host: &Account, alias: Option<&str>, guest: &Account) -> String {
    let wanted = MatrixRoom {
        alias: alias.map(str::to_owned),
        invite: vec![guest.user_id.clone()],
        ..MatrixRoom::default()
    };
    host.create_room(wanted).await.unwrap()
}

/// Membership of `who` in a room, as its host sees it.
async fn membership(host: &Account, room: &str, who: &str) -> String {
    let members = host.members(room).await.unwrap();
    let own = members.into_iter().find(|member| member.user_id == who);
    own.unwrap().membership
}

async fn accepted(host: &Account, room: &str, who: &str) {
    let end = tokio::time::Instant::now() + SOON;
    while membership(host, room, who).await != "join" {
        assert!(tokio::time::Instant::now() < end, "not accepted");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_of_those_allowed_are_accepted_and_their_call_joined_by_any_name() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let [alice, bob] = &scene.people[..] else {
        panic!("alice and bob");
    };
    let mut options = room_options(&scene).await;
    let allowed = toml::Value::from(vec![alice.user_id.clone()]);
    options.set("matrix", "accept_invitations_from", allowed);
    let room = Room::start(options).await.unwrap();
    let own = &scene.account.user_id;
    let unwanted = inviting(bob, None, &scene.account).await;
    let wanted = inviting(alice, Some("lobby"), &scene.account).await;
    accepted(alice, &wanted, own).await;
    // This one came after both.
    let last = inviting(alice, None, &scene.account).await;
    accepted(alice, &last, own).await;
    assert_eq!(membership(bob, &unwanted, own).await, "invite");

    let alias = format!("#lobby:{}", scene.site().server_name());
    let in_link = |text: &str| {
        text.replace('#', "%23")
            .replace(':', "%3A")
            .replace('!', "%21")
    };
    for target in [
        alias.clone(),
        wanted.clone(),
        format!("https://matrix.to/#/{alias}"),
        format!(
            "https://matrix.to/#/{}?via={}",
            in_link(&wanted),
            scene.site().server_name()
        ),
        format!("https://call.element.io/room/#/lobby?roomId={wanted}"),
        format!(
            "https://call.element.io/room#?intent=join_existing&roomId={}",
            in_link(&wanted)
        ),
    ] {
        let status = room.join(&target).await.unwrap();
        assert_eq!(status.call.phase, Phase::InCall, "{target}");
        assert_eq!(status.call.room_id.as_ref(), Some(&wanted), "{target}");
        assert_eq!(status.call.target.as_ref(), Some(&target));
        assert_eq!(alice.call_members(&wanted).await.unwrap().len(), 1);
        room.leave(SOON).await.unwrap();
        nobody_is_in_the_call(alice, &wanted).await;
    }
    assert_eq!(membership(bob, &unwanted, own).await, "invite");
}

/// Its key comes before anybody asked for the devices of its user.
#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_a_device_nobody_has_seen_joins_at_once_and_is_seen_and_heard() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = room_in_call(&scene).await;
    let [_, bob] = &scene.people[..] else {
        panic!("alice and bob");
    };
    // The first call is with a device of bob's that the room gets to know, the second with one
    // that logs in when the call is on.
    let first = guest_outside(bob, 1000).await;
    first.join(&scene.room_id).await.unwrap();
    room_gets_person(&room, &bob.user_id, 1000).await;
    first.leave(SOON).await.unwrap();
    let second = guest_outside(bob, 1500).await;
    second.join(&scene.room_id).await.unwrap();
    room_gets_person(&room, &bob.user_id, 1500).await;
    room_gets_person(&second, &scene.account.user_id, crate::meet::ROOM_HZ).await;
    let one = |status: &Status| status.call.participants.len() == 1;
    let status = room.wait_until("one person", one, SOON).await.unwrap();
    let device = second.status().await.unwrap().room.device;
    assert_eq!(Some(&status.call.participants[0].device), device.as_ref());
}
