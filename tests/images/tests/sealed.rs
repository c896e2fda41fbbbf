//! A unit with a TPM: its data opens for its own systems and for nobody else's, and nothing of it is
//! lost when it does not open.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::fs;
use std::path::Path;

use salle_images::{Bundle, FileServer, Image, LONG, Machine, Options, RawDisk, Tpm};

/// Something of the room that must not be lost.
const MARK: &str = "/var/lib/salle-config/mark";
const IS_MARKED: &str = "grep -q kept /var/lib/salle-config/mark";

fn options() -> Options {
    Options {
        tpm: true,
        ..Options::default()
    }
}

struct Unit {
    image: Image,
    disk: RawDisk,
    folder: tempfile::TempDir,
}

impl Unit {
    fn flashed() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let image = Image::from_environment().unwrap();
        let disk = RawDisk::flashed(&image, folder.path()).unwrap();
        Self {
            image,
            disk,
            folder,
        }
    }

    fn start(&self) -> Machine {
        Machine::start(&self.image, &self.disk, self.folder.path(), &options()).unwrap()
    }

    /// Started once, sealed, and with a mark on its data.
    fn marked(&self) -> Machine {
        let mut machine = self.start();
        machine.wait_until_started().unwrap();
        let source = machine.run("findmnt --noheadings --output SOURCE /var");
        assert_eq!(source.unwrap().text, "/dev/mapper/salle-data");
        assert!(!identity(&mut machine).is_empty());
        assert_eq!(faults(&mut machine), Vec::<String>::new());
        let marked = machine.run(&format!("echo kept >{MARK} && sync")).unwrap();
        assert_eq!(marked.code, 0, "{}", marked.text);
        machine
    }
}

/// What the header of the encrypted partition calls it; nothing when it is not encrypted.
fn identity(machine: &mut Machine) -> String {
    let asked = "d=/dev/disk/by-partlabel/data; [ \"$(blkid -p -o value -s TYPE $d)\" = crypto_LUKS ] \
                 && blkid -p -o value -s UUID $d";
    machine.run(asked).unwrap().text
}

/// What the unit says of its data.
fn faults(machine: &mut Machine) -> Vec<String> {
    let said = machine.run("cat /run/salle-data/report.json").unwrap();
    let report: room_fleet::data::Report = serde_json::from_str(&said.text).unwrap();
    report.problems().into_iter().map(|one| one.code).collect()
}

/// A unit that restarts by itself on the way there.
fn until(machine: &mut Machine, command: &str) {
    machine.wait_across_restarts(command, LONG * 2).unwrap();
}

fn install(machine: &mut Machine, bundle: &Path) {
    let server = FileServer::start(bundle).unwrap();
    let address = server.address();
    let asked = format!("roomctl update install {address}");
    let said = machine.run_within(&asked, LONG).unwrap();
    assert_eq!(said.code, 0, "{}", said.text);
    until(
        machine,
        "grep -q salle.slot=B /proc/cmdline && [ \"$(fw_printenv -n BOOT_B_LEFT)\" = 3 ]",
    );
}

#[test]
fn sealed_data_follows_an_update_and_opens_for_no_altered_system() {
    let unit = Unit::flashed();
    let mut machine = unit.marked();
    let next = Image::next_from_environment().unwrap();
    let bundle = Bundle::of(&next, "0.2.0").unwrap();
    let bundle = bundle.write(unit.folder.path(), "next.raucb").unwrap();
    install(&mut machine, &bundle);
    assert_eq!(machine.run(IS_MARKED).unwrap().code, 0);
    machine.cut_power();

    // The same system but for a comment in its first program, as somebody with the disk in his hands
    // would write it.
    let init = next.init(unit.folder.path()).unwrap();
    let altered = format!("{init}\n# altered\n");
    let kernel = next.kernel_with_init(&altered, unit.folder.path()).unwrap();
    let place = unit.disk.partition("kernel-b").unwrap();
    let bytes = fs::read(kernel).unwrap();
    unit.disk.write(place.start, &bytes).unwrap();
    let mut machine = unit.start();
    until(
        &mut machine,
        &format!("grep -q salle.slot=A /proc/cmdline && {IS_MARKED}"),
    );
    let why = machine.run("fw_printenv -n BOOT_B_FAULT").unwrap();
    assert!(why.text.contains("the TPM does not give it"), "{why:?}");
    let count = machine.run("fw_printenv -n salle_failed").unwrap();
    assert_eq!(count.text, "", "forgotten once it opened");
}

#[test]
fn data_that_another_tpm_cannot_open_stays_until_somebody_resets_the_unit() {
    let unit = Unit::flashed();
    let mut machine = unit.marked();
    let before = identity(&mut machine);
    machine.cut_power();
    let (own, away) = (
        Tpm::state(unit.folder.path()),
        unit.folder.path().join("own"),
    );
    fs::rename(&own, &away).unwrap();

    let mut machine = unit.start();
    until(&mut machine, "test -e /run/salle-data/memory.img");
    until(&mut machine, "systemctl is-active multi-user.target");
    assert_eq!(faults(&mut machine), ["DATA-04"]);
    let said = machine.run("roomctl update status").unwrap();
    assert!(said.text.contains("DATA-04"), "{}", said.text);
    assert_eq!(identity(&mut machine), before, "untouched");
    machine.cut_power();

    fs::remove_dir_all(&own).unwrap();
    fs::rename(&away, &own).unwrap();
    let mut machine = unit.start();
    until(&mut machine, IS_MARKED);
    until(&mut machine, "systemctl is-active multi-user.target");
    let reset = machine.run("roomctl factory-reset --yes").unwrap();
    assert_eq!(reset.code, 0, "{}", reset.text);
    until(
        &mut machine,
        &format!("findmnt /var && ! test -e {MARK} && test -e /run/salle-data/report.json"),
    );
    until(&mut machine, "systemctl is-active multi-user.target");
    let after = identity(&mut machine);
    assert!(!after.is_empty() && after != before, "{after}");
}
