//! Where a speakerphone's buttons and lamps are in its reports: from its report descriptor (Device
//! Class Definition for HID 1.11, section 6.2.2).
//!
//! The descriptor is the device's own word, so it is read as what an enemy wrote: every length is
//! bounded, nothing is repeated as often as it says, and what is wrong is an error. Deliberately
//! absent: everything but the few usages a room understands.

use std::collections::BTreeMap;

/// The kernel's own limit (`HID_MAX_DESCRIPTOR_SIZE`).
pub(super) const MAX_DESCRIPTOR: usize = 4096;
/// Longest report, in bits (`HID_MAX_BUFFER_SIZE`).
const MAX_BITS: u32 = 16 * 1024 * 8;
/// Most global states put aside (`HID_GLOBAL_STACK_SIZE` is 4).
const MAX_STACK: usize = 8;
/// Most usages before a main item.
const MAX_USAGES: usize = 256;

/// What can be pressed (HID Usage Tables 1.5: telephony page 0x0B, consumer page 0x0C).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Hook,
    Mute,
    VolumeUp,
    VolumeDown,
}

/// What can be lit (LED page 0x08).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Led {
    Mute,
    OffHook,
    Ring,
}

const KEYS: [(Key, u32); 4] = [
    (Key::Hook, 0x000B_0020),
    (Key::Mute, 0x000B_002F),
    (Key::VolumeUp, 0x000C_00E9),
    (Key::VolumeDown, 0x000C_00EA),
];
const LEDS: [(Led, u32); 3] = [
    (Led::Mute, 0x0008_0009),
    (Led::OffHook, 0x0008_0017),
    (Led::Ring, 0x0008_0018),
];

/// Bits of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bits {
    /// 0 when reports have no number.
    pub(super) report: u8,
    /// Counted after the report's number.
    pub(super) first: u32,
    /// 1 to 32.
    pub(super) count: u32,
}

/// How a button is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// By a bit of its own; `relative`: each 1 is a press, and there is no state.
    Alone { at: Bits, relative: bool },
    /// By its number `value` in one of the places of a list of what is held.
    Listed { at: Bits, places: u32, value: u32 },
}

/// Everything a room can use of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) keys: Vec<(Key, Told)>,
    pub(super) leds: Vec<(Led, Bits)>,
    /// Whether every report begins with its number.
    pub(super) numbered: bool,
    /// Bits of each output report.
    pub(super) outputs: BTreeMap<u8, u32>,
}

impl Layout {
    /// Whether this is a telephone: one that can be taken off the hook or muted.
    pub(super) fn is_phone(&self) -> bool {
        let mut keys = self.keys.iter();
        keys.any(|(key, _)| matches!(key, Key::Hook | Key::Mute))
    }
}

/// The descriptor is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// # Errors
/// When it is too long, cut off, or says what cannot be.
pub(super) fn read(descriptor: &[u8]) -> Result<Layout, Malformed> {
    if descriptor.len() > MAX_DESCRIPTOR {
        return Err(Malformed);
    }
    let mut reader = Reader::default();
    let mut rest = descriptor;
    while let Some((item, left)) = Item::first(rest)? {
        reader.take(item)?;
        rest = left;
    }
    Ok(reader.layout)
}

/// One item of a descriptor; a long one has no meaning yet.
#[derive(Clone, Copy)]
struct Item {
    /// Tag and type, as in its first byte.
    kind: u8,
    size: usize,
    data: u32,
}

const LONG: u8 = 0xFE;

impl Item {
    fn first(bytes: &[u8]) -> Result<Option<(Self, &[u8])>, Malformed> {
        let Some((&prefix, rest)) = bytes.split_first() else {
            return Ok(None);
        };
        if prefix == LONG {
            let (&size, rest) = rest.split_first().ok_or(Malformed)?;
            let left = rest.get(usize::from(size) + 1..).ok_or(Malformed)?;
            let nothing = Self {
                kind: LONG,
                size: 0,
                data: 0,
            };
            return Ok(Some((nothing, left)));
        }
        let size = match prefix & 0b11 {
            0b11 => 4,
            size => usize::from(size),
        };
        let (data, left) = rest.split_at_checked(size).ok_or(Malformed)?;
        let place = |number: u32, byte: &u8| (number << 8) | u32::from(*byte);
        let item = Self {
            kind: prefix & !0b11,
            size,
            data: data.iter().rev().fold(0, place),
        };
        Ok(Some((item, left)))
    }

    fn signed(self) -> i64 {
        let data = i64::from(self.data);
        match self.size {
            1 if data > 0x7F => data - 0x100,
            2 if data > 0x7FFF => data - 0x1_0000,
            4 if data > 0x7FFF_FFFF => data - 0x1_0000_0000,
            _ => data,
        }
    }
}

/// Global items: they hold until they are said again.
#[derive(Clone, Copy, Default)]
struct Globals {
    page: u32,
    minimum: i64,
    size: u32,
    count: u32,
    report: u8,
}

/// Usages of the next main item, in order: first and last of each run, without their page where
/// it was not said.
type Runs = Vec<(u32, u32)>;

