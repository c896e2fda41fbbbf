//! The virtual board, and the hand that moves it from the other side of the kernel.

mod fingers;
pub mod handset;
pub mod lines;
pub mod tv;

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use board_api::Button;
use board_api::contract::{Bench, Hand, LIMIT, LampName, Plug};
use board_api::profile::Profile;

pub const PROFILES: [(&str, &str); 4] = [
    ("sim", include_str!("../../../profiles/sim.toml")),
    (
        "qemu-arm64",
        include_str!("../../../profiles/qemu-arm64.toml"),
    ),
    (
        "raspberrypi5",
        include_str!("../../../profiles/raspberrypi5.toml"),
    ),
    (
        "imx8mp-evk",
        include_str!("../../../profiles/imx8mp-evk.toml"),
    ),
];

/// How long a hand holds a button: longer than bounce by far, because an emulated processor may
/// stand still for a while.
const HELD: Duration = Duration::from_secs(1);

pub fn profile() -> Profile {
    toml::from_str(PROFILES[1].1).unwrap()
}

pub fn bench() -> Bench {
    with(&profile())
}

pub fn with(profile: &Profile) -> Bench {
    let mut fingers = fingers::Fingers::new();
    for what in [Plug::Lines, Plug::Camera, Plug::Sound] {
        plug(what, true);
    }
    for button in Button::ALL {
        lines::pull(line_of(button), false);
    }
    lines::pull("salle-mute-line", false);
    lines::pull("salle-presence", false);
    fingers.lift();
    Bench {
        board: board_linux::board(profile),
        ports: board_linux::ports(profile),
        hand: Box::new(Body { fingers }),
    }
}

struct Body {
    fingers: fingers::Fingers,
}

impl Hand for Body {
    fn press(&mut self, button: Button) {
        let line = line_of(button);
        for down in [true, false] {
            // Contacts bounce.
            for level in [down, !down, down] {
                lines::pull(line, level);
            }
            sleep(HELD);
        }
    }

    fn set_mute_line(&mut self, asserted: bool) {
        lines::pull("salle-mute-line", asserted);
    }

    fn set_movement(&mut self, movement: bool) {
        lines::pull("salle-presence", movement);
    }

    fn is_lit(&mut self, lamp: LampName) -> bool {
        lines::is_high(match lamp {
            LampName::Call => "salle-lamp-call",
            LampName::Mute => "salle-lamp-mute",
            LampName::Status => "salle-lamp-status",
        })
    }

    fn touch(&mut self, x: f32, y: f32) {
        self.fingers.tap(x, y);
    }

    fn plug(&mut self, what: Plug, present: bool) {
        plug(what, present);
    }
}

fn line_of(button: Button) -> &'static str {
    match button {
        Button::Join => "salle-join",
        Button::HangUp => "salle-hang-up",
        Button::Mute => "salle-mute",
        Button::VolumeUp => "salle-volume-up",
        Button::VolumeDown => "salle-volume-down",
        Button::Camera => "salle-camera",
        Button::Help => "salle-help",
        Button::Call => "salle-call",
    }
}

/// Unbinding a driver takes its nodes away, as pulling the plug does.
fn plug(what: Plug, present: bool) {
    let (driver, device, node) = match what {
        Plug::Camera => ("vivid", "vivid.0", "/dev/video0"),
        Plug::Sound => ("snd_aloop", "snd_aloop.0", "/dev/snd/pcmC0D0c"),
        Plug::Lines => return lines::plug(present),
    };
    let driver = Path::new("/sys/bus/platform/drivers").join(driver);
    if driver.join(device).exists() == present {
        return;
    }
    let file = if present { "bind" } else { "unbind" };
    fs::write(driver.join(file), device).unwrap();
    wait_for(&format!("{node}: {present}"), || {
        Path::new(node).exists() == present
    });
}

pub fn wait_for(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < LIMIT, "never: {what}");
        sleep(Duration::from_millis(10));
    }
}
