//! Where things are: the checkout, the cache, the build folder. `salle-stack` looks for the
//! servers in the same cache.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// The checkout this was called from; where it was built may be another one.
pub fn checkout() -> PathBuf {
    let called = set("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = called.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    here.ancestors().nth(2).unwrap_or(&here).to_owned()
}

/// `$SALLE_CACHE`, else `$XDG_CACHE_HOME/salle`, else `~/.cache/salle`.
pub fn cache() -> PathBuf {
    set("SALLE_CACHE")
        .map(PathBuf::from)
        .or_else(|| set("XDG_CACHE_HOME").map(|base| PathBuf::from(base).join("salle")))
        .unwrap_or_else(|| PathBuf::from(set("HOME").unwrap_or_default()).join(".cache/salle"))
}

/// Shared by all clones, so that the second one is warm.
pub fn target() -> PathBuf {
    set("CARGO_TARGET_DIR").map_or_else(|| cache().join("target"), PathBuf::from)
}

/// Finds a program in `$PATH`.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = set("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

fn set(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
