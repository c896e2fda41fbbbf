//! `fleetd commission` on a folder: what is taken, kept, wiped, fallen back to and told.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use room_messages::api::Problem;
use tempfile::TempDir;

const SALLE: &str = "version = 1\nwipe_secrets = true\n[room]\nname = \"Curie\"\n[matrix]\nhomeserver = \"example.org\"\nuser = \"room\"\npassword = \"hunter2\"\n[network]\naddress = \"192.0.2.7/24\"\n[api]\nlisten = \"0.0.0.0:8090\"\n[panel]\npin = \"2468\"\n";

struct Unit {
    folder: TempDir,
}

impl Unit {
    fn new() -> Self {
        let unit = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for name in ["boot", "config", "run"] {
            fs::create_dir(unit.path(name)).unwrap();
        }
        unit.version("0.1.0");
        unit
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn version(&self, version: &str) {
        let text = format!(
            "version = \"{version}\"\ncompatible = \"x\"\nfloor = \"0.1.0\"\nchannel = \"test\"\n"
        );
        self.write("release.toml", &text);
    }

    /// One start.
    fn boot(&self) -> Vec<String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleetd"));
        command.arg("commission");
        for (option, name) in [
            ("--from", "boot/salle.toml"),
            ("--config", "config"),
            ("--run", "run"),
            ("--release", "release.toml"),
            ("--console", "console"),
        ] {
            command.arg(option).arg(self.path(name));
        }
        self.write("console", "");
        let status = command
            .args(["--owner", "nobody-of-this-name"])
            .status()
            .unwrap();
        assert!(status.success(), "a start is never ended by settings");
        let problems: Vec<Problem> =
            serde_json::from_str(&self.read("run/salle-commission/problems.json")).unwrap();
        problems
            .into_iter()
            .map(|p| format!("{} {}", p.code, p.what.en))
            .collect()
    }
}

#[test]
fn a_unit_without_settings_waits_and_says_for_what() {
    let unit = Unit::new();
    assert!(unit.boot().is_empty());
    assert!(unit.read("console").contains("salle.toml"));
    assert!(!unit.path("config/room.toml").exists());
}

