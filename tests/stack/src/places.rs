//! Where `cargo xtask setup` puts the servers.

use std::env;
use std::path::PathBuf;

use crate::{Error, Result};

/// Versions this stack is written for; `xtask` installs the same.
const SYNAPSE: &str = "synapse-1.163.2";
const LIVEKIT: &str = "livekit-1.13.5";
const RADICALE: &str = "radicale-3.9.0";

/// The cache that `cargo xtask setup` fills: `$SALLE_CACHE`, else `$XDG_CACHE_HOME/salle`,
/// else `~/.cache/salle`.
#[must_use]
pub fn cache_directory() -> PathBuf {
    let from = |name: &str| {
        env::var_os(name)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    from("SALLE_CACHE")
        .or_else(|| from("XDG_CACHE_HOME").map(|base| base.join("salle")))
        .unwrap_or_else(|| from("HOME").unwrap_or_default().join(".cache/salle"))
}

pub(crate) fn synapse_python() -> Result<PathBuf> {
    installed(
        "Synapse",
        cache_directory().join(SYNAPSE).join("bin/python"),
    )
}

pub(crate) fn radicale_python() -> Result<PathBuf> {
    installed(
        "Radicale",
        cache_directory().join(RADICALE).join("bin/python"),
    )
}

pub(crate) fn livekit_server() -> Result<PathBuf> {
    installed("LiveKit", cache_directory().join(LIVEKIT).join("server"))
}

fn installed(program: &'static str, path: PathBuf) -> Result<PathBuf> {
    if path.exists() {
        Ok(path)
    } else {
        Err(Error::NotInstalled { program, path })
    }
}
