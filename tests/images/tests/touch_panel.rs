//! The touch panel on its own display: what it says, that a finger reaches it, that it comes back.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::path::{Path, PathBuf};

use salle_images::{Image, LONG, Machine, Options, Picture, RawDisk};

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
/// Where the button for settings is, in thousandths.
const SETTINGS: (u32, u32) = (951, 78);
/// And the keys 2, 4, 6 and 8 of the page that asks for the PIN.
const KEYS: [(u32, u32); 4] = [(675, 410), (569, 539), (781, 539), (675, 666)];
/// A room with a homeserver that is never reached: its panel shows the room all the same.
const SALLE: &str = "version = 1\n[room]\nname = \"Salle Ampère\"\n[matrix]\n\
    homeserver = \"https://matrix.invalid\"\nuser = \"@room:matrix.invalid\"\npassword = \"a\"\n\
    [panel]\npin = \"24682468\"\n";

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The first picture of the panel that is as wanted.
fn shown(machine: &mut Machine, name: &str, wanted: impl Fn(&Picture) -> bool) -> Picture {
    machine.shows(Some("panel"), &kept(name), wanted).unwrap()
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
    let disk = RawDisk::flashed(&image, folder.path()).unwrap();
    disk.put_on_boot("salle.toml", SALLE).unwrap();
    let mut machine = Machine::start(&image, &disk, folder.path(), &options).unwrap();
    machine.wait_until_started().unwrap();
    let active = "systemctl is-active salle-compositor paneld";
    machine.wait_for(active, LONG).unwrap();
    machine.wait_for("roomctl status", LONG).unwrap();

    let home = shown(&mut machine, "panel-home.png", |picture| {
        picture.drawn() > PAGE
    });
    // The stage is on its own card, and the panel's is the compositor's alone.
    machine
        .shows(Some("stage"), &kept("panel-stage.png"), Picture::is_stage)
        .unwrap();
    let owner = said(&mut machine, "stat -L -c '%U %G %a' /dev/salle/panel");
    assert_eq!(owner, "salle-display root 600");

    tap(&mut machine, &[SETTINGS]);
    let asked = shown(&mut machine, "panel-pin.png", |picture| {
        picture.differs(&home) > OTHER
    });
    tap(&mut machine, &[KEYS, KEYS].concat());
    let settings = shown(&mut machine, "panel-settings.png", |picture| {
        picture.differs(&home) > OTHER && picture.differs(&asked) > OTHER
    });
    // Only the panel has it, and nothing says it.
    let places = "grep -rlsx 24682468 /run /var; journalctl --boot | grep -F 24682468";
    let places = said(&mut machine, places);
    let known = "/run/credentials/paneld.service/salle.panel-pin /run/credstore/salle.panel-pin \
                 /var/lib/salle-config/secrets/panel-pin";
    let mut places: Vec<_> = places.lines().collect();
    places.sort_unstable();
    assert_eq!(places.join(" "), known);

    for unit in ["paneld", "salle-compositor"] {
        killed(&mut machine, unit);
        let name = format!("{unit}-again.png");
        shown(&mut machine, &name, |picture| {
            picture.differs(&settings) > OTHER && picture.differs(&home) < OTHER
        });
    }
}

fn tap(machine: &mut Machine, places: &[(u32, u32)]) {
    for (x, y) in places {
        machine.qmp().tap("panel", *x, *y).unwrap();
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
