//! The touch panel on its own display: what it says, that a finger reaches it, that it comes back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use salle_images::{Image, LONG, Machine, Options, Picture};

/// The board's profile has the panel's display in this slot.
const DEVICES: [&str; 3] = [
    "virtio-gpu-pci,id=stage",
    "virtio-gpu-pci,id=panel,addr=0x10",
    "virtio-tablet-pci,display=panel",
];
/// More of a picture than this is drawn, in thousandths, when there is a page.
const PAGE: usize = 50;
/// And more than this is another when there is another page. The time of day is less.
const OTHER: usize = 15;
/// Of the stage, which is no flat colour anywhere; the kernel's own writing is much less.
const STAGE: usize = 300;
/// Where the button for settings is, in thousandths.
const SETTINGS: (u32, u32) = (951, 78);

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The first picture of a display that is as wanted.
fn shown(
    machine: &mut Machine,
    display: &str,
    name: &str,
    wanted: impl Fn(&Picture) -> bool,
) -> Picture {
    let (began, to) = (Instant::now(), kept(name));
    loop {
        let picture = Picture::take(machine.qmp(), Some(display), &to).unwrap();
        if let Some(picture) = picture.filter(|picture| wanted(picture)) {
            return picture;
        }
        assert!(began.elapsed() < LONG, "not as wanted: {}", to.display());
        std::thread::sleep(Duration::from_millis(500));
    }
}

fn said(machine: &mut Machine, command: &str) -> String {
    machine.run(command).unwrap().text
}

#[test]
fn the_panel_shows_the_room_hears_touches_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let devices = DEVICES.iter().flat_map(|device| ["-device", device]);
    let options = Options {
        more: devices.map(str::to_owned).collect(),
        ..Options::default()
    };
    let mut machine = Machine::flashed(&image, folder.path(), &options).unwrap();
    let active = "systemctl is-active salle-compositor paneld";
    machine.wait_for(active, LONG).unwrap();
    machine.wait_for("roomctl status", LONG).unwrap();

    let home = shown(&mut machine, "panel", "panel-home.png", |picture| {
        picture.drawn() > PAGE
    });
    // The stage is on its own card, and the panel's is the compositor's alone.
    shown(&mut machine, "stage", "panel-stage.png", |picture| {
        picture.drawn() > STAGE
    });
    let owner = said(&mut machine, "stat -L -c '%U %G %a' /dev/salle/panel");
    assert_eq!(owner, "salle-display root 600");

    machine.qmp().tap("panel", SETTINGS.0, SETTINGS.1).unwrap();
    let settings = shown(&mut machine, "panel", "panel-settings.png", |picture| {
        picture.differs(&home) > OTHER
    });

    for unit in ["paneld", "salle-compositor"] {
        killed(&mut machine, unit);
        let name = format!("{unit}-again.png");
        shown(&mut machine, "panel", &name, |picture| {
            picture.differs(&settings) > OTHER && picture.differs(&home) < OTHER
        });
    }
}

/// Kills a unit, and waits until there is another panel.
fn killed(machine: &mut Machine, unit: &str) {
    let pid = "systemctl show --value -p MainPID paneld";
    let first = said(machine, pid);
    said(machine, &format!("systemctl kill -s KILL {unit}"));
    let again = format!("systemctl is-active salle-compositor paneld && test $({pid}) != {first}");
    machine.wait_for(&again, LONG).unwrap();
}
