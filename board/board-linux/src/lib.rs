//! What the Linux kernel offers, as a board: chosen and named by its profile.
//!
//! | thing | by |
//! |---|---|
//! | buttons, lamps, mute line, presence sensor, relay | GPIO lines by name (`gpiocdev`; `rppal` where the profile says so) |
//! | touch panel | evdev |
//! | speakerphone's buttons and lamps | hidraw |
//! | the display's power and remote control | the kernel's CEC framework |
//! | cameras, sound cards, displays and their cards | sysfs, and V4L2's own words for formats |
//! | plugged in and out | the kernel's and udev's messages (netlink) |
//!
//! Invariant: a thing that is away, or comes back under another number, is an error for as long
//! as that lasts and is found again by itself. Deliberately absent: pictures and sound, which
//! GStreamer captures from the nodes found here.

mod buttons;
mod camera;
mod card;
mod cec;
mod display;
mod gpio;
mod hotplug;
mod lamps;
mod level;
mod node;
mod phone;
mod power;
mod rule;
mod sound;
mod touch;
mod v4l2;

use std::path::Path;

use board_api::profile::{PhoneRule, Profile, Rules};
use board_api::{Board, BoardError, Lamp, PhoneLamps, Ports, Speakerphone as _};

use hotplug::Uevents;
use rule::Roots;

/// The board of this profile. What is not there now is found when it comes.
#[must_use]
pub fn board(profile: &Profile) -> Board {
    let roots = Roots::default();
    let gpio = gpio::of(profile.gpio.driver);
    let lamp = |line: &Option<_>| {
        let line = line.as_ref()?;
        Some(Box::new(lamps::Single::new(gpio.output(line, false))) as Box<dyn Lamp>)
    };
    Board {
        light: lamps::Light::new(gpio.as_ref(), &profile.lamps.status)
            .map(|light| Box::new(light) as Box<_>),
        call_lamp: lamp(&profile.lamps.call),
        mute_lamp: lamp(&profile.lamps.mute),
        buttons: Box::new(buttons::Panel::new(gpio.as_ref(), &profile.buttons)),
        mute_line: profile
            .mute_line
            .as_ref()
            .map(|line| Box::new(level::Line::new(gpio.as_ref(), line)) as Box<_>),
        presence: profile
            .presence
            .as_ref()
            .map(|line| Box::new(level::Line::new(gpio.as_ref(), line)) as Box<_>),
        phone: profile
            .speakerphone
            .as_ref()
            .map(|rule| Box::new(phone::Phone::new(roots.clone(), rule)) as Box<_>),
        display: power::of(gpio.as_ref(), &roots, profile),
        remote: adapter(profile).map(|adapter| Box::new(cec::Remote::new(adapter)) as Box<_>),
        touch: profile
            .touch
            .as_ref()
            .map(|rule| Box::new(touch::Panel::new(rule)) as Box<_>),
    }
}

/// The ports of this profile, for the process that captures and plays.
#[must_use]
pub fn ports(profile: &Profile) -> Ports {
    ports_by(Sought {
        camera: &profile.camera,
        content: &profile.content,
        microphone: &profile.microphone,
        speaker: &profile.speaker,
    })
}

/// The bus of the display, where the profile says that it has one.
fn adapter(profile: &Profile) -> Option<cec::Adapter> {
    let rule = profile.display.as_ref()?.cec.as_ref()?;
    Some(cec::Adapter::new(Roots::default(), rule))
}

/// Which devices are meant.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    pub camera: &'a Rules,
    /// Never taken for a camera, whatever the rules of that say.
    pub content: &'a Rules,
    pub microphone: &'a Rules,
    pub speaker: &'a Rules,
}

/// The ports these rules mean.
#[must_use]
pub fn ports_by(sought: Sought<'_>) -> Ports {
    let roots = Roots::default();
    let pictures = |rules| camera::Port::new(roots.clone(), rules);
    Ports {
        camera: Box::new(pictures(sought.camera).but(sought.content)),
        content: Box::new(pictures(sought.content)),
        microphone: Box::new(sound::Port::capture(roots.clone(), sought.microphone)),
        speaker: Box::new(sound::Port::playback(roots.clone(), sought.speaker)),
        hotplug: Box::new(Uevents::listen()),
    }
}

/// Whether a graphics card is the one of this profile's touch panel; `card` is its folder in sysfs.
#[must_use]
pub fn is_panels_card(profile: &Profile, card: &Path) -> bool {
    let panel = profile.panel.as_ref();
    panel.is_some_and(|panel| card::is_panels(&Roots::default(), panel, card))
}

/// Darkens every lamp of this profile, for the moment after the daemon that held them ended in
/// whatever way. The first error counts; the others are darkened all the same.
///
/// # Errors
/// When a lamp does not answer.
pub fn darken(profile: &Profile) -> Result<(), BoardError> {
    let gpio = gpio::of(profile.gpio.driver);
    let lamps = &profile.lamps;
    let status = &lamps.status;
    [
        &lamps.call,
        &lamps.mute,
        &status.single,
        &status.green,
        &status.amber,
        &status.red,
    ]
    .into_iter()
    .flatten()
    .map(|line| gpio.output(line, false).set(false))
    .chain(profile.speakerphone.as_ref().map(hang_up))
    .fold(Ok(()), Result::and)
}

/// A speakerphone that is not there has no lamps to darken.
fn hang_up(rule: &PhoneRule) -> Result<(), BoardError> {
    let dark = PhoneLamps::default();
    match phone::Phone::new(Roots::default(), rule).show(dark) {
        Err(BoardError::Unplugged) => Ok(()),
        shown => shown,
    }
}