#[derive(Default)]
struct Reader {
    layout: Layout,
    globals: Globals,
    stack: Vec<Globals>,
    runs: Runs,
    /// Beginning of a run whose end is not said yet.
    begun: Option<u32>,
    inputs: BTreeMap<u8, u32>,
}

impl Reader {
    fn take(&mut self, item: Item) -> Result<(), Malformed> {
        let globals = &mut self.globals;
        match item.kind {
            0x80 => self.input(item.data)?,
            0x90 => self.output(item.data)?,
            // Feature, collection, end of collection.
            0xB0 | 0xA0 | 0xC0 => self.forget(),
            0x04 => globals.page = (item.data & 0xFFFF) << 16,
            0x14 => globals.minimum = item.signed(),
            0x74 => globals.size = item.data,
            0x94 => globals.count = item.data,
            0x84 => {
                globals.report = u8::try_from(item.data).map_err(|_| Malformed)?;
                self.layout.numbered = true;
            }
            0xA4 if self.stack.len() < MAX_STACK => self.stack.push(self.globals),
            0xA4 => return Err(Malformed),
            0xB4 => self.globals = self.stack.pop().ok_or(Malformed)?,
            0x08 => self.run(usage(item), usage(item))?,
            0x18 => self.begun = Some(usage(item)),
            0x28 => {
                let begun = self.begun.take().ok_or(Malformed)?;
                self.run(begun, usage(item))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn run(&mut self, first: u32, last: u32) -> Result<(), Malformed> {
        if first > last || self.runs.len() >= MAX_USAGES {
            return Err(Malformed);
        }
        self.runs.push((first, last));
        Ok(())
    }

    fn forget(&mut self) {
        self.runs.clear();
        self.begun = None;
    }

    fn input(&mut self, flags: u32) -> Result<(), Malformed> {
        let (at, runs) = self.field(false)?;
        let Some(at) = at.filter(|_| flags & CONSTANT == 0) else {
            return Ok(());
        };
        for (key, usage) in KEYS {
            let Some(index) = index(&runs, usage) else {
                continue;
            };
            let told = if flags & VARIABLE != 0 {
                self.alone(at, index).map(|at| Told::Alone {
                    at,
                    relative: flags & RELATIVE != 0,
                })
            } else {
                let value = self.globals.minimum.checked_add(i64::from(index));
                let value = value.and_then(|value| u32::try_from(value).ok());
                value.map(|value| Told::Listed {
                    at,
                    places: self.globals.count,
                    value,
                })
            };
            self.layout.keys.extend(told.map(|told| (key, told)));
        }
        Ok(())
    }

    fn output(&mut self, flags: u32) -> Result<(), Malformed> {
        let (at, runs) = self.field(true)?;
        let Some(at) = at.filter(|_| flags & CONSTANT == 0 && flags & VARIABLE != 0) else {
            return Ok(());
        };
        for (led, usage) in LEDS {
            let bits = index(&runs, usage).and_then(|index| self.alone(at, index));
            self.layout.leds.extend(bits.map(|bits| (led, bits)));
        }
        Ok(())
    }

    /// Where the first value of a main item is, and its usages; `None` when no room could use it.
    fn field(&mut self, output: bool) -> Result<(Option<Bits>, Runs), Malformed> {
        let runs = std::mem::take(&mut self.runs);
        self.forget();
        let Globals {
            page,
            size,
            count,
            report,
            ..
        } = self.globals;
        let lengths = if output {
            &mut self.layout.outputs
        } else {
            &mut self.inputs
        };
        let first = lengths.entry(report).or_default();
        let at = Bits {
            report,
            first: *first,
            count: size,
        };
        let length = size
            .checked_mul(count)
            .and_then(|bits| bits.checked_add(*first));
        *first = length.filter(|bits| *bits <= MAX_BITS).ok_or(Malformed)?;
        let usable = (1..=32).contains(&size) && count > 0;
        let whole = |usage: u32| {
            if usage >> 16 == 0 {
                page | usage
            } else {
                usage
            }
        };
        let runs = runs.into_iter();
        let runs = runs.map(|(first, last)| (whole(first), whole(last)));
        Ok((usable.then_some(at), runs.collect()))
    }

    /// Bits of the value of this number, if there are so many.
    fn alone(&self, first: Bits, index: u32) -> Option<Bits> {
        (index < self.globals.count).then(|| Bits {
            first: first.first + index * first.count,
            ..first
        })
    }
}

/// Flags of main items (6.2.2.5).
const CONSTANT: u32 = 1;
const VARIABLE: u32 = 1 << 1;
const RELATIVE: u32 = 1 << 2;

/// With its page only when it is four bytes long.
fn usage(item: Item) -> u32 {
    if item.size == 4 {
        item.data
    } else {
        item.data & 0xFFFF
    }
}

/// Which of the usages this is, counted from 0.
fn index(runs: &Runs, usage: u32) -> Option<u32> {
    let mut before: u32 = 0;
    for (first, last) in runs {
        if (*first..=*last).contains(&usage) {
            return before.checked_add(usage - first);
        }
        before = before
            .checked_add(last.checked_sub(*first)?)?
            .checked_add(1)?;
    }
    None
}

#[cfg(test)]
mod tests;
