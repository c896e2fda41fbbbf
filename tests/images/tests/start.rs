//! What a unit is after its first start, and what it refuses to start.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use salle_images::{Image, LONG, Machine, Options, RawDisk};

/// The message of the initramfs when the root does not verify.
const DAMAGED: &str = "its root is damaged: the root hash does not match";

#[test]
fn a_flashed_unit_starts_from_a_root_that_nobody_can_write() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let mut machine = Machine::flashed(&image, folder.path(), &Options::default()).unwrap();

    let root = machine
        .run("findmnt --noheadings --output FSTYPE,OPTIONS /")
        .unwrap();
    assert!(
        root.text.starts_with("erofs") && root.text.contains("ro,"),
        "{root:?}"
    );
    let verity = machine.run("dmsetup status root").unwrap().text;
    assert!(verity.contains("verity V"), "{verity}");
    for path in ["/usr/bin/x", "/etc/x", "/x"] {
        let wrote = machine.run(&format!("touch {path}")).unwrap();
        assert!(
            wrote.code != 0 && wrote.text.contains("Read-only"),
            "{wrote:?}"
        );
    }
    let remount = machine.run("mount -o remount,rw /").unwrap();
    assert_ne!(remount.code, 0, "{remount:?}");
    let environment = machine.run("fw_printenv BOOT_ORDER BOOT_A_LEFT").unwrap();
    assert_eq!(environment.code, 0, "{environment:?}");
    assert!(
        environment.text.contains("BOOT_ORDER=A B"),
        "{environment:?}"
    );
}

#[test]
fn a_flipped_bit_in_the_root_is_refused_and_the_reason_kept() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let disk = RawDisk::flashed(&image, folder.path()).unwrap();
    let root = disk.partition("root-a").unwrap();
    // The file system's own first block.
    disk.flip(root.start + 1024).unwrap();
    let env = disk.partition("env").unwrap();
    let machine = Machine::start(&image, &disk, folder.path(), &Options::default()).unwrap();
    machine
        .serial()
        .wait_for("No slot has tries left", 1, LONG)
        .unwrap();
    let said = machine.serial().text();
    assert_eq!(said.matches(DAMAGED).count(), 3, "{said}");
    assert!(!said.contains("Welcome"), "{said}");
    machine.cut_power();
    let kept = disk.read(env.start, 0x8000).unwrap();
    let kept = String::from_utf8_lossy(&kept).into_owned();
    assert!(kept.contains(&format!("BOOT_A_FAULT={DAMAGED}")), "{kept}");
}

#[test]
fn a_damaged_kernel_image_is_not_started() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let disk = RawDisk::flashed(&image, folder.path()).unwrap();
    let kernel = disk.partition("kernel-a").unwrap();
    disk.flip(kernel.start + (8 << 20)).unwrap();
    let machine = Machine::start(&image, &disk, folder.path(), &Options::default()).unwrap();
    machine
        .serial()
        .wait_for("No slot has tries left", 1, LONG)
        .unwrap();
    assert!(
        machine.serial().text().contains("Bad hash value"),
        "{}",
        machine.serial().tail()
    );
}
