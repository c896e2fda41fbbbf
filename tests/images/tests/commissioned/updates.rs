//! From slot A to slot B and back, as IT does it: by `roomctl`, on a commissioned unit with its
//! devices plugged in and its homeserver outside.

use std::path::{Path, PathBuf};
use std::time::Instant;

use room_fleet::api::Update;
use room_fleet::{Ended, Reason, Slot};
use salle_images::{Bundle, FileServer, Image, LONG, Options};

use crate::unit::{self, Unit};

/// The last line of the initramfs, before which a test may break what is started.
const LAST_LINE: &str = "exec switch_root";
/// Makes `roomd` fail, and the verdict come sooner than after five minutes. By then `/run` has been
/// moved to where the system gets it.
const NEVER_READY: &str = "
for unit in roomd salle-boot-good; do mkdir -p /root/run/systemd/system/$unit.service.d; done
printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/false\\n' \
    >/root/run/systemd/system/roomd.service.d/broken.conf
printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/fleetd boot-good --boot %%b --patience 20 \
--state /var/lib/salle-fleet --room /run/salle\\n' \
    >/root/run/systemd/system/salle-boot-good.service.d/sooner.conf
";

fn update_status(unit: &mut Unit) -> Option<Update> {
    let said = unit.roomctl("update status --json");
    serde_json::from_str(&said.text).ok()
}

/// Looks until `fleetd` says so.
fn update_until(unit: &mut Unit, what: &str, right: impl Fn(&Update) -> bool) -> Update {
    let began = Instant::now();
    loop {
        let status = update_status(unit);
        if let Some(status) = status.clone().filter(&right) {
            return status;
        }
        let log = || format!("{what}; last: {status:#?}");
        assert!(began.elapsed() < LONG, "never: {}\n{}", log(), unit.log());
    }
}

fn booted(status: &Update) -> Slot {
    let booted = status.slots.iter().find(|slot| slot.booted);
    booted.unwrap().slot
}

/// Everything is there, and this start counts.
fn well(unit: &mut Unit) {
    unit.plug_in_devices();
    unit.until("all devices and the homeserver", |status| {
        unit::online(status) && unit::has_devices(status)
    });
    let good = "systemctl is-active salle-boot-good";
    unit.machine().wait_for(good, LONG).unwrap();
}

/// Has a bundle installed; the unit restarts by itself.
fn install(unit: &mut Unit, bundle: &Path) {
    let server = FileServer::start(bundle).unwrap();
    let address = server.address();
    let asked = format!("roomctl update install {address}");
    let said = unit.machine().run_within(&asked, LONG).unwrap();
    assert_eq!(said.code, 0, "{}\n{}", said.text, unit.log());
    unit.machine().wait_until_up_within(LONG * 2).unwrap();
}

/// The unit runs its first system again and says why.
fn fell_back(unit: &mut Unit, why: impl Fn(&Reason) -> bool) {
    let first = "grep salle.slot=A /proc/cmdline";
    unit.machine()
        .wait_across_restarts(first, LONG * 2)
        .unwrap();
    let status = update_until(unit, "the outcome", |status| {
        status.trial.is_none() && status.last.is_some()
    });
    assert_eq!(booted(&status), Slot::A);
    let Some(Ended::FellBack { reasons }) = status.last.as_ref().map(|last| &last.ended) else {
        panic!("{status:#?}");
    };
    assert!(reasons.iter().any(why), "{reasons:?}");
    assert!(status.faults.iter().any(|fault| fault.code == "UPD-20"));
    let shown = unit.roomctl("update status").text;
    assert!(shown.contains("UPD-20"), "{shown}");
    unit.until("the fault in the room's status", |status| {
        status.faults.iter().any(|fault| fault.code == "UPD-20")
    });
}

fn with_kernel(image: &Image, kernel: &Path, folder: &Path, name: &str) -> PathBuf {
    let bundle = Bundle::of(image, "0.1.9").unwrap().kernel(kernel);
    bundle.write(folder, name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn systems_that_fail_end_in_the_old_slot_and_a_good_one_follows() {
    let scene = unit::scene().await;
    let mut unit = Unit::commissioned(&scene, &Options::default()).unwrap();
    well(&mut unit);
    let before = unit.status();

    never_starts(&mut unit);
    never_gets_ready(&mut unit);
    a_good_one(&mut unit);

    let after = unit.status();
    assert_eq!(after.room.name, before.room.name, "the settings are kept");
    assert_eq!(
        after.room.device, before.room.device,
        "it is the same device"
    );
}

/// A root that fits no kernel image of its own: the initramfs refuses it.
fn never_starts(unit: &mut Unit) {
    let folder = tempfile::tempdir().unwrap();
    let (image, next) = (
        Image::from_environment().unwrap(),
        Image::next_from_environment().unwrap(),
    );
    let bundle = with_kernel(&next, &image.kernel(), folder.path(), "broken.raucb");
    install(unit, &bundle);
    fell_back(
        unit,
        |why| matches!(why, Reason::Start { said } if said.contains("root is damaged")),
    );
    well(unit);
}

fn never_gets_ready(unit: &mut Unit) {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let init = image.init(folder.path()).unwrap();
    let init = init.replace(LAST_LINE, &format!("{NEVER_READY}{LAST_LINE}"));
    let kernel = image.kernel_with_init(&init, folder.path()).unwrap();
    let bundle = with_kernel(&image, &kernel, folder.path(), "silent.raucb");
    install(unit, &bundle);
    fell_back(unit, |why| *why == Reason::RoomSilent);
    well(unit);
}

/// Judged only once everything is there again that was there before.
fn a_good_one(unit: &mut Unit) {
    let folder = tempfile::tempdir().unwrap();
    let next = Image::next_from_environment().unwrap();
    let bundle = Bundle::of(&next, "0.2.0").unwrap();
    let bundle = bundle.write(folder.path(), "next.raucb").unwrap();
    install(unit, &bundle);
    let status = update_until(unit, "the trial", |status| status.trial.is_some());
    assert_eq!(booted(&status), Slot::B);
    assert_eq!(status.version.to_string(), "0.2.0");
    well(unit);
    update_until(unit, "the proof", |status| {
        status.trial.is_none()
            && status
                .last
                .as_ref()
                .is_some_and(|last| last.ended == Ended::Proven)
    });
    let tries = unit.machine().run("fw_printenv -n BOOT_B_LEFT").unwrap();
    assert_eq!(tries.text, "3", "marked good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_that_hangs_is_reset_and_given_up() {
    let scene = unit::scene().await;
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    // Nobody feeds the watchdog that U-Boot has started.
    let hangs = "#!/bin/busybox sh\nwhile :; do :; done\n";
    let kernel = image.kernel_with_init(hangs, folder.path()).unwrap();
    let bundle = with_kernel(&image, &kernel, folder.path(), "hangs.raucb");
    let watched = Options {
        watchdog: true,
        ..Options::default()
    };
    let mut unit = Unit::commissioned(&scene, &watched).unwrap();
    well(&mut unit);
    install(&mut unit, &bundle);
    fell_back(
        &mut unit,
        |why| matches!(why, Reason::Start { said } if said.contains("did not report")),
    );
    let events = unit.machine().qmp().events().unwrap().to_vec();
    let resets = events.iter().filter(|event| *event == "WATCHDOG").count();
    assert_eq!(resets, 3, "{events:?}");
}
