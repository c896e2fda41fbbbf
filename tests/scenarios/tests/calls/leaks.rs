//! A room that joins and leaves all day is as it was in the morning, and so is one that stays.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use room_messages::Source;
use room_messages::api::Phase;
use salle_scenarios::{Room, RoomOptions, Scene, SceneOptions};

use crate::meet::{SOON, figures_until, room_options, track};

const JOINS: usize = 100;
/// After these, caches and pools are filled.
const WARM_UP: usize = 20;
/// Megabytes. A tenth of one a call would be 8 here; allocators keep a little.
const COMES_MB: f64 = 12.0;
/// The description of a session names every track that ever was in it, and there are 160 more.
const STAYS_MB: f64 = 24.0;
const LOOKS: usize = 12;
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// For what the last calls left behind to go: idle threads of a pool stay for ten seconds, on a
/// busy computer longer, and each wakes another.
const GONE: Duration = Duration::from_secs(60);

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
    // Somebody to receive from, who receives a hundred new participants.
    let other = stays(&scene).await;
    let both = [&room, &other];
    let mut joins = join_and_leave(&room, &scene, WARM_UP).await;
    let before = [settled(&room).await, settled(&other).await];
    joins += join_and_leave(&room, &scene, JOINS - WARM_UP).await;
    assert_eq!(joins, JOINS);
    for ((one, before), more_mb) in both.into_iter().zip(&before).zip([COMES_MB, STAYS_MB]) {
        let since = Instant::now();
        while let Err(grown) = held(one).is_within(before, more_mb) {
            assert!(since.elapsed() < GONE, "{grown}\n{}", threads(one));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

async fn stays(scene: &Scene) -> Room {
    let mut options = RoomOptions::new(&scene.people[0]);
    options.log = "warn".into();
    for (key, value) in [("width", 320), ("height", 180), ("frames_per_second", 15)] {
        options.set("video", key, value);
    }
    let other = Room::start(options).await.unwrap();
    other.join(&scene.room_id).await.unwrap();
    other
}

impl Held {
    fn is_within(&self, before: &Self, more_mb: f64) -> Result<(), String> {
        // The pools of SQLite's files fill up slowly, to eight connections of two files each; a
        // descriptor lost with each call would be eighty.
        let descriptors = self.descriptors <= before.descriptors + 16;
        let threads = self.threads <= before.threads + 4;
        let memory = self.memory_mb <= before.memory_mb + more_mb;
        match descriptors && threads && memory {
            true => Ok(()),
            false => Err(format!("{before:?} → {self:?}")),
        }
    }
}

/// How often the room was in the call, saw the other, and was idle again.
async fn join_and_leave(room: &Room, scene: &Scene, times: usize) -> usize {
    let other = &scene.people[0].user_id;
    for _ in 0..times {
        let status = room.join(&scene.room_id).await.unwrap();
        assert_eq!(status.call.phase, Phase::InCall);
        figures_until(room, "a picture and a voice", SOON, |seen| {
            seen.as_ref().is_ok_and(|seen| {
                let came =
                    |source| track(seen, other, source).is_some_and(|t| t.figures.frames > 0);
                came(Source::Camera) && came(Source::Microphone)
            })
        })
        .await;
        let status = room.leave(SOON).await.unwrap();
        assert_eq!(status.call.phase, Phase::Idle);
    }
    times
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

/// What each thread is called, to see whose they are.
fn threads(room: &Room) -> String {
    let names = |pid: &u32| {
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten();
        let names =
            tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        let names: Vec<String> = names.map(|name| name.trim().to_owned()).collect();
        format!("{pid}: {}", names.join(", "))
    };
    let all: Vec<String> = room.pids().iter().map(names).collect();
    all.join("\n")
}
