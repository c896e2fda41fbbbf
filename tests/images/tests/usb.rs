//! What may be plugged into a unit's USB: sticks that commission and update it, a touch panel; and
//! what gets no driver.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use salle_images::{Bundle, Disk, Image, LONG, Machine, Options};
use serde_json::json;

const SECRET: &str = "une phrase que personne ne devine";
const MIB: u64 = 1024 * 1024;

/// A FAT-formatted stick with one file.
fn stick(folder: &Path, name: &str, file: &Path) -> PathBuf {
    let image = folder.join(format!("{name}.stick"));
    let size = std::fs::metadata(file).unwrap().len() + 40 * MIB;
    std::fs::File::create(&image)
        .unwrap()
        .set_len(size)
        .unwrap();
    let mut format = Command::new("mkfs.vfat");
    format
        .arg("-F32")
        .arg(&image)
        .stdout(std::process::Stdio::null());
    assert!(format.status().unwrap().success());
    let mut copy = Command::new("mcopy");
    let name = file.file_name().unwrap().to_str().unwrap();
    copy.arg("-i")
        .arg(&image)
        .arg(file)
        .arg(format!("::{name}"));
    assert!(copy.status().unwrap().success());
    image
}

fn plug_in(machine: &mut Machine, name: &str, image: &Path) {
    let file = json!({"driver": "file", "filename": image});
    let node = json!({"driver": "raw", "node-name": name, "file": file});
    machine.qmp().order("blockdev-add", &node).unwrap();
    add(
        machine,
        json!({"driver": "usb-storage", "id": name, "drive": name}),
    );
}

fn unplug(machine: &mut Machine, name: &str) {
    machine
        .qmp()
        .order("device_del", &json!({"id": name}))
        .unwrap();
    machine.wait_for("! ls /dev/sda", LONG).unwrap();
    machine
        .qmp()
        .order("blockdev-del", &json!({"node-name": name}))
        .unwrap();
}

fn add(machine: &mut Machine, device: serde_json::Value) {
    machine.qmp().order("device_add", &device).unwrap();
}

/// A unit that restarts by itself on the way there.
fn until(machine: &mut Machine, command: &str) {
    machine.wait_across_restarts(command, LONG * 2).unwrap();
}

#[test]
fn a_stick_commissions_the_unit_and_another_updates_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let image = Image::from_environment().unwrap();
    let disk = Disk::flashed(&image, folder).unwrap();
    let mut machine = Machine::start(&image, &disk, folder, &Options::default()).unwrap();
    machine.wait_until_started().unwrap();

    let settings = folder.join("salle.toml");
    let wrong = "version = 1\n[room]\nnmae = \"Salle Curie\"\n";
    std::fs::write(&settings, wrong).unwrap();
    let bad = stick(folder, "bad", &settings);
    plug_in(&mut machine, "bad", &bad);
    // Line, reason, and what to write instead: in the status, and on the stick itself.
    machine
        .wait_for("roomctl update status | grep 'SET-03.*line 3'", LONG)
        .unwrap();
    unplug(&mut machine, "bad");
    let mut errors = Command::new("mtype");
    errors.arg("-i").arg(&bad).arg("::ERRORS.TXT");
    let errors = errors.output().unwrap().stdout;
    let errors = String::from_utf8_lossy(&errors).into_owned();
    assert!(
        errors.contains("ligne 3") && errors.contains("line 3"),
        "{errors}"
    );

    std::fs::write(
        &settings,
        format!(
            "version = 1\nwipe_secrets = true\n[room]\nname = \"Salle Curie\"\n[matrix]\n\
             homeserver = \"https://matrix.example.org\"\nuser = \"@room:example.org\"\n\
             password = \"{SECRET}\"\n"
        ),
    )
    .unwrap();
    let good = stick(folder, "good", &settings);
    plug_in(&mut machine, "good", &good);
    // New settings count from the next start on.
    until(
        &mut machine,
        "grep -q 'Salle Curie' /var/lib/salle-config/room.toml && \
         [ $(cut -d. -f1 /proc/uptime) -lt 120 ] && systemctl is-active multi-user.target && \
         roomctl status | grep 'Salle Curie'",
    );
    unplug(&mut machine, "good");
    let kept = std::fs::read(&good).unwrap();
    let kept = String::from_utf8_lossy(&kept).into_owned();
    assert!(kept.contains("Salle Curie") && !kept.contains(SECRET));

    let next = Image::next_from_environment().unwrap();
    let bundle = Bundle::of(&next, "0.2.0").unwrap();
    let bundle = bundle.write(folder, "salle-0.2.0.raucb").unwrap();
    let update = stick(folder, "update", &bundle);
    plug_in(&mut machine, "update", &update);
    until(
        &mut machine,
        "grep -q salle.slot=B /proc/cmdline && roomctl update status | grep -q 0.2.0",
    );
}

#[test]
fn neither_a_keyboard_nor_a_network_adapter_gets_a_driver_and_a_touch_panel_does() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let more = ["-netdev", "user,id=stranger"].map(str::to_owned).to_vec();
    let options = Options {
        more,
        ..Options::default()
    };
    let mut machine = Machine::flashed(&image, folder.path(), &options).unwrap();
    let networks = machine.run("ls /sys/class/net").unwrap().text;
    add(&mut machine, json!({"driver": "usb-kbd", "id": "keys"}));
    add(
        &mut machine,
        json!({"driver": "usb-net", "id": "net", "netdev": "stranger"}),
    );
    add(&mut machine, json!({"driver": "usb-tablet", "id": "touch"}));
    machine
        .wait_for("grep 'QEMU USB Tablet' /proc/bus/input/devices", LONG)
        .unwrap();
    // Everything that came is known by now, in the order in which it came.
    machine.wait_for("udevadm settle", LONG).unwrap();
    let keyboard = machine.run("grep -i 'usb keyboard' /proc/bus/input/devices");
    assert_ne!(keyboard.unwrap().code, 0);
    assert_eq!(machine.run("ls /sys/class/net").unwrap().text, networks);
    let shut = "for i in /sys/bus/usb/devices/*:*; do \
                echo $(cat $i/bInterfaceClass) $(cat $i/authorized); done | sort";
    let shut = machine.run(shut).unwrap().text;
    // Communication (02) and its data (0a), and one of the two HID devices.
    assert!(shut.contains("02 0") && !shut.contains("02 1"), "{shut}");
    assert!(shut.contains("03 0") && shut.contains("03 1"), "{shut}");
}
