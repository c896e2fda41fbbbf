//! What stands on the display of a unit that nobody has commissioned, and from when on.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::path::Path;

use salle_images::{Image, LONG, Machine, Options, Picture};

/// Writing covers more than this of a picture, in thousandths.
const WRITTEN: usize = 3;

#[test]
fn the_display_says_what_the_unit_waits_for() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let options = Options {
        more: ["-device", "virtio-gpu-pci"].map(str::to_owned).to_vec(),
        ..Options::default()
    };
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut machine = Machine::flashed(&image, folder.path(), &options).unwrap();
    let written = |picture: &Picture| picture.bright() >= WRITTEN;
    machine
        .shows(None, &kept.join("first.png"), written)
        .unwrap();
    machine.wait_for("roomctl status", LONG).unwrap();
    let said = machine.run("roomctl status").unwrap().text;
    assert!(said.contains("SET-02"), "{said}");
    machine
        .shows(None, &kept.join("waiting.png"), Picture::is_stage)
        .unwrap();
    assert_eq!(panel_units(&mut machine), "inactive\ninactive");
}

/// Without a panel nothing of it is started, nor complained of.
fn panel_units(machine: &mut Machine) -> String {
    let log =
        "journalctl --no-pager --quiet -u paneld -u salle-compositor -u dev-salle-panel.device";
    assert_eq!(machine.run(log).unwrap().text, "");
    let state = "systemctl is-active paneld salle-compositor";
    machine.run(state).unwrap().text
}
