//! Disk images: the file arrives in the boot partition, and nothing else changes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod support;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::{SHORTEST, accepted, run};
use tempfile::TempDir;

const MIB: usize = 1024 * 1024;
/// Behind another partition, so that its place must be read.
const BOOT: usize = 2 * MIB;
const TABLE: &str = "label: gpt\nfirst-lba: 2048\nname=env, size=1MiB\nname=boot, size=40MiB\nname=root-a, size=1MiB\n";

fn program(command: &mut Command, input: &str) -> String {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn disk(folder: &TempDir) -> PathBuf {
    let (disk, boot) = (folder.path().join("a,b.img"), folder.path().join("boot"));
    fs::write(&boot, vec![0; 40 * MIB]).unwrap();
    program(
        Command::new("mkfs.vfat")
            .args(["-F", "32", "-s", "1"])
            .arg(&boot),
        "",
    );
    let mut bytes = vec![0; BOOT];
    bytes.extend(fs::read(&boot).unwrap());
    bytes.resize(44 * MIB, 7);
    fs::write(&disk, bytes).unwrap();
    let mut table = Command::new("sfdisk");
    program(table.args(["--quiet", "--wipe=never"]).arg(&disk), TABLE);
    disk
}

fn written(disk: &Path) -> String {
    let drive = format!("{}@@{BOOT}", disk.display());
    program(
        Command::new("mtype").args(["-i", &drive, "::salle.toml"]),
        "",
    )
}

fn commission(disk: &Path, answers: &[&str]) {
    let ended = run(&["--image", &disk.to_string_lossy()], answers);
    assert!(ended.well, "{ended:?}");
}

/// The answers to somebody who finds a file there.
fn replacing() -> Vec<&'static str> {
    let mut answers = SHORTEST.to_vec();
    answers.insert(1, "yes");
    answers[2] = "Room 5";
    answers
}

#[test]
#[ignore = "needs mtools, dosfstools and fdisk: cargo xtask test images"]
fn a_plain_image_gets_the_file_and_keeps_everything_else() {
    let folder = tempfile::tempdir().unwrap();
    let disk = disk(&folder);
    let before = fs::read(&disk).unwrap();
    commission(&disk, SHORTEST);
    assert_eq!(
        accepted(&written(&disk)).settings.room.name.as_str(),
        "Room 4.12"
    );
    commission(&disk, &replacing());
    assert_eq!(
        accepted(&written(&disk)).settings.room.name.as_str(),
        "Room 5"
    );
    let after = fs::read(&disk).unwrap();
    assert_eq!(before.len(), after.len());
    assert!(before[..BOOT] == after[..BOOT]);
    assert!(before[BOOT + 40 * MIB..] == after[BOOT + 40 * MIB..]);
}

#[test]
#[ignore = "needs qemu-utils, mtools, dosfstools and fdisk: cargo xtask test images"]
fn a_units_own_disk_gets_the_file_and_the_image_below_it_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let below = disk(&folder);
    let before = fs::read(&below).unwrap();
    let own = folder.path().join("own, too.qcow2");
    let mut make = Command::new("qemu-img");
    make.args(["create", "-q", "-f", "qcow2", "-F", "raw", "-b"]);
    program(make.arg(&below).arg(&own).arg("100M"), "");
    commission(&own, SHORTEST);
    commission(&own, &replacing());
    assert!(before == fs::read(&below).unwrap());
    let flat = folder.path().join("flat.img");
    let mut convert = Command::new("qemu-img");
    program(
        convert.args(["convert", "-O", "raw"]).arg(&own).arg(&flat),
        "",
    );
    assert_eq!(
        accepted(&written(&flat)).settings.room.name.as_str(),
        "Room 5"
    );
    assert!(
        before[BOOT + 40 * MIB..43 * MIB] == fs::read(&flat).unwrap()[BOOT + 40 * MIB..43 * MIB]
    );
}

#[test]
#[ignore = "needs qemu-utils, mtools, dosfstools and fdisk: cargo xtask test images"]
fn a_disk_from_which_a_machine_runs_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.qcow2");
    let mut make = Command::new("qemu-img");
    program(
        make.args(["create", "-q", "-f", "qcow2"])
            .arg(&own)
            .arg("8M"),
        "",
    );
    let mut machine = Command::new("qemu-io");
    let pipes = machine
        .arg(&own)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut machine = pipes.spawn().unwrap();
    // Its prompt comes when it has the disk.
    std::io::Read::read_exact(machine.stdout.as_mut().unwrap(), &mut [0]).unwrap();
    let ended = run(&["--image", &own.to_string_lossy()], &[]);
    machine.kill().unwrap();
    machine.wait().unwrap();
    assert!(
        !ended.well && ended.err.contains("end that first"),
        "{ended:?}"
    );
    assert!(ended.out.is_empty());
}
