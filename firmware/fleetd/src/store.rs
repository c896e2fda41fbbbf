//! What outlives a restart: small JSON files, each written whole or not at all.
//!
//! Invariant: a file that cannot be read counts as absent and is said so in the log; a power cut
//! leaves the old or the new content.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use room_fleet::{Outcome, Trial, Version};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::outcome::Failure;

/// Longest file read, in bytes.
const MAX_FILE: u64 = 64 * 1024;

/// fleetd's state directory.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// A file cannot be written or removed.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be written", path = path.display())]
pub struct StoreError {
    path: PathBuf,
    source: io::Error,
}

/// `boot-good.json`: the boot that was last marked good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoodBoot {
    /// Kernel's boot id.
    pub boot: String,
}

impl Store {
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Where the bundle is kept.
    #[must_use]
    pub fn incoming(&self) -> PathBuf {
        self.folder.join("incoming")
    }

    #[must_use]
    pub fn trial(&self) -> Option<Trial> {
        self.read("trial.json")
    }

    /// # Errors
    /// When it cannot be written: then nothing may be installed.
    pub fn set_trial(&self, trial: &Trial) -> Result<(), StoreError> {
        self.write("trial.json", trial)
    }

    /// # Errors
    /// When it cannot be removed.
    pub fn end_trial(&self) -> Result<(), StoreError> {
        let path = self.folder.join("trial.json");
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(StoreError { path, source })
            }
            _ => Ok(()),
        }
    }

    #[must_use]
    pub fn last(&self) -> Option<Outcome> {
        self.read("last.json")
    }

    /// # Errors
    /// When it cannot be written.
    pub fn set_last(&self, outcome: &Outcome) -> Result<(), StoreError> {
        self.write("last.json", outcome)
    }

    #[must_use]
    pub fn floor(&self) -> Option<Version> {
        self.read("floor.json")
    }

    /// Keeps the higher of `floor` and what is kept already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn raise_floor(&self, floor: &Version) -> Result<(), StoreError> {
        if self.floor().is_some_and(|kept| kept >= *floor) {
            return Ok(());
        }
        self.write("floor.json", floor)
    }

    #[must_use]
    pub fn good_boot(&self) -> Option<GoodBoot> {
        self.read("boot-good.json")
    }

    /// # Errors
    /// When it cannot be written.
    pub fn set_good_boot(&self, boot: &str) -> Result<(), StoreError> {
        let boot = boot.to_owned();
        self.write("boot-good.json", &GoodBoot { boot })
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        read_json(&self.folder.join(name))
    }

    fn write<T: Serialize>(&self, name: &str, value: &T) -> Result<(), StoreError> {
        let path = self.folder.join(name);
        let text = serde_json::to_vec_pretty(value).unwrap_or_default();
        write_whole(&path, &text, 0o640).map_err(|source| StoreError { path, source })
    }
}

/// The content of a JSON file of at most 64 KiB; `None` when there is none that can be read.
#[must_use]
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let text = read_bounded(path, MAX_FILE).ok()?;
    match serde_json::from_slice(&text) {
        Ok(value) => Some(value),
        Err(error) => {
            tracing::error!(path = %path.display(), %error, "a file of ours cannot be read");
            None
        }
    }
}

/// A file of at most `most` bytes.
///
/// # Errors
/// When it cannot be read, or is longer.
pub fn read_bounded(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    use io::Read as _;
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other("the file is too long"));
    }
    Ok(bytes)
}

/// Writes a file whole: beside it, to the disk, then into its place.
///
/// # Errors
/// When it cannot be written; the old content is still there then.
pub fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let part = path.with_extension("new");
    let _ = fs::remove_file(&part);
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&part, path)?;
    sync_folder(path)
}

/// Puts a rename or removal beside `path` on the disk.
///
/// # Errors
/// When the folder cannot be opened.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// The kernel's name of this boot: as given, else as the kernel says.
///
/// # Errors
/// When neither names it. Two boots would look like one, and a system that fell back would
/// restart for the update it has just left.
pub fn boot_id(given: Option<&str>) -> Result<String, Failure> {
    let path = "/proc/sys/kernel/random/boot_id";
    let read = match given {
        Some(given) => Ok(given.to_owned()),
        None => fs::read_to_string(path),
    };
    let named = read.and_then(|text| match text.trim() {
        "" => Err(io::ErrorKind::InvalidData.into()),
        name => Ok(name.to_owned()),
    });
    named.map_err(|source| Failure::File {
        path: path.into(),
        source,
    })
}

/// Unix milliseconds.
#[must_use]
pub fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_boot_is_never_without_a_name() {
        assert_eq!(boot_id(Some("abc\n")).unwrap(), "abc");
        assert_eq!(boot_id(None).unwrap().len(), 36);
        assert!(boot_id(Some("")).is_err());
    }

    #[test]
    fn the_floor_only_rises() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        for (raise, kept) in [("0.2.0", "0.2.0"), ("0.1.0", "0.2.0"), ("0.3.0", "0.3.0")] {
            store.raise_floor(&raise.parse().unwrap()).unwrap();
            assert_eq!(store.floor(), Some(kept.parse().unwrap()));
        }
    }

    #[test]
    fn a_damaged_file_counts_as_absent() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path());
        fs::write(folder.path().join("last.json"), "{\"from\":").unwrap();
        assert_eq!(store.last(), None);
        fs::write(folder.path().join("last.json"), "x".repeat(70_000)).unwrap();
        assert_eq!(store.last(), None);
    }

    #[test]
    fn a_left_over_of_a_cut_write_is_no_hindrance() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::write(path.with_extension("new"), "half").unwrap();
        write_whole(&path, b"whole", 0o600).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }
}
