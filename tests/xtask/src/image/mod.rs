//! `cargo xtask image`: the reference board's image, from Debian's packages and our crates.
//!
//! What is built on what, each step kept by a key over everything that goes into it:
//!
//! ```text
//! kernel's source → driver of the TPM ─┐
//! packages.lock → base (unpacked, finished, pruned) ─┐
//! sysroot.lock → daemons (cross-built)  ─────────────┼→ root: erofs + dm-verity → root hash ┐
//! systemd/install.toml ──────────────────────────────┘                                      │
//! kernel, modules, initramfs/init, root hash → kernel image (FIT) ←────────────────────────┘
//! U-Boot's source + board/qemu-arm64/u-boot → u-boot.bin
//! boot, env, kernel-a, root-a, (kernel-b, root-b: empty), data → disk.img
//! packages.lock, Cargo.lock, root hash → lists of what is in it (sbom)
//! ```
//!
//! Invariants: the same checkout gives the same root hash (every time stamp is the checkout's
//! own constant, every order is sorted, no identifier is random); nothing that was downloaded
//! is used before its SHA-256 matched one in the checkout; no foreign code runs here.
//! Deliberately absent: mounting, loop devices, emulation of the target.

mod again;
mod base;
mod bundle;
mod commission;
pub mod devices;
mod difference;
mod digest;
mod disk;
mod finish;
mod initramfs;
mod install;
mod kernel;
mod keys;
mod modules;
mod packages;
mod proven;
mod prune;
mod qemu;
mod rauc;
mod room;
mod root;
pub mod sbom;
mod sysroot;
mod test;
mod tools;
mod tpm;
mod u_boot;
mod virtual_board;

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Result, places};
use packages::Locked;

/// Every file in the image has this time: a unit's clock is never before it.
const EPOCH: &str = "1767225600";
/// The same for a reader.
const EPOCH_DATE: &str = "2026-01-01T00:00:00Z";

/// What is resolved into locks, and for which machine.
const LISTS: [(&str, &str); 3] = [
    ("packages.txt", "arm64"),
    ("sysroot.txt", "arm64"),
    ("rauc.txt", "amd64"),
];

/// What is in an image besides what every image has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// What is flashed on a unit.
    Release,
    /// The same with the probe by which `tests/images` looks inside.
    Test,
}

impl Variant {
    const fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Test => "test",
        }
    }
}

/// Which image is built.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub variant: Variant,
    /// Of the system, as updates compare it (semantic versioning).
    pub version: String,
}

impl Wanted {
    fn new(words: &[&str]) -> Self {
        let variant = if words.contains(&"--test") {
            Variant::Test
        } else {
            Variant::Release
        };
        Self {
            variant,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// Part of the names of what is built for it.
    fn name(&self) -> String {
        format!("{}-{}", self.variant.name(), self.version)
    }
}

/// A finished image.
#[derive(Debug, Clone)]
pub struct Image {
    /// Holds `disk.img`, `u-boot.bin`, per slot `root.img` and `kernel.itb`, and the lists of
    /// what is in it.
    pub folder: PathBuf,
    pub root_hash: String,
}

pub fn command(words: &[&str]) -> Result<()> {
    match words {
        [] | ["--test"] => build(&Wanted::new(words)).map(|image| describe(&image)),
        ["again"] => again::command(&Wanted::new(&[])),
        ["bundle"] => bundle::build(&build(&Wanted::new(&[]))?, &Wanted::new(&[])),
        ["commission", rest @ ..] => commission::run(rest),
        ["run", rest @ ..] => qemu::run(&build(&Wanted::new(rest))?, rest),
        ["sbom"] => {
            let image = build(&Wanted::new(&[]))?;
            sbom::check(&image)?;
            sbom::describe(&image);
            Ok(())
        }
        ["packages"] => lock(Locked::MoveOn),
        ["packages", "--keep"] => lock(Locked::Stay),
        other => Err(format!("xtask image does not know `{}`", other.join(" "))),
    }
}

fn lock(old: Locked) -> Result<()> {
    tools::install()?;
    for (list, architecture) in LISTS {
        let count = packages::lock(&board().join(list), architecture, old)?;
        println!("{list}: {count} packages");
    }
    Ok(())
}

pub use test::{bench, cut_power, run as test, unproven};

/// Builds what is not built yet.
pub fn build(wanted: &Wanted) -> Result<Image> {
    tools::install()?;
    let u_boot = u_boot::build()?;
    let base = base::build()?;
    let daemons = sysroot::daemons()?;
    let root = root::build(&base, &daemons, wanted)?;
    let kernel = kernel::build(&base, &root, &u_boot)?;
    let image = disk::build(&u_boot, &root, &kernel, wanted)?;
    sbom::write(&image, wanted)?;
    Ok(image)
}

fn describe(image: &Image) {
    println!("Root hash {}", image.root_hash);
    println!("Image     {}", image.folder.join("disk.img").display());
    sbom::describe(image);
}

/// Where the reference board's own files are.
fn board() -> PathBuf {
    places::checkout().join("board/qemu-arm64")
}

/// A folder of the image's part of the cache, made if need be.
fn folder(name: &str) -> Result<PathBuf> {
    let path = places::cache().join("image").join(name);
    fs::create_dir_all(&path).map_err(|e| format!("cannot create {}: {e}", path.display()))?;
    Ok(path)
}

/// Builds a folder of the cache once: `make` gets a fresh folder that takes the name only when
/// all went well. Those of the same kind that were not used for longest make room for it.
fn once(name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let done = places::cache().join("image").join(name);
    if done.exists() {
        room::used(&done)?;
        return Ok(done);
    }
    let part = folder(&format!("{name}.part"))?;
    fs::remove_dir_all(&part)
        .and_then(|()| fs::create_dir_all(&part))
        .map_err(|e| format!("cannot empty {}: {e}", part.display()))?;
    make(&part)?;
    fs::rename(&part, &done).map_err(|e| format!("cannot rename {}: {e}", part.display()))?;
    room::make_beside(&done)?;
    Ok(done)
}

fn wrong<'a>(what: &'a str, path: &'a Path) -> impl Fn(std::io::Error) -> String + 'a {
    move |error| format!("cannot {what} {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_files_and_of_the_lists_is_one() {
        let mut date = std::process::Command::new("date");
        date.args(["--utc", "--date", EPOCH_DATE, "+%s"]);
        assert_eq!(crate::run::output(&mut date).unwrap().trim(), EPOCH);
    }
}
