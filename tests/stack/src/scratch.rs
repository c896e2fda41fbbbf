//! The directory of a stack that nobody keeps.
//!
//! It goes away with the stack. What a killed process left behind, the next start removes:
//! a living stack holds a lock in its directory, and a lock ends with its process.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::{Error, Result};

const PREFIX: &str = "salle-stack-";
const LOCK: &str = "lock";
/// A lock file this young may belong to a stack that is just about to lock it.
const YOUNG: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Scratch {
    directory: TempDir,
    _lock: File,
}

impl Scratch {
    pub(crate) fn new() -> Result<Self> {
        let parent = std::env::temp_dir();
        sweep(&parent);
        let failed = |action| {
            let path = parent.clone();
            move |source| Error::File {
                action,
                path,
                source,
            }
        };
        let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&parent);
        let directory = made.map_err(failed("create a directory in"))?;
        let lock = File::create(directory.path().join(LOCK)).map_err(failed("create a lock in"))?;
        lock.lock().map_err(failed("lock a file in"))?;
        Ok(Self {
            directory,
            _lock: lock,
        })
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().to_owned()
    }
}

/// Removes what killed stacks left. Nothing depends on it, so failures do not matter.
fn sweep(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let ours = entries.filter(|e| e.file_name().to_string_lossy().starts_with(PREFIX));
    for left in ours.map(|entry| entry.path()).filter(|path| is_left(path)) {
        let _ = fs::remove_dir_all(left);
    }
}

fn is_left(directory: &Path) -> bool {
    let Ok(lock) = File::open(directory.join(LOCK)) else {
        return false;
    };
    let written = lock.metadata().and_then(|data| data.modified());
    let old = written.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > YOUNG));
    old && lock.try_lock().is_ok()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn directory(parent: &Path, name: &str) -> (PathBuf, File) {
        let path = parent.join(name);
        fs::create_dir(&path).unwrap();
        let lock = File::create(path.join(LOCK)).unwrap();
        lock.set_modified(SystemTime::now() - YOUNG * 2).unwrap();
        (path, lock)
    }

    #[test]
    fn only_what_a_dead_stack_left_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let (dead, _) = directory(parent.path(), "salle-stack-dead");
        let (alive, held) = directory(parent.path(), "salle-stack-alive");
        held.lock().unwrap();
        let (other, _) = directory(parent.path(), "something-else");
        sweep(parent.path());
        assert!(!dead.exists());
        assert!(alive.exists());
        assert!(other.exists());
    }
}
