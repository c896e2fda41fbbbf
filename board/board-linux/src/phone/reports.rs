//! Reports of a speakerphone: presses out of those that come in, lamps into those that go out. Pure.

use board_api::{Button, PhoneLamps};

use super::descriptor::{Bits, Key, Layout, Led, Told};

/// A speakerphone's reports, and what was held in the last of them.
pub(super) struct Reports {
    layout: Layout,
    /// Beside each key of the layout.
    held: Vec<bool>,
}

impl Reports {
    pub(super) fn new(layout: Layout) -> Self {
        let held = vec![false; layout.keys.len()];
        Self { layout, held }
    }

    /// What a report says was pressed. `off_hook`: as the room was shown to the device last, which
    /// answers a lamp by moving its hook itself; such an echo is no press.
    pub(super) fn pressed(&mut self, report: &[u8], off_hook: bool) -> Vec<Button> {
        let Some((number, body)) = self.split(report) else {
            return Vec::new();
        };
        let mut pressed = Vec::new();
        for ((key, told), held) in self.layout.keys.iter().zip(&mut self.held) {
            let Some(down) = is_down(*told, number, body) else {
                continue;
            };
            let before = std::mem::replace(held, down);
            let relative = matches!(told, Told::Alone { relative: true, .. });
            // What has no state is a press each time; another is one when it goes down.
            let goes_down = down && (relative || !before);
            let moved = down != before;
            pressed.extend(match key {
                Key::Hook if relative => goes_down.then_some(Button::Call),
                Key::Hook if moved && down && !off_hook => Some(Button::Join),
                Key::Hook if moved && !down && off_hook => Some(Button::HangUp),
                Key::Hook => None,
                Key::Mute => goes_down.then_some(Button::Mute),
                Key::VolumeUp => goes_down.then_some(Button::VolumeUp),
                Key::VolumeDown => goes_down.then_some(Button::VolumeDown),
            });
        }
        pressed
    }

    /// Reports that light these lamps, each as hidraw takes it: its number first, 0 for none.
    pub(super) fn lit(&self, lamps: PhoneLamps) -> Vec<Vec<u8>> {
        let mut reports = Vec::new();
        for (number, bits) in &self.layout.outputs {
            let mut leds = self.layout.leds.iter().peekable();
            let ours = |(_, at): &&&(Led, Bits)| at.report == *number;
            let mut leds = leds.by_ref().filter(|led| ours(&led)).peekable();
            if leds.peek().is_none() {
                continue;
            }
            let length = bits.div_ceil(8) as usize;
            let mut report = vec![0; length + 1];
            if let Some((first, body)) = report.split_first_mut() {
                *first = *number;
                for (led, at) in leds {
                    let lit = match led {
                        Led::Mute => lamps.mute,
                        Led::OffHook => lamps.off_hook,
                        Led::Ring => lamps.ring,
                    };
                    light(body, *at, lit);
                }
            }
            reports.push(report);
        }
        reports
    }

    fn split<'r>(&self, report: &'r [u8]) -> Option<(u8, &'r [u8])> {
        if !self.layout.numbered {
            return Some((0, report));
        }
        let (number, body) = report.split_first()?;
        Some((*number, body))
    }
}

/// `None` when this report does not tell.
fn is_down(told: Told, number: u8, body: &[u8]) -> Option<bool> {
    match told {
        Told::Alone { at, .. } if at.report == number => Some(value(body, at)? != 0),
        Told::Listed {
            at,
            places,
            value: wanted,
        } if at.report == number => {
            // As many as there are in the report, whatever the device promised.
            let place = |place: u32| {
                let first = at.first.checked_add(place.checked_mul(at.count)?)?;
                value(body, Bits { first, ..at })
            };
            let mut held = (0..places).map_while(place).peekable();
            held.peek()?;
            Some(held.any(|one| one == wanted))
        }
        _ => None,
    }
}

/// The number in these bits, least significant first; `None` when the report is shorter.
fn value(body: &[u8], at: Bits) -> Option<u32> {
    let mut value = 0;
    for bit in 0..at.count.min(32) {
        let place = at.first.checked_add(bit)?;
        let byte = body.get((place / 8) as usize)?;
        value |= u32::from(byte >> (place % 8) & 1) << bit;
    }
    Some(value)
}

/// A lamp is lit by 1, however wide its field is.
fn light(body: &mut [u8], at: Bits, lit: bool) {
    if let Some(byte) = body.get_mut((at.first / 8) as usize) {
        *byte |= u8::from(lit) << (at.first % 8);
    }
}

#[cfg(test)]
mod tests;
