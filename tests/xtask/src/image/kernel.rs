//! The kernel image of a slot: kernel and initramfs, each with its hash, as U-Boot reads it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::base::Base;
use super::root::Root;
use super::u_boot::UBoot;
use super::{EPOCH, board, digest, initramfs, once, wrong};
use crate::{Result, run};

/// Where the kernel runs: the fourth MiB of the board's memory, aligned as arm64 asks.
const ADDRESS: &str = "0x40400000";

pub fn build(base: &Base, root: &Root, u_boot: &UBoot) -> Result<PathBuf> {
    let init = board().join("initramfs/init");
    let key = digest::key(&[
        base.key().as_bytes(),
        root.table().as_bytes(),
        &fs::read(&init).map_err(wrong("read", &init))?,
        include_bytes!("initramfs.rs"),
        include_bytes!("kernel.rs"),
    ])?;
    let folder = once(&format!("kernel-{key}"), |into| {
        make(base, root, u_boot, into).map(drop)
    })?;
    Ok(folder.join("kernel.itb"))
}

/// Makes it in a folder, whatever the cache has.
pub fn make(base: &Base, root: &Root, u_boot: &UBoot, into: &Path) -> Result<PathBuf> {
    let initramfs = initramfs::build(&base.root(), root, into)?;
    pack(&base.kernel(), &initramfs, u_boot, into)?;
    Ok(into.join("kernel.itb"))
}

fn pack(kernel: &Path, initramfs: &Path, u_boot: &UBoot, into: &Path) -> Result<()> {
    let source = into.join("kernel.its");
    fs::write(&source, describe(kernel, initramfs)).map_err(wrong("write", &source))?;
    let mut mkimage = Command::new(u_boot.mkimage());
    mkimage
        .arg("-f")
        .arg(&source)
        .arg(into.join("kernel.itb"))
        .env("SOURCE_DATE_EPOCH", EPOCH);
    run::quietly("packing the kernel image", &mut mkimage)
}

fn describe(kernel: &Path, initramfs: &Path) -> String {
    let part = |kind: &str, file: &Path, more: &str| {
        format!(
            "{kind} {{ description = \"{kind}\"; data = /incbin/(\"{}\"); type = \"{kind}\"; arch = \"arm64\"; \
             os = \"linux\"; compression = \"none\"; {more} hash-1 {{ algo = \"sha256\"; }}; }};",
            file.display()
        )
    };
    format!(
        "/dts-v1/;\n/ {{ description = \"Salle\"; #address-cells = <1>;\nimages {{\n{}\n{}\n}};\n\
         configurations {{ default = \"slot\"; slot {{ description = \"slot\"; kernel = \"kernel\"; \
         ramdisk = \"ramdisk\"; }}; }};\n}};\n",
        part(
            "kernel",
            kernel,
            &format!("load = <{ADDRESS}>; entry = <{ADDRESS}>;")
        ),
        part("ramdisk", initramfs, "")
    )
}
