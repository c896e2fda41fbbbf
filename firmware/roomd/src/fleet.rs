//! What `fleetd` knows of the unit, into the room's own status.
//!
//! In: `faults.json` and `activity.json`, which fleetd writes whole each time. Out: to the mind, what
//! is another than before. On a machine without fleetd there are no files, nothing is wrong and
//! nothing is being replaced.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use room_core::input::Input;
use room_fleet::api::Activity;
use room_messages::api::Problem;
use serde::de::DeserializeOwned;
use tokio::time::{MissedTickBehavior, interval};

use crate::mind::Mind;

const LOOK: Duration = Duration::from_secs(5);
/// Longest file read, in bytes.
const MAX_FILE: u64 = 64 * 1024;
/// Most faults shown.
const MOST: usize = 16;

/// Looks for ever.
pub async fn watch(folder: PathBuf, mind: Mind) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = (Vec::new(), false);
    loop {
        ticks.tick().await;
        let folder = folder.clone();
        // Both in one go: each visit to the pool keeps one more of its idle threads alive.
        let looked = tokio::task::spawn_blocking(move || look(&folder)).await;
        let now = looked.unwrap_or_default();
        if now.0 != told.0 {
            mind.tell(Input::UnitFaults(now.0.clone())).await;
        }
        if now.1 != told.1 {
            mind.tell(Input::Updating(now.1)).await;
        }
        told = now;
    }
}

/// What is wrong, and whether the system is being replaced: nothing as long as nothing readable
/// says so.
fn look(folder: &Path) -> (Vec<Problem>, bool) {
    let mut faults: Vec<Problem> = read(&folder.join("faults.json"));
    faults.truncate(MOST);
    let activity: Activity = read(&folder.join("activity.json"));
    (faults, activity.replaces_the_system())
}

fn read<T: DeserializeOwned + Default>(path: &Path) -> T {
    let mut bytes = Vec::new();
    let Ok(file) = File::open(path) else {
        return T::default();
    };
    if file.take(MAX_FILE).read_to_end(&mut bytes).is_err() {
        return T::default();
    }
    serde_json::from_slice(&bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_is_seen_while_the_system_is_being_replaced_and_nonsense_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(look(folder.path()), (Vec::new(), false));
        let table = [
            (Activity::Idle, false),
            (Activity::Fetching { bytes: 1, of: None }, false),
            (Activity::Waiting, false),
            (Activity::Installing { percent: 3 }, true),
            (Activity::Restarting, true),
            (Activity::OnTrial, false),
        ];
        let path = folder.path().join("activity.json");
        for (activity, updating) in table {
            std::fs::write(&path, serde_json::to_vec(&activity).unwrap()).unwrap();
            assert_eq!(look(folder.path()).1, updating, "{activity:?}");
        }
        std::fs::write(&path, "{\"activity\":\"dancing\"}").unwrap();
        assert!(!look(folder.path()).1);
    }
}
