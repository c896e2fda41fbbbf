//! `cargo xtask yocto`: the crates a Yocto build has to fetch, from `Cargo.lock`.
//!
//! Bitbake fetches, then builds without a network: every crate of the lock file, with its
//! checksum, must be in the recipe. Invariant: one source in, one text out, in the lock's order;
//! a test holds the recipe to it. A crate that is neither ours nor from crates.io is an error,
//! because the recipe could not fetch it.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use crate::{Result, places};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";
const RECIPE: &str = "yocto/meta-salle/recipes-salle/salle-daemons/salle-daemons-crates.inc";

/// A crate that is fetched.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fetched {
    name: String,
    version: String,
    checksum: String,
}

/// Writes the recipe's list anew.
pub fn write() -> Result<()> {
    let path = recipe();
    let text = list(&lock()?)?;
    fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    println!("{}", path.display());
    Ok(())
}

fn recipe() -> PathBuf {
    places::checkout().join(RECIPE)
}

fn lock() -> Result<String> {
    let path = places::checkout().join("Cargo.lock");
    fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

fn list(lock: &str) -> Result<String> {
    let crates = fetched(lock)?;
    let mut text = String::from(
        "# From Cargo.lock by `cargo xtask yocto`; a test holds the two in step.\n\nSRC_URI += \"\\\n",
    );
    for one in &crates {
        let _ = writeln!(
            text,
            "    crate://crates.io/{}/{} \\",
            one.name, one.version
        );
    }
    text.push_str("\"\n\n");
    for one in &crates {
        let Fetched {
            name,
            version,
            checksum,
        } = one;
        let _ = writeln!(text, "SRC_URI[{name}-{version}.sha256sum] = \"{checksum}\"");
    }
    Ok(text)
}

/// Reads what Cargo itself writes: a block a package, one key a line.
fn fetched(lock: &str) -> Result<Vec<Fetched>> {
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
    fn the_recipe_has_every_crate_of_the_lock_file() {
        let written = fs::read_to_string(recipe()).unwrap();
        let wanted = list(&lock().unwrap()).unwrap();
        assert!(
            written == wanted,
            "Cargo.lock has changed: run `cargo xtask yocto` and commit {RECIPE}"
        );
    }

    #[test]
    fn a_crate_is_fetched_and_one_of_ours_is_not() {
        let text = list(LOCK).unwrap();
        assert!(text.contains("    crate://crates.io/adler2/2.0.1 \\\n"));
        assert!(text.contains("SRC_URI[adler2-2.0.1.sha256sum] = \"320119\""));
        assert!(!text.contains("roomd"));
    }

    #[test]
    fn a_crate_from_a_git_repository_is_refused_by_name() {
        let lock = LOCK.replace(
            "registry+https://github.com/rust-lang/crates.io-index",
            "git+x",
        );
        assert!(list(&lock).unwrap_err().contains("adler2 comes from git+x"));
    }
}
