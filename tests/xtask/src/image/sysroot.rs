//! Our own programs for the board, against the libraries that the image has.

use std::fs;
use std::path::{Path, PathBuf};

use super::{board, digest, finish, once, packages, wrong};
use crate::{Result, places, run};

pub const TARGET: &str = "aarch64-unknown-linux-gnu";
/// What runs on a unit, as far as this checkout has it. `paneld` is built by itself: together, the
/// others would get what Slint asks of libraries they share.
const DAEMONS: [&[&str]; 2] = [&["roomd", "mediad", "fleetd", "roomctl"], &["paneld"]];
/// Optimised, but not at link time: that takes a quarter of an hour and is for releases.
const PROFILE: &str = "measured";

/// Names a folder with programs for the board that somebody has built already.
const BUILT: &str = "SALLE_PROGRAMS";

/// Programs by path.
pub fn daemons() -> Result<Vec<PathBuf>> {
    if let Some(folder) = std::env::var_os(BUILT).map(PathBuf::from) {
        let built = DAEMONS.concat().into_iter().map(|name| folder.join(name));
        return Ok(built.filter(|program| program.exists()).collect());
    }
    let sysroot = sysroot()?;
    for together in DAEMONS {
        cross_build(&here(together), &sysroot)?;
    }
    let folder = places::target().join(TARGET).join(PROFILE);
    Ok(programs().iter().map(|name| folder.join(name)).collect())
}

fn cross_build(programs: &[&str], sysroot: &Path) -> Result<()> {
    let mut cargo = run::cargo(&["build", "--profile", PROFILE, "--target", TARGET]);
    for name in programs {
        cargo.args(["-p", name]);
    }
    cross(&mut cargo, sysroot);
    match cargo.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("The build for the board failed; see above.".to_owned()),
        Err(error) => Err(format!("cannot start cargo: {error}")),
    }
}

/// Names of our programs that this checkout has.
pub fn programs() -> Vec<&'static str> {
    here(&DAEMONS.concat())
}

fn here(names: &[&'static str]) -> Vec<&'static str> {
    let manifest = |name: &str| places::checkout().join(format!("firmware/{name}/Cargo.toml"));
    let there = names.iter().filter(|name| manifest(name).exists());
    there.copied().collect()
}

fn sysroot() -> Result<PathBuf> {
    let list = board().join("sysroot.txt");
    let lock = list.with_extension("lock");
    let inputs = fs::read(&lock).map_err(wrong("read", &lock))?;
    // Nothing else: another folder is other flags, and other flags build every crate anew.
    let key = digest::key(&[&inputs])?;
    once(&format!("sysroot-{key}"), |into| {
        let packages = packages::locked(&list)?;
        packages::fetch(&packages)?;
        finish::prepare(into)?;
        println!("  unpacking {} packages to link against", packages.len());
        packages::unpack(&packages, into)
    })
}

fn cross(cargo: &mut std::process::Command, sysroot: &Path) {
    let at = sysroot.display();
    let flags = format!("--sysroot={at}");
    cargo
        .env(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
            "aarch64-linux-gnu-gcc",
        )
        .env(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
            format!("-Clink-arg={flags} {}", no_paths()),
        )
        .env("CC_aarch64_unknown_linux_gnu", "aarch64-linux-gnu-gcc")
        .env("CXX_aarch64_unknown_linux_gnu", "aarch64-linux-gnu-g++")
        .env("CFLAGS_aarch64_unknown_linux_gnu", &flags)
        .env("CXXFLAGS_aarch64_unknown_linux_gnu", &flags)
        .env("PKG_CONFIG_ALLOW_CROSS", "1")
        .env("PKG_CONFIG_SYSROOT_DIR", sysroot)
        .env(
            "PKG_CONFIG_LIBDIR",
            format!("{at}/usr/lib/aarch64-linux-gnu/pkgconfig:{at}/usr/share/pkgconfig"),
        );
}

/// Where this machine keeps things must not change what comes out. The checkout is not here:
/// cargo names its files from its root, and other flags would build every crate anew.
fn no_paths() -> String {
    let home = std::env::var("CARGO_HOME")
        .unwrap_or_else(|_| format!("{}/.cargo", std::env::var("HOME").unwrap_or_default()));
    format!(
        "--remap-path-prefix={home}=/cargo --remap-path-prefix={}=/target",
        places::target().display()
    )
}
