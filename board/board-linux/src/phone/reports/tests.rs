use super::*;
use crate::phone::descriptor::{self, MAX_DESCRIPTOR};
use crate::phone::tests::{CONSUMER_LIST, SPEAKERPHONE};

fn phone() -> Reports {
    Reports::new(descriptor::read(SPEAKERPHONE).unwrap())
}

#[test]
fn presses_are_told_once_each() {
    let mut phone = phone();
    for (report, pressed) in [
        (&[1, 0b01][..], &[Button::VolumeUp][..]),
        (&[1, 0b01], &[]),
        (&[1, 0b11], &[Button::VolumeDown]),
        (&[1, 0b00], &[]),
        // Mute has no state: each report with it is a press.
        (&[2, 0b10], &[Button::Mute]),
        (&[2, 0b10], &[Button::Mute]),
        (&[2, 0b00], &[]),
        // Cut off, of another number, and nothing at all.
        (&[1], &[]),
        (&[9, 0xFF], &[]),
        (&[], &[]),
    ] {
        assert_eq!(phone.pressed(report, false), pressed, "{report:x?}");
    }
}

#[test]
fn the_hook_answers_and_hangs_up_and_its_echo_does_neither() {
    let mut phone = phone();
    assert_eq!(phone.pressed(&[2, 0b01], false), [Button::Join]);
    // The room has joined and says so; the device says it again.
    assert!(phone.pressed(&[2, 0b01], true).is_empty());
    assert_eq!(phone.pressed(&[2, 0b00], true), [Button::HangUp]);
    assert!(phone.pressed(&[2, 0b00], false).is_empty());
    // Joined by another way: the device follows its lamp.
    assert!(phone.pressed(&[2, 0b01], true).is_empty());
    // Left by another way.
    assert!(phone.pressed(&[2, 0b00], false).is_empty());
}

#[test]
fn lamps_are_lit_each_by_its_bit() {
    let phone = phone();
    let lit = |off_hook, mute, ring| {
        phone.lit(PhoneLamps {
            off_hook,
            mute,
            ring,
        })
    };
    assert_eq!(lit(false, false, false), [[2, 0b000]]);
    assert_eq!(lit(true, false, false), [[2, 0b001]]);
    assert_eq!(lit(true, true, false), [[2, 0b011]]);
    assert_eq!(lit(false, false, true), [[2, 0b100]]);
}

#[test]
fn a_list_of_what_is_held_tells_each_press_once() {
    let mut remote = Reports::new(descriptor::read(CONSUMER_LIST).unwrap());
    assert_eq!(remote.pressed(&[0xE9, 0, 0, 0], false), [Button::VolumeUp]);
    assert!(remote.pressed(&[0xE9, 0, 0, 0], false).is_empty());
    assert_eq!(
        remote.pressed(&[0, 0, 0xEA, 0], false),
        [Button::VolumeDown]
    );
    assert!(remote.pressed(&[], false).is_empty());
    assert!(remote.lit(PhoneLamps::default()).is_empty());
}

/// Numerical Recipes' generator: the same sequence everywhere, so a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.roll(256)).unwrap()
    }
}

#[test]
fn whatever_a_device_says_of_itself_and_sends_nothing_breaks() {
    let (mut understood, mut presses) = (0, 0);
    for seed in 0..20_000 {
        let mut dice = Dice(seed);
        // A real one with some bytes changed goes further into the reader than noise does.
        let mut descriptor = if dice.roll(4) == 0 {
            let length = dice.roll(64);
            (0..length).map(|_| dice.byte()).collect()
        } else {
            [SPEAKERPHONE, CONSUMER_LIST][dice.roll(2) as usize].to_vec()
        };
        for _ in 0..dice.roll(6) {
            if !descriptor.is_empty() {
                let at = dice.roll(descriptor.len() as u64) as usize;
                descriptor[at] = dice.byte();
            }
        }
        let Ok(layout) = descriptor::read(&descriptor) else {
            continue;
        };
        understood += 1;
        let mut phone = Reports::new(layout);
        for _ in 0..8 {
            let length = dice.roll(24);
            let report: Vec<u8> = (0..length).map(|_| dice.byte() % 4).collect();
            presses += phone.pressed(&report, dice.roll(2) == 0).len();
        }
        for report in phone.lit(PhoneLamps {
            off_hook: true,
            mute: true,
            ring: true,
        }) {
            assert!((1..=16 * 1024 + 1).contains(&report.len()));
        }
    }
    assert!(
        understood > 1000 && presses > 1000,
        "{understood} {presses}"
    );
    assert!(descriptor::read(&[0xFF; MAX_DESCRIPTOR]).is_err());
}
