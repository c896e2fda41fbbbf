//! The session on disk: `matrix/` in the state directory, mode 0700.
//!
//! Invariant: one process at a time (a lock file), since two Olm machines on one store would
//! reuse one-time keys. The file with the access token is 0600 and replaced whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use room_messages::Token;
use serde::{Deserialize, Serialize};

use crate::OpenError;
use crate::error::BoxError;

const SESSION: &str = "session.json";
const MAX_SESSION: u64 = 64 * 1024;

/// What is needed to be the same device again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSession {
    pub user: String,
    pub device: String,
    pub access_token: Token,
}

/// The directory, locked until dropped.
#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    _lock: File,
}

impl Store {
    pub fn open(state_dir: &Path) -> Result<Self, OpenError> {
        let directory = state_dir.join("matrix");
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .map_err(state)?;
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(directory.join("lock"))
            .map_err(state)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self {
                directory,
                _lock: lock,
            }),
            Err(TryLockError::WouldBlock) => Err(OpenError::Locked),
            Err(TryLockError::Error(error)) => Err(state(error)),
        }
    }

    /// Where the databases live.
    pub fn databases(&self) -> PathBuf {
        self.directory.join("store")
    }

    /// The stored session; an unreadable one counts as a damaged state directory, not as none,
    /// so that a device is never thrown away by accident.
    pub fn load(&self) -> Result<Option<StoredSession>, OpenError> {
        let file = match File::open(self.directory.join(SESSION)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(state(error)),
        };
        let bounded = io::Read::take(file, MAX_SESSION);
        let session = serde_json::from_reader(bounded)
            // The cause could quote the token.
            .map_err(|_| OpenError::State("the session file is damaged".into()))?;
        Ok(Some(session))
    }

    pub fn save(&self, session: &StoredSession) -> Result<(), OpenError> {
        let text = serde_json::to_vec(session).map_err(|error| OpenError::State(error.into()))?;
        let new = self.directory.join("session.json.new");
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&new)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&new, self.directory.join(SESSION))?;
            File::open(&self.directory)?.sync_all()
        };
        write().map_err(state)
    }

    /// Forgets a device the homeserver no longer knows: its keys are of no use to another.
    pub fn forget(&self) -> Result<(), OpenError> {
        for result in [
            fs::remove_file(self.directory.join(SESSION)),
            fs::remove_dir_all(self.databases()),
        ] {
            match result {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(state(error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// An I/O error in the state directory.
pub fn state(error: io::Error) -> OpenError {
    database(error)
}

/// Any error of the state directory, a full disk found at whatever depth it is reported.
pub fn database(error: impl Into<BoxError>) -> OpenError {
    let error = error.into();
    if is_full(error.as_ref()) {
        OpenError::DiskFull
    } else {
        OpenError::State(error)
    }
}

/// SQLite says it in words (`SQLITE_FULL`), the kernel by kind.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(
            kind,
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
        ) || error.to_string().contains("disk is full")
        {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn session() -> StoredSession {
        StoredSession {
            user: "@r:h".into(),
            device: "D".into(),
            access_token: Token::new("secret".into()),
        }
    }

    #[test]
    fn a_session_is_read_back_and_only_its_owner_may_read_it() {
        let state = tempfile::tempdir().unwrap();
        let store = Store::open(state.path()).unwrap();
        assert_eq!(store.load().unwrap(), None);
        store.save(&session()).unwrap();
        assert_eq!(store.load().unwrap(), Some(session()));
        let mode = |path: &str| {
            let path = state.path().join(path);
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        };
        assert_eq!(mode("matrix"), 0o700);
        assert_eq!(mode("matrix/session.json"), 0o600);
        store.forget().unwrap();
        assert_eq!(store.load().unwrap(), None);
    }

    #[test]
    fn a_second_process_is_turned_away() {
        let state = tempfile::tempdir().unwrap();
        let first = Store::open(state.path()).unwrap();
        assert!(matches!(Store::open(state.path()), Err(OpenError::Locked)));
        drop(first);
        Store::open(state.path()).unwrap();
    }

    #[test]
    fn a_damaged_session_file_is_an_error_that_quotes_nothing() {
        let state = tempfile::tempdir().unwrap();
        let store = Store::open(state.path()).unwrap();
        let path = state.path().join("matrix/session.json");
        fs::write(path, "{\"access_token\":\"secret\"").unwrap();
        let error = store.load().unwrap_err();
        assert!(!format!("{error:?}").contains("secret"));
    }

    #[test]
    fn a_full_disk_is_recognised_in_any_layer() {
        let full = io::Error::new(io::ErrorKind::StorageFull, "x");
        assert!(matches!(state(full), OpenError::DiskFull));
        let sqlite = io::Error::other("database or disk is full");
        assert!(matches!(database(sqlite), OpenError::DiskFull));
        let other = io::Error::other("x");
        assert!(matches!(database(other), OpenError::State(_)));
    }
}
