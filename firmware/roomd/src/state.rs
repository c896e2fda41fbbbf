//! The state directory: one owner, the call to return to, the camera's presets, and the last known
//! day.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use room_core::lens::Preset;
use room_core::problem::Issue;
use room_meetings::day::Kept;
use room_messages::api::Problem;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

/// Longest `call.json` and `presets.json`, in bytes.
const MAX_FILE: u64 = 16 * 1024;
/// Longest `day.json`, in bytes: every meeting a source may have, with all its links.
const MAX_DAY: u64 = 16 * 1024 * 1024;

/// With less free space than this, in bytes, the session's databases cannot go on for long.
const LEAST_FREE: u64 = 1024 * 1024;

/// How often a directory that cannot be used is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The directory, locked while this value lives.
#[derive(Debug)]
pub struct StateDirectory {
    path: PathBuf,
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct KeptPresets {
    version: u32,
    presets: Vec<Preset>,
}

#[derive(Serialize, Deserialize)]
struct RememberedCall {
    version: u32,
    target: String,
}

impl StateDirectory {
    /// Makes the directory when it is missing, and locks it.
    ///
    /// # Errors
    /// When another `roomd` has it, or it cannot be used.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let unusable =
            |error: io::Error| Issue::StateUnusable.about(&format!("{}: {error}", path.display()));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(unusable)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join("lock"))
            .map_err(|error| fault(path, &error))?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                _lock: lock,
            }),
            Err(rustix::io::Errno::WOULDBLOCK) => {
                Err(Issue::StateLocked.about(&path.display().to_string()))
            }
            Err(error) => Err(unusable(error.into())),
        }
    }

    /// The call the room was in when it last stopped without leaving it.
    pub fn remembered(&self) -> Option<String> {
        let mut text = String::new();
        let file = File::open(self.path.join("call.json")).ok()?;
        file.take(MAX_FILE).read_to_string(&mut text).ok()?;
        match serde_json::from_str::<RememberedCall>(&text) {
            Ok(RememberedCall { version: 1, target }) => Some(target),
            Ok(_) | Err(_) => {
                tracing::warn!("the remembered call cannot be read; it is forgotten");
                None
            }
        }
    }

    /// Keeps the call, or forgets it.
    ///
    /// # Errors
    /// When the disk is full or the directory not writable.
    pub fn remember(&self, target: Option<&str>) -> Result<(), Problem> {
        let done = match target {
            Some(target) => self.write(target),
            None => match std::fs::remove_file(self.path.join("call.json")) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            },
        };
        done.map_err(|error| fault(&self.path, &error))
    }

    /// Whether there is room for what must be kept: a full disk is named before it costs anything.
    ///
    /// # Errors
    /// When less than [`LEAST_FREE`] is left.
    pub fn check(&self) -> Result<(), Problem> {
        match rustix::fs::statvfs(&self.path) {
            Ok(disk) if disk.f_bavail.saturating_mul(disk.f_frsize) < LEAST_FREE => {
                Err(Issue::DiskFull.about(&self.path.display().to_string()))
            }
            Ok(_) => Ok(()),
            Err(error) => Err(fault(&self.path, &error.into())),
        }
    }

    /// The room's day as it was last kept.
    pub fn day(&self) -> Option<Kept> {
        let file = File::open(self.path.join("day.json")).ok()?;
        let day = serde_json::from_reader(file.take(MAX_DAY));
        if day.is_err() {
            tracing::warn!("the last known day cannot be read; it is forgotten");
        }
        day.ok()
    }

    /// Keeps the room's day.
    ///
    /// # Errors
    /// When the disk is full or the directory not writable.
    pub fn keep_day(&self, day: &Kept) -> Result<(), Problem> {
        let text = serde_json::to_vec(day).map_err(io::Error::from);
        let done = text.and_then(|text| self.replace("day.json", &text));
        done.map_err(|error| fault(&self.path, &error))
    }

    /// The camera's presets as they were last kept.
    pub fn presets(&self) -> Vec<Preset> {
        let Ok(file) = File::open(self.path.join("presets.json")) else {
            return Vec::new();
        };
        match serde_json::from_reader(file.take(MAX_FILE)) {
            Ok(KeptPresets {
                version: 1,
                presets,
            }) => presets,
            Ok(_) | Err(_) => {
                tracing::warn!("the camera's presets cannot be read; they are forgotten");
                Vec::new()
            }
        }
    }

    /// Keeps the camera's presets.
    ///
    /// # Errors
    /// When the disk is full or the directory not writable.
    pub fn keep_presets(&self, presets: &[Preset]) -> Result<(), Problem> {
        let kept = KeptPresets {
            version: 1,
            presets: presets.to_vec(),
        };
        let text = serde_json::to_vec(&kept).map_err(io::Error::from);
        let done = text.and_then(|text| self.replace("presets.json", &text));
        done.map_err(|error| fault(&self.path, &error))
    }

    fn write(&self, target: &str) -> io::Result<()> {
        let call = RememberedCall {
            version: 1,
            target: target.to_owned(),
        };
        self.replace("call.json", &serde_json::to_vec(&call)?)
    }

    /// A power cut leaves the old or the new file, never half.
    fn replace(&self, name: &str, text: &[u8]) -> io::Result<()> {
        let new = self.path.join(format!("{name}.new"));
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(text)?;
        file.sync_all()?;
        std::fs::rename(&new, self.path.join(name))?;
        File::open(&self.path)?.sync_all()
    }
}

