//! Where the camera looks, and how the stage lies: by the control API, seen by Element Call.

use room_messages::api::{Layout, OVERVIEW, Status};
use salle_peers::{Colour, Observation, Peer, media::BARS};
use salle_scenarios::{Room, Scene, SceneOptions};
use serde_json::json;

use crate::meet::{SOON, peer_gets_room, peer_in_call, room_in_call};

/// Scaling and encoding soften edges between bars.
const NEAR: u8 = 40;

/// Mean colours of the ends of the first row of the room's picture, as the peer decodes it.
fn ends(seen: &Observation, user: &str) -> Option<(Colour, Colour)> {
    let video = seen.remote(user)?.video.as_ref()?;
    Some((video.colour(0, 0)?, video.colour(7, 0)?))
}

async fn peer_sees_bars(peer: &Peer, user: &str, what: &str, (left, right): (usize, usize)) {
    let there = |seen: &Observation| {
        ends(seen, user).is_some_and(|(first, last)| {
            first.distance(BARS[left]) <= NEAR && last.distance(BARS[right]) <= NEAR
        })
    };
    peer.wait_until(what, there, SOON).await.unwrap();
}

async fn refused(room: &Room, path: &str, body: serde_json::Value) -> String {
    let error = room.put(path, &body).await.unwrap_err();
    error.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_camera_is_turned_and_comes_back_to_what_was_kept() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let user = scene.account.user_id.clone();
    let room = room_in_call(&scene).await;
    let peer = peer_in_call(scene.peer_options(0, 1000)).await;
    peer_gets_room(&peer, &scene).await;

    // Four times nearer, the middle of eight bars is two of them.
    let status = room.post("/v1/camera/move", &json!({"zoom": 10})).await;
    assert_eq!(status.unwrap().camera.view.zoom, 400);
    peer_sees_bars(&peer, &user, "the middle, four times nearer", (3, 4)).await;
    room.post("/v1/camera/presets", &json!({"name": "Table"}))
        .await
        .unwrap();
    for _ in 0..4 {
        room.post("/v1/camera/move", &json!({"pan": -10}))
            .await
            .unwrap();
    }
    peer_sees_bars(&peer, &user, "the left end", (0, 1)).await;
    room.put("/v1/camera/preset", &json!({"name": "Table"}))
        .await
        .unwrap();
    peer_sees_bars(&peer, &user, "what was kept", (3, 4)).await;
    room.put("/v1/camera/preset", &json!({"name": OVERVIEW}))
        .await
        .unwrap();
    peer_gets_room(&peer, &scene).await;

    let unknown = refused(&room, "/v1/camera/preset", json!({"name": "Nowhere"})).await;
    assert!(unknown.contains("CAM-05"), "{unknown}");
    room.set_camera(false).await.unwrap();
    let off = room.post("/v1/camera/move", &json!({"zoom": 1})).await;
    assert!(off.unwrap_err().to_string().contains("CAM-08"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stage_is_laid_out_as_chosen_and_each_call_begins_as_a_grid() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = room_in_call(&scene).await;
    let _peer = peer_in_call(scene.peer_options(0, 1000)).await;
    let somebody = |status: &Status| !status.call.participants.is_empty();
    room.wait_until("somebody", somebody, SOON).await.unwrap();
    let stage = room.status().await.unwrap().stage;
    assert_eq!(stage.layout, Layout::Grid);
    assert_eq!(stage.layouts, [Layout::Speaker, Layout::Grid]);
    let status = room.put("/v1/stage", &json!({"layout": "speaker"})).await;
    assert_eq!(status.unwrap().stage.layout, Layout::Speaker);
    let nothing = refused(&room, "/v1/stage", json!({"layout": "content"})).await;
    assert!(nothing.contains("STAGE-01"), "{nothing}");
    room.leave(SOON).await.unwrap();
    let outside = refused(&room, "/v1/stage", json!({"layout": "grid"})).await;
    assert!(outside.contains("CALL-03"), "{outside}");
    let status = room.join(&scene.room_id).await.unwrap();
    assert_eq!(status.stage.layout, Layout::Grid);
}
