//! U-Boot for the reference board, from Debian's source with our few lines.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{EPOCH, board, digest, once, packages, wrong};
use crate::{Result, run};

/// U-Boot 2025.01 as in Debian trixie: upstream's source and Debian's corrections to it.
const SOURCES: [(&str, &str); 2] = [
    (
        "debian/pool/main/u/u-boot/u-boot_2025.01.orig.tar.bz2",
        "cdef7d507c93f1bbd9f015ea9bc21fa074268481405501945abc6f854d5b686f",
    ),
    (
        "debian/pool/main/u/u-boot/u-boot_2025.01-3+deb13u1.debian.tar.xz",
        "c73a4efe85614af359f0be220e061a0b5c36bb4b3a121ca776dd988444b536f1",
    ),
];
/// Ours, below `board/qemu-arm64/u-boot`, and where it goes in the source.
const PATCHES: [&str; 2] = [
    "0001-env-in-a-labelled-partition.patch",
    // Without it nothing is measured on a board whose tree names no memory for the log.
    "0002-measure-without-a-place-for-the-log.patch",
];
const FRAGMENT: &str = "salle.config";
const COPIED: [(&str, &str); 2] = [
    ("salle.env", "board/emulation/qemu-arm/salle.env"),
    ("qemu-arm.h", "include/configs/qemu-arm.h"),
];

/// What came out.
#[derive(Debug, Clone)]
pub struct UBoot {
    folder: PathBuf,
}

impl UBoot {
    /// What QEMU starts with.
    pub fn image(&self) -> PathBuf {
        self.folder.join("u-boot.bin")
    }

    /// Takes the kernel images apart again.
    pub fn dumpimage(&self) -> PathBuf {
        self.folder.join("dumpimage")
    }

    /// Makes the kernel images that this U-Boot reads.
    pub fn mkimage(&self) -> PathBuf {
        self.folder.join("mkimage")
    }
}

pub fn build() -> Result<UBoot> {
    let mut inputs: Vec<Vec<u8>> = vec![EPOCH.into()];
    for (path, sha256) in SOURCES {
        inputs.push(format!("{path} {sha256}").into_bytes());
    }
    let others = [FRAGMENT, "salle.env", "qemu-arm.h"];
    for name in PATCHES.into_iter().chain(others) {
        let path = board().join("u-boot").join(name);
        inputs.push(fs::read(&path).map_err(wrong("read", &path))?);
    }
    let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
    let key = digest::key(&inputs)?;
    let folder = once(&format!("u-boot-{key}"), compile)?;
    Ok(UBoot { folder })
}

/// What it is built from, checked.
pub fn sources() -> Result<Vec<packages::Package>> {
    packages::pinned(&SOURCES)
}

/// As Debian counts.
pub fn version() -> &'static str {
    let [_, (debian, _)] = SOURCES;
    let file = debian.rsplit('/').next().unwrap_or(debian);
    let version = file.strip_prefix("u-boot_").unwrap_or(file);
    version.strip_suffix(".debian.tar.xz").unwrap_or(version)
}

/// Debian's record of the licences of that source.
pub fn copyright() -> Result<String> {
    let sources = sources()?;
    let debian = sources.last().map(packages::fetched).unwrap_or_default();
    let mut tar = Command::new("tar");
    tar.args(["--extract", "--to-stdout", "debian/copyright", "--file"]);
    run::output(tar.arg(&debian))
        .ok_or_else(|| format!("{} has no debian/copyright", debian.display()))
}

fn compile(into: &Path) -> Result<()> {
    let sources = sources()?;
    let source = into.join("source");
    unpack(&sources, &source)?;
    let ours = board().join("u-boot");
    for name in PATCHES {
        patch(&source, &ours.join(name))?;
    }
    for (from, to) in COPIED {
        let to = source.join(to);
        fs::copy(ours.join(from), &to).map_err(wrong("write", &to))?;
    }
    configure(&source, &ours.join(FRAGMENT))?;
    run::quietly(
        "make U-Boot",
        make(&source).args(["-j2", "DTC=/usr/bin/dtc", "u-boot.bin", "tools"]),
    )?;
    for (from, to) in [
        ("u-boot.bin", "u-boot.bin"),
        ("tools/mkimage", "mkimage"),
        ("tools/dumpimage", "dumpimage"),
    ] {
        fs::copy(source.join(from), into.join(to)).map_err(wrong("keep", &source))?;
    }
    fs::remove_dir_all(&source).map_err(wrong("remove", &source))
}

fn unpack(sources: &[packages::Package], source: &Path) -> Result<()> {
    fs::create_dir_all(source).map_err(wrong("create", source))?;
    for (package, strip) in sources.iter().zip(["1", "0"]) {
        let mut tar = Command::new("tar");
        tar.arg("--extract")
            .arg("--file")
            .arg(packages::fetched(package));
        tar.arg("--strip-components")
            .arg(strip)
            .arg("--directory")
            .arg(source);
        run::quietly("unpacking U-Boot's source", &mut tar)?;
    }
    let series = source.join("debian/patches/series");
    let names = fs::read_to_string(&series).map_err(wrong("read", &series))?;
    names
        .lines()
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .try_for_each(|name| patch(source, &source.join("debian/patches").join(name)))
}

fn patch(source: &Path, file: &Path) -> Result<()> {
    let mut patch = Command::new("patch");
    patch
        .args(["--strip=1", "--batch", "--forward"])
        .arg("--input")
        .arg(file);
    run::quietly("patching U-Boot", patch.current_dir(source))
}

fn configure(source: &Path, fragment: &Path) -> Result<()> {
    run::quietly("make defconfig", make(source).arg("qemu_arm64_defconfig"))?;
    let mut merge = Command::new("scripts/kconfig/merge_config.sh");
    merge
        .args(["-m", ".config"])
        .arg(fragment)
        .current_dir(source);
    run::quietly("joining U-Boot's configuration", &mut merge)?;
    run::quietly("make olddefconfig", make(source).arg("olddefconfig"))
}

fn make(source: &Path) -> Command {
    let mut make = Command::new("make");
    make.current_dir(source)
        .env("CROSS_COMPILE", "aarch64-linux-gnu-")
        .env("SOURCE_DATE_EPOCH", EPOCH);
    make
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_debians() {
        assert_eq!(version(), "2025.01-3+deb13u1");
    }
}
