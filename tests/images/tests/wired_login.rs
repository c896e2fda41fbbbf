//! A unit on a switch that asks for 802.1X: it is let in by a password or a certificate; what is
//! wrong about either is in its status, and costs it nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use salle_images::{Image, LONG, Machine, RawDisk, Switch, keys};
use tempfile::TempDir;

const NAME: &str = "salle-ampère";
/// With all that a line of a configuration could stumble over.
const PASSWORD: &str = "s3cret # é'\\";

/// A board, its disk, and the network's authority.
struct Room {
    image: Image,
    disk: RawDisk,
    campus: PathBuf,
    folder: TempDir,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let image = Image::from_environment().unwrap();
        let disk = RawDisk::flashed(&image, folder.path()).unwrap();
        let campus = keys::authority(folder.path(), "campus").unwrap();
        Self {
            image,
            disk,
            campus,
            folder,
        }
    }

    /// Starts with these settings of the network beside the others, on the switch.
    fn start(&self, authority: &Path, proof: &str) -> (Machine, Switch) {
        let text = format!(
            "version = 1\n[room]\nname = \"Salle Ampère\"\n\
             [matrix]\nhomeserver = \"https://matrix.invalid\"\nuser = \"@room:matrix.invalid\"\npassword = \"p\"\n\
             [network]\nidentity = \"{NAME}\"\nauthority = \"\"\"\n{}\"\"\"\n{proof}",
            pem(&authority.join("ca.pem"))
        );
        self.disk.put_on_boot("salle.toml", &text).unwrap();
        let folder = self.folder.path();
        let mut machine =
            Machine::start(&self.image, &self.disk, folder, &Switch::cable()).unwrap();
        let switch = Switch::plug_in(&mut machine, folder, &self.campus, NAME, PASSWORD).unwrap();
        machine.wait_until_started().unwrap();
        (machine, switch)
    }
}

fn pem(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn password(text: &str) -> String {
    // A literal string: nothing of it means anything to TOML.
    format!("password = '''{text}'''\n")
}

fn certificate(of: &Path) -> String {
    let (certificate, key) = (pem(&of.join("cert.pem")), pem(&of.join("key.pem")));
    format!("certificate = \"\"\"\n{certificate}\"\"\"\nkey = \"\"\"\n{key}\"\"\"\n")
}

/// It is told why, knows its room, and is not reached by what is behind the port.
fn is_kept_out(machine: &mut Machine, switch: &Switch, code: &str) {
    let told = format!("roomctl status | grep {code}");
    machine.wait_for(&told, LONG).unwrap();
    let said = machine.run("roomctl status").unwrap().text;
    assert!(said.contains("Salle Ampère"), "{said}");
    assert!(!switch.has_let_in());
    let address = machine.run("grep -w 10.0.2.15 /proc/net/fib_trie").unwrap();
    assert_ne!(address.code, 0, "{}", address.text);
}

/// It gets its address, reaches what is behind the port, and has nothing to say of the network.
fn is_let_in(machine: &mut Machine, switch: &Switch) {
    switch.wait_to_open(machine, LONG).unwrap();
    machine
        .wait_for("grep -w 10.0.2.15 /proc/net/fib_trie", LONG)
        .unwrap();
    let behind = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = behind.local_addr().unwrap().port();
    let reach = format!("exec 3<>/dev/tcp/10.0.2.2/{port}");
    machine.wait_for(&reach, LONG).unwrap();
    let free = "roomctl status >/tmp/said && ! grep NET- /tmp/said";
    machine.wait_for(free, LONG).unwrap();
}

#[test]
fn a_wrong_password_is_told_and_the_right_one_lets_the_unit_in() {
    let room = Room::new();
    let (mut machine, switch) = room.start(&room.campus, &password("wrong"));
    is_kept_out(&mut machine, &switch, "NET-01");
    machine.run("sync").unwrap();
    machine.cut_power();
    drop(switch);

    let (mut machine, switch) = room.start(&room.campus, &password(PASSWORD));
    is_let_in(&mut machine, &switch);
}

#[test]
fn a_certificate_lets_the_unit_in_and_a_strangers_switch_is_not_trusted() {
    let room = Room::new();
    let other = keys::authority(room.folder.path(), "other").unwrap();
    let (mut machine, switch) = room.start(&other, &password(PASSWORD));
    is_kept_out(&mut machine, &switch, "NET-02");
    machine.run("sync").unwrap();
    machine.cut_power();
    drop(switch);

    let (mut machine, switch) = room.start(&room.campus, &certificate(&room.campus));
    is_let_in(&mut machine, &switch);
}
