//! A room that joins and leaves all day is as it was in the morning.

use std::path::PathBuf;
use std::time::Duration;

use room_messages::api::Phase;
use salle_scenarios::{Room, Scene, SceneOptions};

use crate::meet::{SOON, room_options};

const JOINS: usize = 100;
/// After these, caches and pools are filled.
const WARM_UP: usize = 20;
const LOOKS: usize = 12;
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug)]
struct Held {
    descriptors: usize,
    threads: usize,
    memory_mb: f64,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_joins_and_leaves_leave_nothing_behind() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let mut options = room_options(&scene).await;
    options.log = "warn".into();
    let room = Room::start(options).await.unwrap();
    join_and_leave(&room, &scene, WARM_UP).await;
    let before = settled(&room).await;
    join_and_leave(&room, &scene, JOINS - WARM_UP).await;
    let after = settled(&room).await;
    // The pools of SQLite's files fill up slowly, to eight connections of two files each; a
    // descriptor lost with each call would be eighty.
    assert!(
        after.descriptors <= before.descriptors + 16,
        "{before:?} → {after:?}"
    );
    assert!(
        after.threads <= before.threads + 4,
        "{before:?} → {after:?}"
    );
    // A tenth of a megabyte a call would be 8 MB here; allocators keep a little.
    assert!(
        after.memory_mb <= before.memory_mb + 12.0,
        "{before:?} → {after:?}"
    );
}

async fn join_and_leave(room: &Room, scene: &Scene, times: usize) {
    for _ in 0..times {
        let status = room.join(&scene.room_id).await.unwrap();
        assert_eq!(status.call.phase, Phase::InCall);
        room.leave(SOON).await.unwrap();
    }
}

/// The least of each over some looks: connections of the last call are still closing when the
/// room has left it.
async fn settled(room: &Room) -> Held {
    let mut least = held(room);
    for _ in 0..LOOKS {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = held(room);
        least.descriptors = least.descriptors.min(now.descriptors);
        least.threads = least.threads.min(now.threads);
        least.memory_mb = least.memory_mb.min(now.memory_mb);
    }
    least
}

fn held(room: &Room) -> Held {
    let entries = |pid: &u32, what: &str| {
        let folder = PathBuf::from(format!("/proc/{pid}/{what}"));
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    };
    let pids = room.pids();
    Held {
        descriptors: pids.iter().map(|pid| entries(pid, "fd")).sum(),
        threads: pids.iter().map(|pid| entries(pid, "task")).sum(),
        memory_mb: room.usage().pss_kib as f64 / 1024.0,
    }
}
