//! `cargo xtask image run`: the virtual board, for a person to look at.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Image, folder, wrong};
use crate::{Result, run as program};

/// What the unit's disk has room for.
const DISK: &str = "4G";
const PANEL: &str = "virtio-gpu-pci,id=panel,addr=0x10";

/// Takes this process's place: the serial line is the terminal's, Ctrl-A X ends it.
pub fn run(image: &Image, words: &[&str]) -> Result<()> {
    if let Some(other) = words
        .iter()
        .find(|word| !["--headless", "--fresh", "--test"].contains(word))
    {
        return Err(format!("xtask image run does not know `{other}`"));
    }
    let disk = disk(image, words.contains(&"--fresh"))?;
    let mut qemu = Command::new("qemu-system-aarch64");
    qemu.args([
        "-machine",
        "virt",
        "-cpu",
        "max,pauth-impdef=on",
        "-smp",
        "2",
        "-m",
        "2048",
    ]);
    qemu.args(["-accel", "tcg,thread=multi,tb-size=512"]);
    qemu.arg("-bios").arg(image.folder.join("u-boot.bin"));
    qemu.arg("-drive").arg(format!(
        "if=none,id=disk,format=qcow2,file={}",
        disk.display()
    ));
    qemu.args(["-device", "virtio-blk-pci,drive=disk"]);
    qemu.args([
        "-netdev",
        "user,id=net",
        "-device",
        "virtio-net-pci,netdev=net,romfile=",
    ]);
    qemu.args(["-device", "i6300esb,addr=0x1e", "-action", "watchdog=reset"]);
    qemu.args(["-device", "virtio-rng-pci", "-device", "qemu-xhci"]);
    if words.contains(&"--headless") {
        qemu.arg("-nographic");
    } else {
        // The stage, and the touch panel where the board's profile has it.
        for device in ["virtio-gpu-pci", PANEL, "virtio-tablet-pci,display=panel"] {
            qemu.args(["-device", device]);
        }
        qemu.args(["-serial", "mon:stdio"]);
    }
    let error = qemu.exec();
    Err(format!("cannot start qemu-system-aarch64: {error}"))
}

/// The unit's disk; made anew when the image is another one than before.
pub fn disk(image: &Image, fresh: bool) -> Result<PathBuf> {
    let disk = folder("run")?.join("disk.qcow2");
    if fresh || !made_from(&disk, image) {
        overlay(&disk, image)?;
    }
    Ok(disk)
}

fn made_from(disk: &Path, image: &Image) -> bool {
    let note = disk.with_extension("image");
    disk.exists()
        && fs::read_to_string(note).is_ok_and(|text| text == image.folder.to_string_lossy())
}

/// What the unit writes goes to a file of its own: the image stays as it was built.
fn overlay(disk: &Path, image: &Image) -> Result<()> {
    let mut make = Command::new("qemu-img");
    make.args(["create", "-q", "-f", "qcow2", "-F", "raw", "-b"]);
    make.arg(image.folder.join("disk.img")).arg(disk).arg(DISK);
    program::quietly("making the unit's disk", &mut make)?;
    let note = disk.with_extension("image");
    fs::write(&note, image.folder.to_string_lossy().as_bytes()).map_err(wrong("write", &note))
}
