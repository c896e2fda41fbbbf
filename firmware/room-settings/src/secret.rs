//! Secrets live in files of their own, readable by their owner only.

use std::fmt;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use zeroize::{Zeroize as _, Zeroizing};

/// Longest secret, in bytes.
const MAX_SECRET: u64 = 16 * 1024;

/// Path of a file that holds one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretFile(PathBuf);

/// A password, token or recovery key: not printed, wiped on drop.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

/// Why a secret cannot be used. Never quotes the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the secret file {path} cannot be read", path = path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the secret file {path} can be read by others (mode {mode:o}); run: chmod 600 {path}", path = path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("the secret file {path} is empty", path = path.display())]
    Empty { path: PathBuf },
    #[error("the secret file {path} is longer than 16 KiB", path = path.display())]
    TooLong { path: PathBuf },
}

impl SecretFile {
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Reads the secret, without the line end an editor leaves behind it.
    ///
    /// # Errors
    /// When the file is missing, readable by group or others, empty, or too long.
    pub fn read(&self) -> Result<Secret, SecretError> {
        let path = || self.0.clone();
        let unreadable = |source| SecretError::Read {
            path: path(),
            source,
        };
        let file = std::fs::File::open(&self.0).map_err(unreadable)?;
        let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(SecretError::Exposed { path: path(), mode });
        }
        let mut text = String::new();
        let length = file
            .take(MAX_SECRET + 1)
            .read_to_string(&mut text)
            .map_err(unreadable)?;
        let secret = Secret::new(text.trim_end_matches(['\r', '\n']).to_owned());
        text.zeroize();
        if length as u64 > MAX_SECRET {
            return Err(SecretError::TooLong { path: path() });
        }
        if secret.expose().is_empty() {
            return Err(SecretError::Empty { path: path() });
        }
        Ok(secret)
    }
}

impl Secret {
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The secret itself, for the one request that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(mode: u32, text: &str) -> (tempfile::NamedTempFile, SecretFile) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        let secret = SecretFile::new(file.path().to_owned());
        (file, secret)
    }

    #[test]
    fn a_secret_is_read_without_its_line_end_and_not_printed() {
        let (_file, secret) = file(0o600, "hunter2\n");
        let secret = secret.read().unwrap();
        assert_eq!(secret.expose(), "hunter2");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn a_secret_others_can_read_is_refused_with_the_command_that_mends_it() {
        let (_file, secret) = file(0o640, "hunter2");
        let error = secret.read().unwrap_err();
        assert!(error.to_string().contains("chmod 600"));
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn an_empty_or_endless_secret_is_refused() {
        let (_file, secret) = file(0o600, "\n");
        assert!(matches!(secret.read(), Err(SecretError::Empty { .. })));
        let (_file, secret) = file(0o600, &"x".repeat(17 * 1024));
        assert!(matches!(secret.read(), Err(SecretError::TooLong { .. })));
    }
}
