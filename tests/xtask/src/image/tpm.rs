//! The driver of the virtual board's TPM, which Debian's kernel for arm64 is built without
//! (`CONFIG_TCG_TIS`; boards have theirs behind SPI, whose driver it has, and whose core this shares).
//!
//! One file of the kernel's own source, compiled with the configuration of the very kernel that is in
//! the image. Deliberately absent: a kernel of our own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{EPOCH_DATE, digest, once, packages, wrong};
use crate::{Result, run};

/// As `uname -r` says; what follows moves with it.
const KERNEL: &str = "7.3.4+deb13-arm64";
const LOCAL_VERSION: &str = "+deb13-arm64";
const SOURCE: (&str, &str) = (
    "debian/pool/main/l/linux/linux-source-7.3_7.3.4-1%7ebpo13%2b1_all.deb",
    "703e369ddd4cce971452f5a593ee55df3a5c10c83caf0fa0df039633ed181ee3",
);
const HEADERS: (&str, &str) = (
    "debian/pool/main/l/linux/linux-headers-7.3.4%2bdeb13-arm64_7.3.4-1%7ebpo13%2b1_arm64.deb",
    "469a205bfcac35729e9295462dacc5fdb7b871c139ade15d151b33ccd97f2102",
);
/// Below the kernel's source, and below its modules in the image.
const PLACE: &str = "drivers/char/tpm";
const MODULE: &str = "tpm_tis.ko";
/// The kernel was built with one, which is part of what its modules must agree with; this module's type
/// information, all that the program would be run for, is left out.
const PAHOLE: &str = "#!/bin/sh\necho v1.30\n";

/// Puts the driver beside the kernel's own ones.
pub fn install(modules: &Path) -> Result<()> {
    let name = modules.file_name().unwrap_or_default();
    if name != KERNEL {
        return Err(format!(
            "the image's kernel is {}, the TPM's driver is for {KERNEL}: move tpm.rs on to the \
             packages linux-source and linux-headers of that kernel",
            name.display()
        ));
    }
    let to = modules.join("kernel").join(PLACE).join(MODULE);
    fs::copy(build()?, &to)
        .map(drop)
        .map_err(wrong("write", &to))
}

/// What it is built from, checked.
pub fn sources() -> Result<Vec<packages::Package>> {
    packages::pinned(&[SOURCE, HEADERS])
}

fn build() -> Result<PathBuf> {
    let key = digest::key(&[include_bytes!("tpm.rs")])?;
    Ok(once(&format!("tpm-{key}"), compile)?.join(MODULE))
}

fn compile(into: &Path) -> Result<()> {
    let work = into.join("work");
    for package in sources()? {
        let mut unpack = Command::new("dpkg-deb");
        unpack.arg("--extract").arg(packages::fetched(&package));
        run::quietly("unpacking the kernel's source", unpack.arg(&work))?;
    }
    let mut unpack = Command::new("tar");
    unpack.arg("--extract").arg("--directory").arg(&work);
    unpack
        .arg("--file")
        .arg(work.join("usr/src/linux-source-7.3.tar.xz"));
    run::quietly("unpacking the kernel's source", &mut unpack)?;
    let source = work.join("linux-source-7.3");
    configure(&work, &source)?;
    let target = [&format!("M={PLACE}"), MODULE];
    run::quietly("compiling the TPM's driver", make(&source).args(target))?;
    strip(&source.join(PLACE).join(MODULE), &into.join(MODULE))?;
    fs::remove_dir_all(&work).map_err(wrong("remove", &work))
}

/// The kernel's own configuration, with this one driver more.
fn configure(work: &Path, source: &Path) -> Result<()> {
    let headers = work.join(format!("usr/src/linux-headers-{KERNEL}"));
    let config = headers.join(".config");
    let text = fs::read_to_string(&config).map_err(wrong("read", &config))?;
    let to = source.join(".config");
    let text = text.replace("# CONFIG_TCG_TIS is not set", "CONFIG_TCG_TIS=m");
    fs::write(&to, text).map_err(wrong("write", &to))?;
    let symbols = source.join("Module.symvers");
    fs::copy(headers.join("Module.symvers"), &symbols).map_err(wrong("write", &symbols))?;
    let pahole = source.join("pahole");
    fs::write(&pahole, PAHOLE).map_err(wrong("write", &pahole))?;
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(&pahole, executable).map_err(wrong("write", &pahole))?;
    run::quietly("make olddefconfig", make(source).arg("olddefconfig"))?;
    run::quietly("make modules_prepare", make(source).arg("modules_prepare"))
}

fn make(source: &Path) -> Command {
    let mut make = Command::new("make");
    make.arg("-C").arg(source).args([
        "-j2",
        "--silent",
        "ARCH=arm64",
        "CROSS_COMPILE=aarch64-linux-gnu-",
    ]);
    make.arg(format!("LOCALVERSION={LOCAL_VERSION}"));
    make.arg(format!("PAHOLE={}", source.join("pahole").display()));
    // The same bytes whenever it is built.
    make.env("KBUILD_BUILD_TIMESTAMP", EPOCH_DATE);
    make
}

/// Without what only a debugger reads, which holds the folder it was built in.
fn strip(from: &Path, to: &Path) -> Result<()> {
    let mut strip = Command::new("aarch64-linux-gnu-strip");
    strip.args(["--strip-debug", "-o"]).arg(to).arg(from);
    run::quietly("stripping the TPM's driver", &mut strip)
}
