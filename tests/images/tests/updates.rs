//! From slot A to slot B and back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::path::Path;

use salle_images::{Bundle, Disk, Image, LONG, Machine, Options};

/// Where the guest keeps a bundle while it installs it.
const BUNDLE: &str = "/var/tmp/update.raucb";

fn up(image: &Image, disk: &Disk, folder: &Path) -> Machine {
    let mut machine = Machine::start(image, disk, folder, &Options::default()).unwrap();
    machine.wait_until_started().unwrap();
    machine
}

fn slot(machine: &mut Machine) -> String {
    let said = machine
        .run("sed -n 's/.*salle.slot=\\([AB]\\).*/\\1/p' /proc/cmdline")
        .unwrap();
    said.text
}

/// Brings a bundle in over the network and installs it.
fn install(machine: &mut Machine, bundle: &Path) {
    let server = salle_images::FileServer::start(bundle).unwrap();
    // The image has no program for this but bash.
    let fetch = format!(
        "exec 3<>/dev/tcp/10.0.2.2/{} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && \
         while IFS= read -r line <&3 && [ \"$line\" != $'\\r' ]; do :; done && \
         cat <&3 >{BUNDLE} && [ $(stat -c %s {BUNDLE}) = {} ]",
        server.port(),
        std::fs::metadata(bundle).unwrap().len(),
    );
    machine.wait_for(&fetch, LONG).unwrap();
    let installed = machine
        .run_within(&format!("rauc install {BUNDLE}"), LONG)
        .unwrap();
    assert_eq!(installed.code, 0, "{}", installed.text);
    machine.run(&format!("rm {BUNDLE}")).unwrap();
}

#[test]
fn an_update_goes_to_the_other_slot_and_starts_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let next = Image::next_from_environment().unwrap();
    let bundle = Bundle::of(&next, "0.2.0")
        .unwrap()
        .write(folder.path(), "next.raucb")
        .unwrap();
    let disk = Disk::flashed(&image, folder.path()).unwrap();
    let mut machine = up(&image, &disk, folder.path());
    assert_eq!(slot(&mut machine), "A");
    let kept = machine.run("echo kept >/var/lib/kept && sync").unwrap();
    assert_eq!(kept.code, 0, "{kept:?}");

    install(&mut machine, &bundle);
    machine.run("systemctl reboot").unwrap();
    machine.wait_until_started().unwrap();

    assert_eq!(slot(&mut machine), "B");
    let version = machine
        .run("sed -n 's/^IMAGE_VERSION=//p' /etc/os-release")
        .unwrap()
        .text;
    assert_eq!(version, "0.2.0");
    assert_eq!(machine.run("cat /var/lib/kept").unwrap().text, "kept");
}

#[test]
fn a_slot_that_cannot_start_is_given_up_after_three_tries_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let next = Image::next_from_environment().unwrap();
    // A root that fits no kernel image of its own: the initramfs refuses it.
    let broken = Bundle::of(&next, "0.2.0").unwrap().kernel(&image.kernel());
    let bundle = broken.write(folder.path(), "broken.raucb").unwrap();
    let disk = Disk::flashed(&image, folder.path()).unwrap();
    let mut machine = up(&image, &disk, folder.path());
    install(&mut machine, &bundle);
    machine.run("systemctl reboot").unwrap();
    machine.wait_until_up().unwrap();

    assert_eq!(slot(&mut machine), "A");
    let kept = machine
        .run("fw_printenv BOOT_B_LEFT BOOT_B_FAULT")
        .unwrap()
        .text;
    assert!(kept.contains("BOOT_B_LEFT=0"), "{kept}");
    assert!(kept.contains("BOOT_B_FAULT=its root is damaged"), "{kept}");
}

#[test]
fn a_system_that_hangs_is_reset_and_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    // Nobody feeds the watchdog that U-Boot has started.
    let hangs = "#!/bin/busybox sh\nwhile :; do :; done\n";
    let kernel = image.kernel_with_init(hangs, folder.path()).unwrap();
    let bundle = Bundle::of(&image, "0.2.0").unwrap().kernel(&kernel);
    let bundle = bundle.write(folder.path(), "hangs.raucb").unwrap();
    let disk = Disk::flashed(&image, folder.path()).unwrap();
    let watched = Options {
        watchdog: true,
        ..Options::default()
    };
    let mut machine = Machine::start(&image, &disk, folder.path(), &watched).unwrap();
    machine.wait_until_started().unwrap();
    install(&mut machine, &bundle);
    machine.run("systemctl reboot").unwrap();
    machine.wait_until_up_within(LONG * 2).unwrap();

    assert_eq!(slot(&mut machine), "A");
    let events = machine.qmp().events().unwrap().to_vec();
    assert_eq!(
        events.iter().filter(|event| *event == "WATCHDOG").count(),
        3,
        "{events:?}"
    );
    let kept = machine
        .run("fw_printenv BOOT_B_LEFT BOOT_B_FAULT")
        .unwrap()
        .text;
    assert!(
        kept.contains("BOOT_B_LEFT=0") && kept.contains("did not report"),
        "{kept}"
    );
}
