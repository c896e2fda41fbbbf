//! Starts under conditions that nobody wants: the unit comes up all the same.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use salle_images::{Image, LONG, Machine, Options, RawDisk};

/// 1 January 2026: what every file of the image is dated.
const IMAGE: u64 = 1_767_225_600;

fn with_clock(date: &str) -> Options {
    Options {
        clock: Some(date.to_owned()),
        network: false,
        ..Options::default()
    }
}

#[test]
fn a_clock_at_1970_is_never_before_the_image_itself() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let mut machine =
        Machine::flashed(&image, folder.path(), &with_clock("1970-01-01T00:00:00")).unwrap();
    let now: u64 = machine.run("date +%s").unwrap().text.parse().unwrap();
    assert!(now >= IMAGE, "{now}");
    assert_eq!(machine.run("findmnt /var").unwrap().code, 0);
}

#[test]
fn a_clock_in_2040_and_no_network_hinder_no_start() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let mut machine =
        Machine::flashed(&image, folder.path(), &with_clock("2040-02-01T00:00:00")).unwrap();
    assert!(machine.run("date +%Y").unwrap().text.starts_with("2040"));
    assert_eq!(machine.run("findmnt /var").unwrap().code, 0);
}

#[test]
fn a_data_partition_full_of_rubbish_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let disk = RawDisk::flashed(&image, folder.path()).unwrap();
    let mut machine = Machine::start(&image, &disk, folder.path(), &Options::default()).unwrap();
    machine.wait_until_up().unwrap();
    machine.wait_for("findmnt /var && sync", LONG).unwrap();
    machine.cut_power();
    let data = disk.partition("data").unwrap();
    disk.write(data.start, &vec![0xa5; 64 << 20]).unwrap();

    let mut machine = Machine::start(&image, &disk, folder.path(), &Options::default()).unwrap();
    machine.wait_until_up().unwrap();
    machine.wait_for("findmnt /var", LONG).unwrap();
    assert_eq!(machine.run("touch /var/lib/x").unwrap().code, 0);
}

#[test]
fn nothing_listens_that_is_not_declared() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let mut machine = Machine::flashed(&image, folder.path(), &Options::default()).unwrap();
    let open = machine
        .run("ss --no-header --listening --tcp --udp --numeric")
        .unwrap();
    let foreign: Vec<&str> = open
        .text
        .lines()
        // Protocol, state, two queues, the local address: this machine's own, or a lease being asked.
        .filter(|line| {
            let local = line.split_whitespace().nth(4).unwrap_or_default();
            let asks_for_a_lease = local.ends_with(":68") || local.ends_with(":546");
            !local.starts_with("127.") && !local.starts_with("[::1]") && !asks_for_a_lease
        })
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}
