//! `cargo xtask yocto`: the crates a Yocto build has to fetch, from `Cargo.lock`.
//!
//! Bitbake fetches, then builds without a network: every crate of the lock file, with its
//! checksum, must be in the recipe. Invariant: one source in, one text out, in the lock's order;
//! a test holds the recipe to it.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use crate::lock_file::{self, Fetched};
use crate::{Result, places};

const RECIPE: &str = "yocto/meta-salle/recipes-salle/salle-daemons/salle-daemons-crates.inc";

/// Writes the recipe's list anew.
pub fn write() -> Result<()> {
    let path = recipe();
    let text = list(&lock_file::read()?)?;
    fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))?;
    println!("{}", path.display());
    Ok(())
}

fn recipe() -> PathBuf {
    places::checkout().join(RECIPE)
}

fn list(lock: &str) -> Result<String> {
    let crates = lock_file::fetched(lock)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipe_has_every_crate_of_the_lock_file() {
        let written = fs::read_to_string(recipe()).unwrap();
        let wanted = list(&lock_file::read().unwrap()).unwrap();
        assert!(
            written == wanted,
            "Cargo.lock has changed: run `cargo xtask yocto` and commit {RECIPE}"
        );
    }

    #[test]
    fn a_crate_is_named_with_its_checksum() {
        let lock = "[[package]]\nname = \"adler2\"\nversion = \"2.0.1\"\n\
                    source = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
                    checksum = \"320119\"\n";
        let text = list(lock).unwrap();
        assert!(text.contains("    crate://crates.io/adler2/2.0.1 \\\n"));
        assert!(text.contains("SRC_URI[adler2-2.0.1.sha256sum] = \"320119\""));
    }
}
