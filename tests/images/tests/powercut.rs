//! The plug is pulled at random moments, and what was not flushed is lost. A unit always starts
//! again, in its old system or the new one, and its settings are never lost.
//!
//! `SALLE_CUTS` says how often (`cargo xtask bench powercut N`), `SALLE_SEED` repeats a run.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use room_fleet::api::Update;
use salle_images::{Bundle, FileServer, Image, LONG, LossyDisk, Machine, Options, Random, RawDisk};
use tempfile::TempDir;

/// What a disk is larger by when a unit's system is put on another one.
const MORE: u64 = 256 << 20;

/// What a unit is doing when the plug is pulled, one after the other in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// Making the data partition, from power on.
    FirstStart,
    /// Taking another `salle.toml`.
    SettingsChange,
    /// Fetching, checking and writing a bundle, and the restart behind it.
    Install,
    /// Growing the data partition on a larger disk.
    Growth,
}

const LIFE: [Moment; 4] = [
    Moment::FirstStart,
    Moment::SettingsChange,
    Moment::Install,
    Moment::Growth,
];

impl Moment {
    /// Milliseconds in which it happens on an idle computer, from the power or the order on.
    const fn lasts(self) -> std::ops::Range<u64> {
        match self {
            Self::FirstStart => 0..60_000,
            Self::SettingsChange | Self::Growth => 12_000..45_000,
            Self::Install => 0..60_000,
        }
    }
}

struct Unit {
    image: Image,
    disk: LossyDisk,
    /// Which `salle.toml` it was given last; none is 0.
    settings: u64,
    _folder: TempDir,
    folder: PathBuf,
}

impl Unit {
    fn flashed() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let image = Image::from_environment().unwrap();
        let disk = RawDisk::flashed(&image, folder.path()).unwrap();
        Self {
            image,
            disk: LossyDisk::serve(disk, folder.path()).unwrap(),
            settings: 0,
            folder: folder.path().to_owned(),
            _folder: folder,
        }
    }

    fn start(&self) -> Machine {
        let options = Options::default();
        Machine::start(&self.image, &self.disk, &self.folder, &options).unwrap()
    }

    /// Everything that a start starts; and what was set and installed is there.
    fn starts(&self) -> Machine {
        let began = Instant::now();
        let mut machine = self.start();
        machine.wait_until_started().unwrap();
        println!("  up again after {:?}", began.elapsed());
        assert_eq!(machine.run("findmnt /var").unwrap().code, 0);
        // Says why, where the data partition could not be had.
        let report = machine.run("cat /run/salle-data/report.json").unwrap();
        let (found, expected) = (name(&mut machine), expected_name(self.settings));
        assert_eq!(found, expected, "{}", report.text);
        let version = version(&mut machine);
        assert!(["0.1.0", "0.2.0"].contains(&version.as_str()), "{version}");
        machine
    }

    /// The plug is pulled, and what was not flushed goes.
    fn cut(&self, machine: Machine, random: &mut Random) {
        machine.cut_power();
        println!("  {:?}", self.disk.cut(random).unwrap());
    }

    /// The board is off before and after.
    fn lose_power(&mut self, moment: Moment, bundle: &Path, random: &mut Random) {
        let machine = match moment {
            Moment::FirstStart => self.start(),
            Moment::SettingsChange => {
                self.settings += 1;
                let text = settings(self.settings);
                self.disk
                    .while_off(|disk| disk.put_on_boot("salle.toml", &text).unwrap());
                self.start()
            }
            Moment::Install => self.installing(bundle, random),
            Moment::Growth => {
                self.disk.while_off(|disk| disk.grow(MORE).unwrap());
                self.start()
            }
        };
        if moment != Moment::Install {
            wait(moment, random);
        }
        self.cut(machine, random);
    }

    /// The order is given and some time has passed; the bundle is at hand as long as it is asked for.
    fn installing(&self, bundle: &Path, random: &mut Random) -> Machine {
        let mut machine = self.starts();
        machine.wait_for("roomctl update status", LONG).unwrap();
        let server = FileServer::start(bundle).unwrap();
        let address = server.address();
        let order = format!("setsid roomctl update install {address} </dev/null >/dev/null 2>&1 &");
        machine.run(&order).unwrap();
        wait(Moment::Install, random);
        machine
    }
}

fn wait(moment: Moment, random: &mut Random) {
    let range = moment.lasts();
    let after = Duration::from_millis(range.start + random.below(range.end - range.start));
    println!("{moment:?}: cut after {after:?}");
    std::thread::sleep(after);
}

fn settings(number: u64) -> String {
    format!(
        "version = 1\nwipe_secrets = true\n[room]\nname = \"{}\"\n[matrix]\n\
         homeserver = \"https://matrix.example.org\"\nuser = \"@room:example.org\"\n\
         password = \"no one knows it {number}\"\n",
        expected_name(number)
    )
}

fn expected_name(number: u64) -> String {
    match number {
        0 => String::new(),
        number => format!("Salle {number}"),
    }
}

/// What the settings in use call the room; nothing when there are none.
fn name(machine: &mut Machine) -> String {
    let asked = "sed -n 's/^name = \"\\(.*\\)\"/\\1/p' /var/lib/salle-config/room.toml";
    let said = machine.run(asked).unwrap();
    if said.code == 0 {
        said.text
    } else {
        String::new()
    }
}

fn version(machine: &mut Machine) -> String {
    let said = machine.wait_for("roomctl update status --json", LONG);
    let status: Update = serde_json::from_str(&said.unwrap()).unwrap();
    status.version.to_string()
}

fn number(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).unwrap_or_default();
    text.parse().unwrap_or(otherwise)
}

#[test]
fn a_unit_that_loses_power_at_any_moment_starts_again_with_its_settings() {
    let seed = number("SALLE_SEED", 1);
    println!("SALLE_SEED={seed}");
    let mut random = Random::new(seed);
    let bundles = tempfile::tempdir().unwrap();
    let next = Image::next_from_environment().unwrap();
    let bundle = Bundle::of(&next, "0.2.0").unwrap();
    let bundle = bundle.write(bundles.path(), "next.raucb").unwrap();

    let mut unit = Unit::flashed();
    let moments = LIFE.iter().cycle().zip(1..=number("SALLE_CUTS", 4));
    for (moment, cut) in moments {
        if *moment == Moment::FirstStart {
            unit = Unit::flashed();
        }
        println!("cut {cut}");
        unit.lose_power(*moment, &bundle, &mut random);
        let machine = unit.starts();
        machine.cut_power();
        unit.disk.cut(&mut random).unwrap();
    }
}
