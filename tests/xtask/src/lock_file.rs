//! `Cargo.lock`: every crate that a build fetches, with its checksum.
//!
//! Invariant: in the lock's order, each once, all from crates.io. A crate that is neither ours
//! nor from there is an error: a Yocto build could not fetch it, and nobody could look it up.

use std::fs;

use crate::{Result, places};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// A crate that is fetched.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    pub name: String,
    pub version: String,
    /// SHA-256 of the file that crates.io has.
    pub checksum: String,
}

/// The checkout's.
pub fn read() -> Result<String> {
    let path = places::checkout().join("Cargo.lock");
    fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

/// Reads what Cargo itself writes: a block a package, one key a line.
pub fn fetched(lock: &str) -> Result<Vec<Fetched>> {
    lock.split("[[package]]")
        .skip(1)
        .filter_map(|block| package(block).transpose())
        .collect()
}

/// Nothing for a crate of this workspace.
fn package(block: &str) -> Result<Option<Fetched>> {
    let value = |key: &str| {
        let start = format!("{key} = \"");
        block
            .lines()
            .find_map(|line| line.strip_prefix(&start)?.strip_suffix('"'))
            .map(str::to_owned)
    };
    let Some(source) = value("source") else {
        return Ok(None);
    };
    let name = value("name").unwrap_or_default();
    if source != CRATES_IO {
        return Err(format!(
            "{name} comes from {source}: a Yocto build can fetch from crates.io only"
        ));
    }
    let (Some(version), Some(checksum)) = (value("version"), value("checksum")) else {
        return Err(format!(
            "{name} has no version or no checksum in Cargo.lock"
        ));
    };
    Ok(Some(Fetched {
        name,
        version,
        checksum,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"version = 4

[[package]]
name = "adler2"
version = "2.0.1"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "320119"
dependencies = [
 "name",
]

[[package]]
name = "roomd"
version = "0.1.0"
"#;

    #[test]
    fn a_crate_is_fetched_and_one_of_ours_is_not() {
        let adler = Fetched {
            name: "adler2".to_owned(),
            version: "2.0.1".to_owned(),
            checksum: "320119".to_owned(),
        };
        assert_eq!(fetched(LOCK).unwrap(), [adler]);
    }

    #[test]
    fn a_crate_from_a_git_repository_is_refused_by_name() {
        let lock = LOCK.replace(CRATES_IO, "git+x");
        assert!(
            fetched(&lock)
                .unwrap_err()
                .contains("adler2 comes from git+x")
        );
    }
}