/// Returns when the directory can be taken, by whoever tries next.
pub async fn usable(path: &Path) {
    while StateDirectory::open(path).is_err() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// What to tell of a failed write.
fn fault(path: &Path, error: &io::Error) -> Problem {
    if error.kind() == io::ErrorKind::StorageFull {
        return Issue::DiskFull.about(&path.display().to_string());
    }
    Issue::StateUnusable.about(&format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_is_remembered_over_a_restart_and_forgotten_when_left() {
        let directory = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(directory.path()).unwrap();
        assert_eq!(state.remembered(), None);
        state.remember(Some("!a:b")).unwrap();
        drop(state);
        let state = StateDirectory::open(directory.path()).unwrap();
        assert_eq!(state.remembered().as_deref(), Some("!a:b"));
        state.remember(None).unwrap();
        state.remember(None).unwrap();
        assert_eq!(state.remembered(), None);
    }

    #[test]
    fn the_day_is_kept_over_a_restart_and_a_spoilt_one_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(directory.path()).unwrap();
        assert!(state.day().is_none());
        let day = room_meetings::day::Day::new(room_meetings::day::Policy::default());
        state.keep_day(&day.kept()).unwrap();
        assert!(state.day().is_some());
        std::fs::write(directory.path().join("day.json"), "{").unwrap();
        assert!(state.day().is_none());
    }

    #[test]
    fn presets_are_kept_over_a_restart_and_a_spoilt_file_holds_none() {
        let directory = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(directory.path()).unwrap();
        assert_eq!(state.presets(), []);
        let kept = [Preset {
            name: "Table".into(),
            view: room_messages::api::View::default(),
        }];
        state.keep_presets(&kept).unwrap();
        assert_eq!(state.presets(), kept);
        for text in ["", "{", "{\"version\":9,\"presets\":[]}"] {
            std::fs::write(directory.path().join("presets.json"), text).unwrap();
            assert_eq!(state.presets(), []);
        }
    }

    #[test]
    fn a_second_owner_is_refused_by_name() {
        let directory = tempfile::tempdir().unwrap();
        let _state = StateDirectory::open(directory.path()).unwrap();
        let problem = StateDirectory::open(directory.path()).unwrap_err();
        assert_eq!(problem.code, "STATE-02");
        assert!(
            problem
                .what
                .en
                .contains(&directory.path().display().to_string())
        );
    }

    #[test]
    fn a_spoilt_file_is_no_call() {
        let directory = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(directory.path()).unwrap();
        for text in ["", "{", "{\"version\":9,\"target\":\"x\"}"] {
            std::fs::write(directory.path().join("call.json"), text).unwrap();
            assert_eq!(state.remembered(), None);
        }
    }
}
