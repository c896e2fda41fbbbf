//! What `fleetd` finds wrong with the unit, into the room's own status.
//!
//! In: `faults.json`, which fleetd writes whole each time. Out: the list to the mind, when it is
//! another one. On a machine without fleetd there is no file, and nothing is wrong.

use std::path::PathBuf;
use std::time::Duration;

use room_core::input::Input;
use room_messages::api::Problem;
use tokio::io::AsyncReadExt as _;
use tokio::time::{MissedTickBehavior, interval};

use crate::mind::Mind;

const LOOK: Duration = Duration::from_secs(5);
/// Longest file read, in bytes.
const MAX_FILE: u64 = 64 * 1024;
/// Most faults shown.
const MOST: usize = 16;

/// Looks for ever.
pub async fn watch(folder: PathBuf, mind: Mind) {
    let path = folder.join("faults.json");
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Vec::new();
    loop {
        ticks.tick().await;
        let faults = read(&path).await;
        if faults != told {
            mind.tell(Input::UnitFaults(faults.clone())).await;
            told = faults;
        }
    }
}

/// Nothing is wrong as long as nothing readable says so.
async fn read(path: &std::path::Path) -> Vec<Problem> {
    let mut bytes = Vec::new();
    let Ok(file) = tokio::fs::File::open(path).await else {
        return Vec::new();
    };
    if file.take(MAX_FILE).read_to_end(&mut bytes).await.is_err() {
        return Vec::new();
    }
    let mut faults: Vec<Problem> = serde_json::from_slice(&bytes).unwrap_or_default();
    faults.truncate(MOST);
    faults
}