#[test]
fn salle_toml_is_applied_once_and_its_secrets_are_wiped_on_request() {
    let unit = Unit::new();
    unit.write("boot/salle.toml", SALLE);
    assert!(unit.boot().is_empty());
    let settings = unit.read("config/room.toml");
    assert!(settings.contains("Curie") && !settings.contains("hunter2"));
    let secret = unit.path("config/secrets/password");
    assert_eq!(fs::read_to_string(&secret).unwrap(), "hunter2");
    assert_eq!(
        fs::metadata(&secret).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let copy = unit.read("boot/salle.toml");
    assert!(!copy.contains("hunter2") && copy.contains("Curie"));
    assert!(
        unit.read("run/systemd/network/10-salle.network")
            .contains("192.0.2.7/24")
    );
    assert!(unit.read("run/salle-network/ports.nft").contains("8090"));
    assert_eq!(unit.read("run/credstore/salle.panel-pin"), "2468");
    // The wiped copy is no new one, and what was changed since then stays.
    unit.write("config/room.toml", &settings.replace("Curie", "Ampere"));
    assert!(unit.boot().is_empty());
    assert!(unit.read("config/room.toml").contains("Ampere"));
    // Another one is.
    unit.write("boot/salle.toml", &SALLE.replace("Curie", "Volta"));
    assert!(unit.boot().is_empty());
    assert!(unit.read("config/room.toml").contains("Volta"));
}

#[test]
fn without_the_request_salle_toml_stays_as_it_is() {
    let unit = Unit::new();
    let text = SALLE.replace("wipe_secrets = true", "");
    unit.write("boot/salle.toml", &text);
    unit.boot();
    assert_eq!(unit.read("boot/salle.toml"), text);
}

#[test]
fn a_mistake_is_told_with_its_line_on_screen_beside_the_file_and_in_the_status() {
    let unit = Unit::new();
    unit.write("boot/salle.toml", &SALLE.replace("example.org", "ftp://x"));
    let problems = unit.boot();
    assert!(
        problems[0].starts_with("SET-03 salle.toml, line 6, matrix.homeserver"),
        "{problems:?}"
    );
    assert!(unit.read("console").contains("ligne 6"));
    assert!(unit.read("boot/ERRORS.TXT").contains("line 6"));
    assert!(!unit.path("config/room.toml").exists());
    // Mended, it is taken, and the complaint goes.
    unit.write("boot/salle.toml", SALLE);
    assert!(unit.boot().is_empty());
    assert!(!unit.path("boot/ERRORS.TXT").exists());
}

#[test]
fn settings_that_cannot_be_read_give_way_to_the_last_good_ones() {
    let unit = Unit::new();
    unit.write("boot/salle.toml", SALLE);
    unit.boot();
    for damaged in ["", "version = 1\n[matr", "\u{0}\u{0}"] {
        unit.write("config/room.toml", damaged);
        let problems = unit.boot();
        assert!(problems[0].starts_with("SET-06"), "{problems:?}");
        assert!(unit.read("config/room.toml").contains("Curie"));
        assert_eq!(unit.read("config/room.toml.bad"), damaged);
        assert!(unit.boot().is_empty());
    }
    fs::remove_file(unit.path("config/room.toml")).unwrap();
    assert!(unit.boot()[0].starts_with("SET-06"));
    assert!(unit.read("config/room.toml").contains("Curie"));
}

#[test]
fn an_older_system_gets_back_the_settings_it_can_read() {
    let unit = Unit::new();
    unit.write("boot/salle.toml", SALLE);
    unit.boot();
    // The newer system takes settings the older one does not know; its own copy is the newest.
    let newer = unit
        .read("config/room.toml")
        .replace("version = 1", "version = 99");
    unit.write("config/room.toml", &newer);
    unit.write("config/room.toml.good", &newer);
    unit.write("config/room.toml.good-0.2.0", &newer);
    assert!(unit.boot()[0].starts_with("SET-06"));
    assert!(unit.read("config/room.toml").contains("Curie"));
}

#[test]
fn nothing_sound_anywhere_ends_in_a_complaint_and_not_in_a_loop() {
    let unit = Unit::new();
    unit.write("config/room.toml", "version = 1\n[matr");
    unit.write("config/room.toml.good", "x");
    assert!(unit.boot()[0].starts_with("SET-03"));
}

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAdGJzMVHq+nAw5VeTXzIL+VTC/oHgIrpMenBO8qPH0W";
const OTHER_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

/// `salle.toml` of a room of this name, with this service key if any.
fn with_key(name: &str, key: Option<&str>) -> String {
    let service = key.map(|key| format!("[service]\nkey = \"{key}\"\n"));
    SALLE.replace("Curie", name) + &service.unwrap_or_default()
}

#[test]
fn a_service_key_comes_with_the_first_settings_and_no_stick_brings_another() {
    let unit = Unit::new();
    let put = |name: &str, key: Option<&str>| {
        unit.write("boot/salle.toml", &with_key(name, key));
        let problems = unit.boot();
        let taken = unit.read("config/room.toml").contains(name);
        let said: Vec<_> = problems.iter().filter_map(|p| p.get(..6)).collect();
        assert_eq!(said.contains(&"SET-08"), !taken, "{name}: {problems:?}");
        taken
    };
    assert!(put("Curie", Some(KEY)));
    assert!(put("Volta", Some(&format!("{KEY} anna"))), "the same key");
    assert!(!put("Gauss", Some(OTHER_KEY)));
    assert!(unit.read("config/room.toml").contains("Volta"));
    assert!(unit.read("boot/ERRORS.TXT").contains("factory"));
    assert!(put("Ohm", None), "a key can be taken away");
    assert!(!put("Weber", Some(KEY)), "and is not brought back");
}

#[test]
fn settings_that_cannot_be_read_are_no_way_to_another_service_key() {
    let unit = Unit::new();
    unit.write("boot/salle.toml", &with_key("Curie", Some(KEY)));
    unit.boot();
    let attack = with_key("Gauss", Some(OTHER_KEY));
    // The copies still know the key.
    for gone in ["room.toml", "room.toml.good"] {
        fs::remove_file(unit.path("config").join(gone)).unwrap();
        unit.write("boot/salle.toml", &attack);
        assert!(unit.boot()[0].starts_with("SET-08"), "{gone}");
        assert!(unit.read("config/room.toml").contains("Curie"), "{gone}");
    }
    for file in ["room.toml", "room.toml.good", "room.toml.good-0.1.0"] {
        unit.write(&format!("config/{file}"), "version = 1\n[matr");
    }
    assert!(unit.boot()[0].starts_with("SET-08"));
    assert!(!unit.read("config/room.toml").contains("Gauss"));
}
