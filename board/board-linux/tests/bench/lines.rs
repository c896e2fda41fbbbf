//! gpio-sim: a chip whose lines are moved and looked at through files.

use std::fs;
use std::path::{Path, PathBuf};

use super::wait_for;

const CHIP: &str = "/sys/kernel/config/gpio-sim/salle";
const NAMES: [&str; 14] = [
    "salle-join",
    "salle-hang-up",
    "salle-mute",
    "salle-mute-line",
    "salle-lamp-call",
    "salle-lamp-mute",
    "salle-lamp-status",
    "salle-volume-up",
    "salle-volume-down",
    "salle-camera",
    "salle-help",
    "salle-call",
    "salle-presence",
    "salle-display",
];

/// Makes the chip appear or go away; it is built the first time.
pub fn plug(present: bool) {
    let bank = Path::new(CHIP).join("bank0");
    if !bank.exists() {
        fs::create_dir_all(&bank).unwrap();
        fs::write(bank.join("num_lines"), NAMES.len().to_string()).unwrap();
        for (number, name) in NAMES.iter().enumerate() {
            let line = bank.join(format!("line{number}"));
            fs::create_dir(&line).unwrap();
            fs::write(line.join("name"), name).unwrap();
        }
    }
    let live = Path::new(CHIP).join("live");
    let wanted = if present { "1" } else { "0" };
    if fs::read_to_string(&live).unwrap().trim() == wanted {
        return;
    }
    fs::write(&live, wanted).unwrap();
    if present {
        let node = Path::new("/dev").join(read(&bank.join("chip_name")));
        wait_for("the chip's node", || node.exists());
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap().trim().to_owned()
}

fn attribute(name: &str, attribute: &str) -> PathBuf {
    let number = NAMES.iter().position(|other| *other == name).unwrap();
    let device = read(&Path::new(CHIP).join("dev_name"));
    let chip = read(&Path::new(CHIP).join("bank0/chip_name"));
    Path::new("/sys/devices/platform")
        .join(device)
        .join(chip)
        .join(format!("sim_gpio{number}"))
        .join(attribute)
}

/// What a button or a switch does to its line.
pub fn pull(name: &str, up: bool) {
    let word = if up { "pull-up" } else { "pull-down" };
    fs::write(attribute(name, "pull"), word).unwrap();
}

/// The level on the line; a lamp sees nothing else.
pub fn is_high(name: &str) -> bool {
    read(&attribute(name, "value")) == "1"
}
