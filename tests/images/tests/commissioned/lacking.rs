//! A commissioned unit that lacks something: it starts, says what, and is well again once it is
//! back.

use std::time::Duration;

use room_messages::api::{Device, Homeserver, Status};
use salle_images::{LONG, Options};

use crate::unit::{self, Unit};

fn names(status: &Status, code: &str) -> bool {
    status
        .faults
        .iter()
        .any(|fault| fault.code.starts_with(code))
}

fn restart(unit: &mut Unit) {
    unit.machine().run("sync; systemctl reboot").unwrap();
    unit.machine().wait_until_started().unwrap();
}

/// Whatever is missing, a system that has proven itself stays.
fn marked_good(unit: &mut Unit) {
    let good = "systemctl is-active salle-boot-good && [ $(fw_printenv -n BOOT_A_LEFT) = 3 ]";
    unit.machine().wait_for(good, LONG).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_starts_without_homeserver_devices_space_or_sound_settings() {
    let scene = unit::scene().await;
    scene.stack.site(0).stop_homeserver().await.unwrap();
    let mut unit = Unit::commissioned(&scene, &Options::default()).unwrap();
    let status = unit.until("a homeserver that is away", |status| names(status, "HS-01"));
    assert_ne!(status.room.homeserver, Homeserver::Online);
    assert_eq!(status.room.name, "Salle Ampère");
    unit.until("no camera and no microphone", |status| {
        status.camera.device == Device::Absent && status.microphone.device == Device::Absent
    });
    marked_good(&mut unit);

    scene.stack.site(0).start_homeserver().await.unwrap();
    unit.plug_in_devices();
    let status = unit.until("everything there", |status| {
        unit::online(status) && unit::has_devices(status) && status.room.device.is_some()
    });
    let device = status.room.device;

    with_a_full_disk(&mut unit, device.as_deref());
    with_damaged_settings(&mut unit);
    with_no_settings_that_can_be_read(&mut unit);
}

fn with_a_full_disk(unit: &mut Unit, device: Option<&str>) {
    // As root, who may fill what is kept for root.
    let fill = "dd if=/dev/zero of=/var/lib/filler bs=1M; dd if=/dev/zero of=/var/lib/filler2 bs=4k; df /var";
    unit.machine().run_within(fill, LONG).unwrap();
    restart(unit);
    let status = unit.until("a full disk, named", |status| names(status, "STATE-01"));
    assert_eq!(status.room.name, "Salle Ampère");
    marked_good(unit);
    unit.machine().run("rm /var/lib/filler*").unwrap();
    let status = unit.until("well again", |status| {
        unit::online(status) && !names(status, "STATE-01")
    });
    assert_eq!(status.room.device.as_deref(), device, "the same session");
}

/// What a broken medium may leave: the copy of the last good ones is used.
fn with_damaged_settings(unit: &mut Unit) {
    let spoil = "head -c 300 /dev/urandom >/var/lib/salle-config/room.toml";
    assert_eq!(unit.machine().run(spoil).unwrap().code, 0);
    restart(unit);
    let status = unit.until("the room online, and the mistake named", |status| {
        unit::online(status) && names(status, "SET-")
    });
    assert_eq!(status.room.name, "Salle Ampère");
    marked_good(unit);
}

fn with_no_settings_that_can_be_read(unit: &mut Unit) {
    let spoil =
        "for file in /var/lib/salle-config/room.toml*; do head -c 300 /dev/urandom >$file; done";
    assert_eq!(unit.machine().run(spoil).unwrap().code, 0);
    restart(unit);
    unit.until("a room that asks for settings", |status| {
        names(status, "SET-")
    });
    let before = boot(unit);
    marked_good(unit);
    // It waits for settings; it does not start over and over to look for them.
    std::thread::sleep(Duration::from_secs(60));
    assert_eq!(boot(unit), before);
}

fn boot(unit: &mut Unit) -> String {
    let id = unit.machine().run("cat /proc/sys/kernel/random/boot_id");
    id.unwrap().text
}
