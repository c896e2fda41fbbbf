//! The disk that is flashed: a GPT with the names that everything else uses.
//!
//! Slot B is empty: the first update fills it. `data` is not there: the unit makes it at its
//! first start on whatever is left of its disk.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::root::Root;
use super::u_boot::UBoot;
use super::{EPOCH, Image, Wanted, board, digest, once, wrong};
use crate::{Result, run};

const MIB: u64 = 1024 * 1024;
/// Windows shows a partition of this type: an installer writes `salle.toml` there.
const SEEN_BY_ALL: &str = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7";
/// What nothing mounts by itself.
const OURS: &str = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";
/// Names with sizes in MiB, in their order on the disk.
const PARTITIONS: [(&str, u64, &str); 6] = [
    ("boot", 64, SEEN_BY_ALL),
    ("env", 1, OURS),
    ("kernel-a", 64, OURS),
    ("kernel-b", 64, OURS),
    ("root-a", 448, OURS),
    ("root-b", 448, OURS),
];

pub fn build(u_boot: &UBoot, root: &Root, kernel: &Path, wanted: &Wanted) -> Result<Image> {
    let readme = board().join("boot/README.txt");
    let key = digest::key(&[
        root.hash.as_bytes(),
        digest::of_file(kernel)?.as_bytes(),
        digest::of_file(&u_boot.image())?.as_bytes(),
        &fs::read(&readme).map_err(wrong("read", &readme))?,
        include_bytes!("disk.rs"),
    ])?;
    let folder = once(&format!("disk-{}-{key}", wanted.name()), |into| {
        for (from, name) in [
            (u_boot.image(), "u-boot.bin"),
            (root.image(), "root.img"),
            (kernel.to_owned(), "kernel.itb"),
            (u_boot.mkimage(), "mkimage"),
            (u_boot.dumpimage(), "dumpimage"),
        ] {
            fs::copy(&from, into.join(name)).map_err(wrong("copy", &from))?;
        }
        let boot = into.join("boot.img");
        fat(&boot, &readme)?;
        let disk = into.join("disk.img");
        partition(&disk)?;
        place(&boot, &disk, "boot")?;
        place(kernel, &disk, "kernel-a")?;
        place(&root.image(), &disk, "root-a")?;
        fs::write(into.join("root-hash"), &root.hash).map_err(wrong("write", into))
    })?;
    Ok(Image {
        folder,
        root_hash: root.hash.clone(),
    })
}

/// Offset and size in bytes of a partition.
fn extent(name: &str) -> Result<(u64, u64)> {
    let mut start = MIB;
    for (label, size, _) in PARTITIONS {
        if label == name {
            return Ok((start, size * MIB));
        }
        start += size * MIB;
    }
    Err(format!("the disk has no partition {name}"))
}

fn partition(disk: &Path) -> Result<()> {
    let used: u64 = PARTITIONS.iter().map(|(_, size, _)| size).sum();
    let file = File::create(disk).map_err(wrong("create", disk))?;
    // One MiB before for the table, one behind for its copy.
    file.set_len((used + 2) * MIB)
        .map_err(wrong("size", disk))?;
    let mut script =
        "label: gpt\nlabel-id: 5A11E000-0000-4000-8000-0000000000FF\nfirst-lba: 2048\n".to_owned();
    for (number, (name, size, kind)) in PARTITIONS.iter().enumerate() {
        script += &format!(
            "name={name}, size={size}MiB, type={kind}, uuid=5A11E000-0000-4000-8000-{:012}\n",
            number + 1
        );
    }
    let mut sfdisk = Command::new("sfdisk");
    let mut child = sfdisk
        .args(["--quiet", "--no-reread", "--no-tell-kernel"])
        .arg(disk)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|e| format!("sfdisk: {e}"))?;
    if let Some(mut input) = child.stdin.take() {
        input
            .write_all(script.as_bytes())
            .map_err(|e| format!("sfdisk: {e}"))?;
    }
    let status = child.wait().map_err(|e| format!("sfdisk: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("sfdisk made no table".to_owned())
    }
}

/// Copies a file to a partition; what is zero stays a hole.
fn place(from: &Path, disk: &Path, name: &str) -> Result<()> {
    let (start, room) = extent(name)?;
    let size = fs::metadata(from).map_err(wrong("read", from))?.len();
    if size > room {
        return Err(format!(
            "{} has {size} bytes; {name} holds {room}",
            from.display()
        ));
    }
    let mut source = File::open(from).map_err(wrong("read", from))?;
    let mut target = File::options()
        .write(true)
        .open(disk)
        .map_err(wrong("write", disk))?;
    let mut block = vec![0; MIB as usize];
    let mut at = start;
    loop {
        let count = source.read(&mut block).map_err(wrong("read", from))?;
        let Some(bytes) = block.get(..count).filter(|bytes| !bytes.is_empty()) else {
            return Ok(());
        };
        if bytes.iter().any(|byte| *byte != 0) {
            target
                .seek(SeekFrom::Start(at))
                .map_err(wrong("write", disk))?;
            target.write_all(bytes).map_err(wrong("write", disk))?;
        }
        at += count as u64;
    }
}

fn fat(image: &PathBuf, readme: &Path) -> Result<()> {
    let (_, size) = extent("boot")?;
    let file = File::create(image).map_err(wrong("create", image))?;
    file.set_len(size).map_err(wrong("size", image))?;
    let mut make = Command::new("mkfs.vfat");
    make.args([
        "-F",
        "32",
        "-s",
        "1",
        "-n",
        "SALLE",
        "-i",
        "5a11e000",
        "--invariant",
    ])
    .arg(image);
    run::quietly("making the boot partition", &mut make)?;
    let mut copy = Command::new("mcopy");
    copy.arg("-i")
        .arg(image)
        .arg(readme)
        .arg("::README.txt")
        .env("SOURCE_DATE_EPOCH", EPOCH);
    run::quietly("filling the boot partition", &mut copy)
}
