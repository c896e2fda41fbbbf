//! What stands on the display of a unit that nobody has commissioned, and from when on.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use salle_images::{Image, LONG, Machine, Options, Picture};

/// Writing covers more than this of a picture, in thousandths.
const WRITTEN: usize = 3;
/// And the stage, which is no flat colour anywhere, more than this: so it is not the kernel's writing.
const STAGE: usize = 300;

fn shown(machine: &mut Machine, to: &Path, wanted: impl Fn(&Picture) -> bool) {
    let began = Instant::now();
    let mut look = || Picture::take(machine.qmp(), None, to).unwrap();
    while !look().is_some_and(|picture| wanted(&picture)) {
        assert!(
            began.elapsed() < LONG,
            "nothing on the screen: {}",
            to.display()
        );
        std::thread::sleep(Duration::from_millis(500));
    }
}

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
    shown(&mut machine, &kept.join("first.png"), |picture| {
        picture.bright() >= WRITTEN
    });
    machine.wait_for("roomctl status", LONG).unwrap();
    let said = machine.run("roomctl status").unwrap().text;
    assert!(said.contains("SET-02"), "{said}");
    shown(&mut machine, &kept.join("waiting.png"), |picture| {
        picture.drawn() > STAGE
    });
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
