//! `cargo xtask image commission`: hands over to the program that asks an installer and writes
//! `salle.toml`.
//!
//! That is a program of its own (`tests/commission`), because it judges answers by the unit's own
//! code: compiled into xtask, that code and what it stands on would make the first start of every
//! command take minutes instead of seconds.
//! Invariant: the image that was built stays as it was built.

use std::path::{Path, PathBuf};

use super::{Wanted, build, qemu};
use crate::{Result, build as programs, places, setup};

/// What writing into a disk image needs: a program of each package, and the package.
const TOOLS: [(&str, &str); 2] = [("mcopy", "mtools"), ("qemu-img", "qemu-utils")];

pub fn run(words: &[&str]) -> Result<()> {
    match words {
        [] | ["--to", _] => programs::commission(words),
        ["--image", disk] => into(Path::new(disk)),
        ["--virtual"] => into(&qemu::disk(&build(&Wanted::new(&[]))?, false)?),
        other => Err(format!(
            "xtask image commission does not know `{}`; it takes --to FOLDER, --image DISK.img or --virtual",
            other.join(" ")
        )),
    }
}

fn into(disk: &Path) -> Result<()> {
    leave_what_was_built(disk, &places::cache().join("image"))?;
    let missing = TOOLS
        .iter()
        .filter(|(name, _)| places::program(name).is_none());
    let packages: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if !packages.is_empty() {
        setup::debian_packages(&packages)?;
    }
    programs::commission(&["--image", &disk.to_string_lossy()])
}

/// Tests, updates and every unit's disk of `image run` stand on the built image.
fn leave_what_was_built(disk: &Path, cache: &Path) -> Result<()> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| PathBuf::from(path));
    let (disk, cache) = (real(disk), real(cache));
    if !disk.starts_with(&cache) || disk.starts_with(cache.join("run")) {
        return Ok(());
    }
    let from = disk.display();
    Err(format!(
        "{from} is the image as it was built, and stays so. Commission a copy of it:\n  \
         cp --sparse=always {from} salle.img\n  cargo xtask image commission --image salle.img\n\
         The unit that `cargo xtask image run` starts is commissioned by --virtual."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_image_is_refused_with_the_command_that_copies_it() {
        let cache = Path::new("/nonexistent/image");
        let built = cache.join("disk-release-0.1.0-0123/disk.img");
        let error = leave_what_was_built(&built, cache).unwrap_err();
        assert!(error.contains("cp --sparse=always /nonexistent/image/disk-release"));
        for other in [
            &cache.join("run/disk.qcow2"),
            Path::new("/nonexistent/salle.img"),
        ] {
            assert!(leave_what_was_built(other, cache).is_ok());
        }
    }

    #[test]
    fn what_it_does_not_know_is_refused_with_what_it_does() {
        for words in [&["--to"][..], &["--stick", "/media"], &["--image"]] {
            assert!(run(words).unwrap_err().contains("--to FOLDER"));
        }
    }
}
