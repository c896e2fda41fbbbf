//! Two sites that federate, each with its own SFU.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests state what they expect"
)]

mod support;

use salle_stack::{Options, RoomOptions, Sites, Stack, sfu_room_name};
use support::{legacy_body, post, until};

#[tokio::test]
async fn people_of_two_sites_meet_and_each_publishes_at_home() {
    let options = Options {
        sites: Sites::Two,
        ..Options::default()
    };
    let stack = Stack::start(options).await.unwrap();
    let (here, there) = (stack.site(0), stack.site(1));
    let alice = here.register("alice", "secret").await.unwrap();
    let bob = there.register("bob", "secret").await.unwrap();
    let invite = vec![bob.user_id.clone()];
    let room = alice
        .create_room(RoomOptions {
            invite,
            ..RoomOptions::default()
        })
        .await
        .unwrap();
    bob.join_via(&room, &[here.server_name()]).await.unwrap();
    until("bob in alice's view of the room", || async {
        let members = alice.members(&room).await.unwrap();
        members
            .iter()
            .any(|m| m.user_id == bob.user_id && m.membership == "join")
    })
    .await;

    // At the other site one is a restricted user: a token, but no room.
    assert_eq!(
        post(here, "/sfu/get", &legacy_body(&bob, &room).await)
            .await
            .0,
        200
    );
    assert_eq!(here.sfu().rooms().await.unwrap(), Vec::<String>::new());
    // At home the room is made.
    assert_eq!(
        post(there, "/sfu/get", &legacy_body(&bob, &room).await)
            .await
            .0,
        200
    );
    assert_eq!(there.sfu().rooms().await.unwrap(), [sfu_room_name(&room)]);
}
