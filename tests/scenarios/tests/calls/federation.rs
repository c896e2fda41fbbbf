//! Two sites, each with its own homeserver and SFU.

use salle_scenarios::{Scene, SceneOptions};
use salle_stack::{Options, Sites};

use crate::meet::{
    peer_in_call, peer_recognises_room, room_gets_person_in_a_crowd, room_in_call,
    room_is_encrypted_with,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_room_of_one_site_meets_element_call_on_the_sfu_of_another() {
    let scene = Scene::start(SceneOptions {
        stack: Options {
            sites: Sites::Two,
            ..Options::default()
        },
        people_elsewhere: true,
        ..SceneOptions::default()
    })
    .await
    .unwrap();
    let room = room_in_call(&scene).await;
    let peer = peer_in_call(scene.peer_options(0, 1000)).await;
    peer_recognises_room(&peer, &scene).await;
    room_gets_person_in_a_crowd(&room, &scene.people[0].user_id, 1000).await;
    room_is_encrypted_with(&room, 1).await;
    // Each publishes at home.
    for (site, publisher) in [(0, &scene.account), (1, &scene.people[0])] {
        let listed = scene
            .stack
            .site(site)
            .participants(&scene.room_id)
            .await
            .unwrap();
        for participant in listed
            .iter()
            .filter(|participant| !participant.tracks.is_empty())
        {
            assert!(
                participant.identity.starts_with(&publisher.user_id),
                "{listed:?}"
            );
        }
    }
}
