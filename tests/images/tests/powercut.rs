//! The plug is pulled at random moments, and what was not flushed is lost. A unit always starts
//! again.
//!
//! `SALLE_CUTS` says how often (`cargo xtask bench powercut N`), `SALLE_SEED` repeats a run.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::time::{Duration, Instant};

use salle_images::{Image, LossyDisk, Machine, Options, Random, RawDisk};

/// The first start makes and grows the data partition: cuts fall into all of it and a bit behind.
const FIRST_START: u64 = 60_000;

fn number(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).unwrap_or_default();
    text.parse().unwrap_or(otherwise)
}

#[test]
fn a_unit_that_loses_power_while_it_starts_for_the_first_time_starts_again() {
    let seed = number("SALLE_SEED", 1);
    println!("SALLE_SEED={seed}");
    let mut random = Random::new(seed);
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let disk = RawDisk::flashed(&image, folder.path()).unwrap();
    let disk = LossyDisk::serve(disk, RawDisk::SIZE, folder.path()).unwrap();
    for cut in 1..=number("SALLE_CUTS", 3) {
        let machine = Machine::start(&image, &disk, folder.path(), &Options::default()).unwrap();
        let after = Duration::from_millis(random.below(FIRST_START));
        std::thread::sleep(after);
        machine.cut_power();
        println!(
            "cut {cut} after {after:?}: {:?}",
            disk.cut(&mut random).unwrap()
        );
        // What counts as started: the start was never marked good, so each one takes a try.
        let started = Instant::now();
        let mut machine =
            Machine::start(&image, &disk, folder.path(), &Options::default()).unwrap();
        machine.wait_until_up().unwrap();
        machine
            .wait_for("findmnt /var", Duration::from_secs(900))
            .unwrap();
        println!("up again after {:?}", started.elapsed());
        let good = machine.run("fw_setenv BOOT_A_LEFT 3 && sync").unwrap();
        assert_eq!(good.code, 0, "{good:?}");
        machine.cut_power();
        disk.cut(&mut random).unwrap();
    }
}
