//! Where Element Call and its host page are, and putting them there.
//!
//! `tests/peers/host/install.sh` is the one description of how; this module only runs it.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::{Error, Result};

/// The script, to be run by `sh`; it prints the folder it filled as its only line.
#[must_use]
pub fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("host/install.sh")
}

/// The folder with the host page (`page/index.html`) and Element Call (`page/call/`);
/// installs them first when this version of them is not there. Takes about 5 s then, and
/// some milliseconds otherwise.
///
/// # Errors
/// When npm is missing or fails: the script's own words.
pub async fn ensure() -> Result<PathBuf> {
    let ran = Command::new("sh").arg(script()).output().await;
    let output = ran.map_err(|cause| Error::Start {
        program: "sh",
        cause,
    })?;
    if !output.status.success() {
        return Err(Error::Install {
            detail: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    let folder = String::from_utf8_lossy(&output.stdout);
    Ok(PathBuf::from(folder.trim()))
}
