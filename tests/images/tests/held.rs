//! A button held while the power comes: back to factory state, and the service shell.
//!
//! The hand is there before the system is: the initramfs of these units makes the simulated line, with
//! the button down, right before it starts the system.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use salle_images::{Image, LONG, Machine, Options, RawDisk, Serial};

/// The last line of the initramfs: everything is in place by then.
const LAST_LINE: &str = "exec switch_root";
/// In the settings, and nowhere after a reset.
const SECRET: &str = "une phrase que personne ne devine";

/// What holds a line of the board's profile at its active level.
fn hand(line: &str) -> String {
    format!(
        "
/bin/busybox chroot /root /usr/sbin/modprobe gpio-sim
/bin/busybox mount -t configfs configfs /root/sys/kernel/config
chip=/root/sys/kernel/config/gpio-sim/held
/bin/busybox mkdir -p $chip/bank0
echo 1 >$chip/bank0/num_lines
/bin/busybox mkdir $chip/bank0/line0
echo {line} >$chip/bank0/line0/name
echo 1 >$chip/live
device=$(/bin/busybox cat $chip/dev_name)/$(/bin/busybox cat $chip/bank0/chip_name)
echo pull-up >/root/sys/devices/platform/$device/sim_gpio0/pull
"
    )
}

/// The unit's first system with a hand on a button.
fn hold(image: &Image, disk: &RawDisk, line: &str, folder: &Path) {
    let init = image.init(folder).unwrap();
    let init = init.replace(LAST_LINE, &format!("{}{LAST_LINE}", hand(line)));
    let kernel = image.kernel_with_init(&init, folder).unwrap();
    let place = disk.partition("kernel-a").unwrap();
    disk.write(place.start, &fs::read(kernel).unwrap()).unwrap();
}

fn settings(more: &str) -> String {
    format!(
        "version = 1\n[room]\nname = \"Salle Ampère\"\nlanguage = \"en\"\n[matrix]\n\
         homeserver = \"https://matrix.example.org\"\nuser = \"@room:example.org\"\n\
         password = \"{SECRET}\"\n{more}"
    )
}

fn started(image: &Image, disk: &RawDisk, folder: &Path) -> Machine {
    let mut machine = Machine::start(image, disk, folder, &Options::default()).unwrap();
    machine.wait_until_started().unwrap();
    machine
}

#[test]
fn a_hand_on_hang_up_at_power_on_leaves_nothing_of_the_room() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let image = Image::from_environment().unwrap();
    let disk = RawDisk::flashed(&image, folder).unwrap();
    disk.put_on_boot("salle.toml", &settings("")).unwrap();
    let mut machine = started(&image, &disk, folder);
    let known = "grep -q Ampère /var/lib/salle-config/room.toml && sync";
    machine.wait_for(known, LONG).unwrap();
    let before = machine.run("cat /etc/machine-id").unwrap().text;
    machine.cut_power();
    assert!(is_on(&disk, SECRET), "it was there to be wiped");

    hold(&image, &disk, "salle-hang-up", folder);
    let mut machine = started(&image, &disk, folder);
    let report = machine.run("cat /run/salle-data/report.json").unwrap();
    assert!(report.text.contains("\"reset\":true"), "{}", report.text);
    let gone = machine
        .run("! test -e /var/lib/salle-config/room.toml && ! test -e /boot/salle.toml")
        .unwrap();
    assert_eq!(gone.code, 0, "{}", gone.text);
    machine.run("sync").unwrap();
    machine.cut_power();
    assert!(!is_on(&disk, SECRET), "the password is still on the disk");
    assert!(!is_on(&disk, "Salle Ampère"), "so is the room's name");

    let mut machine = started(&image, &disk, folder);
    let after = machine.run("cat /etc/machine-id").unwrap().text;
    assert_ne!(after, before, "it is another unit now");
}

/// Anywhere, in a file system or beside it.
fn is_on(disk: &RawDisk, text: &str) -> bool {
    let mut search = Command::new("grep");
    search.args(["--quiet", "--binary-files=text", "--fixed-strings", text]);
    search.arg(disk.path()).status().unwrap().success()
}

#[test]
fn a_hand_on_join_and_the_key_open_a_service_shell_and_no_other_key_does() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let image = Image::from_environment().unwrap();
    let disk = RawDisk::flashed(&image, folder).unwrap();
    let (own, foreign) = (key(folder, "own"), key(folder, "foreign"));
    let public = fs::read_to_string(own.with_extension("pub")).unwrap();
    let service = format!("[service]\nkey = \"{}\"\n", public.trim());
    disk.put_on_boot("salle.toml", &settings(&service)).unwrap();
    hold(&image, &disk, "salle-join", folder);
    let mut machine = started(&image, &disk, folder);

    let answer = sign(&challenge(machine.serial(), 1), &foreign);
    machine.serial().type_in(&answer).unwrap();
    machine
        .serial()
        .wait_for("This is not the answer", 1, LONG)
        .unwrap();
    assert_ne!(
        machine.run("test -e /run/salle-service/open").unwrap().code,
        0
    );

    let answer = sign(&challenge(machine.serial(), 2), &own);
    machine.serial().type_in(&answer).unwrap();
    machine
        .serial()
        .wait_for("The service shell is open", 1, LONG)
        .unwrap();
    machine.serial().type_in("id -u >/run/who\n").unwrap();
    machine.wait_for("grep -x 0 /run/who", LONG).unwrap();
    let said = "roomctl update status | grep SVC-01";
    machine.wait_for(said, LONG).unwrap();

    machine.serial().type_in("exit\n").unwrap();
    machine
        .wait_for("! test -e /run/salle-service/open", LONG)
        .unwrap();
    let again = machine.run("systemctl start salle-service").unwrap();
    assert_ne!(
        machine
            .run("systemctl is-active salle-service")
            .unwrap()
            .code,
        0,
        "{}",
        again.text
    );
}

fn key(folder: &Path, name: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    let mut make = Command::new("ssh-keygen");
    make.args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]);
    assert!(make.arg(&path).status().unwrap().success());
    path
}

/// The text to be signed, in the command that the console shows for the `count`th time.
fn challenge(serial: &Serial, count: usize) -> String {
    serial
        .wait_for("| ssh-keygen -Y sign", count, LONG)
        .unwrap();
    let text = serial.text();
    let line = text
        .lines()
        .filter(|line| line.contains("| ssh-keygen -Y sign"))
        .nth(count - 1);
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    words[2].to_owned()
}

/// As the console says that it is done.
fn sign(text: &str, key: &Path) -> String {
    let mut sign = Command::new("ssh-keygen");
    sign.args(["-q", "-Y", "sign", "-n", "salle-service@salle", "-f"]);
    sign.arg(key).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = sign.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
