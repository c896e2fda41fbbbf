//! Bundles that a unit does not take, each with its reason, and what it has stays as it was.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::fs;
use std::path::{Path, PathBuf};

use salle_images::{Bundle, Disk, FileServer, Image, LONG, Machine, Options, Random, keys};

const MIB: usize = 1024 * 1024;
/// Of the small bundle's root, in MiB: what is checked does not depend on what is inside.
const ROOT: usize = 8;

/// What a unit says to a bundle when asked what installing it would do.
fn plan(machine: &mut Machine, bundle: &Path) -> salle_images::Answer {
    let server = FileServer::start(bundle).unwrap();
    let address = server.address();
    let asked = format!("roomctl update plan {address}");
    machine.run_within(&asked, LONG).unwrap()
}

fn refused(machine: &mut Machine, what: &str, bundle: &Path, code: &str) {
    let said = plan(machine, bundle);
    assert_ne!(said.code, 0, "{what} was taken: {}", said.text);
    assert!(said.text.contains(code), "{what}: {}", said.text);
}

fn noise(folder: &Path, name: &str, mib: usize) -> PathBuf {
    let mut random = Random::new(7);
    let bytes: Vec<u8> = (0..mib * MIB).map(|_| random.below(256) as u8).collect();
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// The bundle as another file, changed.
fn changed(bundle: &Path, change: impl FnOnce(&mut Vec<u8>)) -> PathBuf {
    let mut bytes = fs::read(bundle).unwrap();
    change(&mut bytes);
    let path = bundle.with_extension("changed");
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn what_no_unit_should_take_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let image = Image::from_environment().unwrap();
    let small = || {
        let bundle = Bundle::of(&image, "0.2.0").unwrap();
        let bundle = bundle.root(&noise(folder, "root", ROOT));
        bundle.kernel(&noise(folder, "kernel", 1))
    };
    let good = small().write(folder, "good.raucb").unwrap();
    let disk = Disk::flashed(&image, folder).unwrap();
    let mut machine = Machine::start(&image, &disk, folder, &Options::default()).unwrap();
    machine.wait_until_started().unwrap();
    machine.wait_for("roomctl update status", LONG).unwrap();
    let taken = plan(&mut machine, &good);
    assert_eq!(taken.code, 0, "{}", taken.text);

    let mut other = small();
    other.compatible = "salle-raspberrypi5".to_owned();
    let other = other.write(folder, "other.raucb").unwrap();
    refused(&mut machine, "another board's", &other, "UPD-08");
    let mut old = small();
    old.version = "0.0.9".to_owned();
    let old = old.write(folder, "old.raucb").unwrap();
    refused(&mut machine, "one below the floor", &old, "UPD-09");
    let foreign = small().bad_keys(&keys::foreign(folder).unwrap());
    let foreign = foreign.write(folder, "foreign.raucb").unwrap();
    refused(&mut machine, "a stranger's", &foreign, "UPD-04");
    let expired = small().bad_keys(&keys::expired(folder).unwrap());
    let expired = expired.write(folder, "expired.raucb").unwrap();
    refused(&mut machine, "one of the past", &expired, "UPD-05");

    let unsigned = changed(&good, |bytes| {
        // The payload alone, and a signature of no bytes.
        let tail: [u8; 8] = bytes[bytes.len() - 8..].try_into().unwrap();
        let signature = u64::from_be_bytes(tail) as usize;
        bytes.truncate(bytes.len() - 8 - signature);
        bytes.extend([0; 8]);
    });
    refused(&mut machine, "an unsigned one", &unsigned, "UPD-");
    let truncated = changed(&good, |bytes| bytes.truncate(bytes.len() / 2));
    refused(&mut machine, "half of one", &truncated, "UPD-");
    let size = fs::metadata(&good).unwrap().len() as usize;
    for at in (MIB / 2..size).step_by(MIB) {
        let flipped = changed(&good, |bytes| bytes[at] ^= 1);
        refused(
            &mut machine,
            &format!("bit at {at} flipped"),
            &flipped,
            "UPD-07",
        );
    }
    let slot = machine.run("fw_printenv -n BOOT_ORDER").unwrap();
    assert_eq!(slot.text, "A B", "nothing was installed");
}
