//! A commissioned unit in a virtual board, and the hand on its buttons.

use std::net::Ipv4Addr;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use room_messages::api::{Device, Homeserver, Status};
use salle_images::{Answer, Error, Image, LONG, Machine, Options, RawDisk};
use salle_scenarios::{Scene, SceneOptions};
use salle_stack::Options as StackOptions;
use tempfile::TempDir;

/// An address of this machine that the board reaches; `cargo xtask test images` makes it.
const ADDRESS: &str = "SALLE_HOST_ADDRESS";
/// What the board's profile calls its lines, in this order.
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
const CHIP: &str = "/sys/kernel/config/gpio-sim/salle";
/// How long a hand holds a button, in seconds: an emulated processor may stand still for a while.
const HELD: &str = "0.5";

#[must_use]
pub fn host_address() -> Ipv4Addr {
    let text = std::env::var(ADDRESS)
        .unwrap_or_else(|_| panic!("{ADDRESS} is not set: cargo xtask test images sets it"));
    text.parse().unwrap()
}

/// Servers outside the board.
pub async fn scene() -> Scene {
    let stack = StackOptions {
        address: host_address(),
        ..StackOptions::default()
    };
    let options = SceneOptions {
        stack,
        people: vec!["alice"],
        ..SceneOptions::default()
    };
    Scene::start(options).await.unwrap()
}

#[must_use]
pub fn online(status: &Status) -> bool {
    status.room.homeserver == Homeserver::Online
}

#[must_use]
pub fn has_devices(status: &Status) -> bool {
    let works = |device| !matches!(device, Device::Absent | Device::Failed);
    works(status.camera.device) && works(status.microphone.device)
}

#[derive(Clone, Copy, Debug)]
pub enum Line {
    Join = 0,
    HangUp = 1,
    HardwareMute = 3,
}

#[derive(Clone, Copy, Debug)]
pub enum Lamp {
    Call = 4,
    Mute = 5,
}

pub struct Unit {
    /// Matrix id it is commissioned with.
    pub user: String,
    machine: Machine,
    // Removed after the machine has ended: fields are dropped in this order.
    _folder: TempDir,
}

/// Flashed, with an installer's settings on its boot partition.
pub fn commissioned_disk(scene: &Scene, image: &Image, folder: &Path) -> Result<RawDisk, Error> {
    let disk = RawDisk::flashed(image, folder)?;
    disk.put_on_boot("salle.toml", &settings(scene))?;
    Ok(disk)
}

impl Unit {
    /// Flashed, commissioned from its boot partition, started, with nothing plugged in.
    pub fn commissioned(scene: &Scene, options: &Options) -> Result<Self, Error> {
        let folder = tempfile::tempdir().unwrap();
        let image = Image::from_environment()?;
        let disk = commissioned_disk(scene, &image, folder.path())?;
        let mut machine = Machine::start(&image, &disk, folder.path(), options)?;
        machine.wait_until_started()?;
        Ok(Self {
            user: scene.account.user_id.clone(),
            machine,
            _folder: folder,
        })
    }

    pub const fn machine(&mut self) -> &mut Machine {
        &mut self.machine
    }

    /// A camera, a sound card and the lines of buttons and lamps appear, as when they are
    /// plugged in.
    pub fn plug_in_devices(&mut self) {
        let mut script = format!(
            "set -e; modprobe snd-aloop; modprobe vivid n_devs=1 node_types=0x1; modprobe gpio-sim; \
             mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config; \
             mkdir -p {CHIP}/bank0; echo {} >{CHIP}/bank0/num_lines;",
            NAMES.len()
        );
        for (number, name) in NAMES.iter().enumerate() {
            let line = format!("{CHIP}/bank0/line{number}");
            script += &format!("mkdir {line}; echo {name} >{line}/name;");
        }
        script += &format!("echo 1 >{CHIP}/live");
        self.done(&script);
    }

    /// Plays a file into the microphone without end.
    pub fn say(&mut self, wave: &Path) {
        let bytes = STANDARD.encode(std::fs::read(wave).unwrap());
        self.done(&format!("base64 -d >/run/voice.wav <<<{bytes}"));
        self.done(
            "setsid sh -c 'while :; do aplay -q -D plughw:Loopback,1,0 /run/voice.wav; done' \
             </dev/null >/dev/null 2>&1 &",
        );
    }

    pub fn press(&mut self, line: Line) {
        let (down, up) = (pull(line, true), pull(line, false));
        self.done(&format!("{down}; sleep {HELD}; {up}; sleep {HELD}"));
    }

    pub fn set(&mut self, line: Line, asserted: bool) {
        self.done(&pull(line, asserted));
    }

    pub fn is_lit(&mut self, lamp: Lamp) -> bool {
        self.done(&format!("cat {}", attribute(lamp as usize, "value"))) == "1"
    }

    /// Waits for a lamp; one that blinks passes by.
    pub fn lamp_until(&mut self, lamp: Lamp, lit: bool) {
        let value = u8::from(lit);
        let file = attribute(lamp as usize, "value");
        // Three looks in a row, further apart than it blinks.
        let look = format!("[ $(cat {file}) = {value} ]");
        let looks = format!("{look} && sleep 0.7 && {look} && sleep 0.4 && {look}");
        self.machine.wait_for(&looks, LONG).unwrap();
    }

    pub fn roomctl(&mut self, words: &str) -> Answer {
        self.machine.run(&format!("roomctl {words}")).unwrap()
    }

    pub fn status(&mut self) -> Status {
        let said = self.roomctl("status --json");
        assert_eq!(said.code, 0, "{said:?}");
        serde_json::from_str(&said.text).unwrap()
    }

    /// Looks until the status is right.
    pub fn until(&mut self, what: &str, right: impl Fn(&Status) -> bool) -> Status {
        let began = std::time::Instant::now();
        loop {
            let status = self.status();
            if right(&status) {
                return status;
            }
            assert!(
                began.elapsed() < LONG,
                "never: {what}; last: {status:#?}\n{}",
                self.log()
            );
        }
    }

    pub fn log(&mut self) -> String {
        let log = self
            .machine
            .run("journalctl --no-pager --lines 150 --output short-monotonic --unit roomd --unit mediad --unit fleetd");
        log.map(|said| said.text).unwrap_or_default()
    }

    fn done(&mut self, script: &str) -> String {
        let answer = self.machine.run(script).unwrap();
        assert_eq!(answer.code, 0, "{script}: {}", answer.text);
        answer.text
    }
}

fn pull(line: Line, up: bool) -> String {
    let word = if up { "pull-up" } else { "pull-down" };
    format!("echo {word} >{}", attribute(line as usize, "pull"))
}

/// A file of the simulated chip, as the guest's shell finds it.
fn attribute(number: usize, name: &str) -> String {
    format!(
        "/sys/devices/platform/$(cat {CHIP}/dev_name)/$(cat {CHIP}/bank0/chip_name)/sim_gpio{number}/{name}"
    )
}

/// What an installer writes; a picture that emulation can encode, and no name that nobody here can
/// resolve.
fn settings(scene: &Scene) -> String {
    let account = &scene.account;
    format!(
        "version = 1\nwipe_secrets = true\n[room]\nname = \"Salle Ampère\"\nlanguage = \"fr\"\n\
         [matrix]\nhomeserver = \"{}\"\nuser = \"{}\"\npassword = \"{}\"\n\
         [video]\nwidth = 320\nheight = 180\nframes_per_second = 5\nlayers = 1\n\
         [time]\nservers = [\"{}\"]\n",
        account.homeserver_url,
        account.user_id,
        account.password,
        host_address()
    )
}
