//! Lamps on GPIO lines. Each has a thread that does nothing but blink it.
//!
//! Invariant: dropping a lamp darkens it. What a line does after its process was killed is the
//! chip's affair (`docs/boards.md`); [`darken`](crate::darken) is for that moment.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use board_api::profile::StatusLines;
use board_api::{BoardError, Colour, Lamp, Pattern, Percent, StatusLight};

use crate::gpio::{Gpio, Output};

/// Limit of [`Lamp::set`].
const LIMIT: Duration = Duration::from_millis(50);
/// Between two looks for lines that are not there: looking takes long.
const AGAIN: Duration = Duration::from_secs(1);

/// Lines that are lit together, in a pattern.
struct Glow {
    lines: Vec<Box<dyn Output>>,
    /// Which lines are lit while the pattern is on.
    chosen: Vec<bool>,
    pattern: Pattern,
    /// Which phase of the pattern this is.
    phase: usize,
    /// Whether the lines took what they were set to last.
    reached: bool,
    ended: bool,
}

impl Glow {
    /// Every line is set; the first error counts.
    fn apply(&mut self) -> Result<(), BoardError> {
        let on = self.pattern.is_lit(self.phase) && !self.ended;
        let set = self.lines.iter_mut().zip(&self.chosen);
        let all = set
            .map(|(line, chosen)| line.set(on && *chosen))
            .fold(Ok(()), Result::and);
        self.reached = all.is_ok();
        all
    }

    /// How long this phase lasts; `None` when the pattern does not change.
    fn lasts(&self) -> Option<Duration> {
        let phase = self.pattern.phases_ms().get(self.phase)?;
        let phase = Duration::from_millis(u64::from(*phase));
        Some(if self.reached {
            phase
        } else {
            phase.max(AGAIN)
        })
    }

    fn next_phase(&mut self) {
        let phases = self.pattern.phases_ms().len();
        self.phase = (self.phase + 1).checked_rem(phases).unwrap_or_default();
    }
}

struct Shared {
    glow: Mutex<Glow>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Glow> {
        // A panic elsewhere leaves lines behind, which stay usable.
        self.glow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Bulb {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Bulb {
    fn new(lines: Vec<Box<dyn Output>>) -> Self {
        let shared = Arc::new(Shared {
            glow: Mutex::new(Glow {
                chosen: vec![false; lines.len()],
                lines,
                pattern: Pattern::Dark,
                phase: 0,
                reached: true,
                ended: false,
            }),
            changed: Condvar::new(),
        });
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("lamp".into());
        // Without a thread lamps are lit all the same, they only do not blink.
        let thread = thread.spawn(move || blink(&theirs)).ok();
        Self { shared, thread }
    }

    fn set(&self, chosen: &[bool], pattern: Pattern) -> Result<(), BoardError> {
        let begun = Instant::now();
        let mut glow = self.shared.lock();
        let same = glow.pattern == pattern && glow.chosen == chosen;
        if !same {
            glow.chosen = chosen.to_vec();
            (glow.pattern, glow.phase) = (pattern, 0);
        }
        let applied = glow.apply();
        drop(glow);
        self.shared.changed.notify_all();
        if applied.is_ok() && begun.elapsed() > LIMIT {
            return Err(BoardError::TimedOut);
        }
        applied
    }
}

impl Drop for Bulb {
    fn drop(&mut self) {
        let mut glow = self.shared.lock();
        glow.ended = true;
        if let Err(error) = glow.apply() {
            tracing::warn!(%error, "a lamp does not go dark");
        }
        drop(glow);
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to clean up.
            let _ = thread.join();
        }
    }
}

fn blink(shared: &Shared) {
    let mut glow = shared.lock();
    while !glow.ended {
        let Some(lasts) = glow.lasts() else {
            let woken = shared.changed.wait(glow);
            glow = woken.unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let (woken, timeout) = shared
            .changed
            .wait_timeout(glow, lasts)
            .unwrap_or_else(PoisonError::into_inner);
        glow = woken;
        if timeout.timed_out() && !glow.ended {
            glow.next_phase();
            if let Err(error) = glow.apply() {
                tracing::debug!(%error, "a lamp does not blink");
            }
        }
    }
}

/// A lamp of one colour.
pub(crate) struct Single(Bulb);

impl Single {
    pub fn new(line: Box<dyn Output>) -> Self {
        Self(Bulb::new(vec![line]))
    }
}

impl Lamp for Single {
    fn set(&mut self, pattern: Pattern) -> Result<(), BoardError> {
        self.0.set(&[true], pattern)
    }
}

/// The status light: the lines of its colours.
pub(crate) struct Light {
    bulb: Bulb,
    colours: Colours,
}

/// Which lines there are, in this order.
#[derive(Clone, Copy)]
struct Colours {
    single: bool,
    green: bool,
    amber: bool,
    red: bool,
}

impl Colours {
    /// The lines to be lit, for those there are.
    fn chosen(self, colour: Colour) -> Vec<bool> {
        let amber = colour == Colour::Amber;
        let mixed = amber && !self.amber;
        [
            (self.single, colour != Colour::Off),
            (self.green, colour == Colour::Green || mixed),
            (self.amber, amber),
            (self.red, colour == Colour::Red || mixed),
        ]
        .into_iter()
        .filter_map(|(present, lit)| present.then_some(lit))
        .collect()
    }
}

impl Light {
    /// `None` when the profile names no line.
    pub fn new(gpio: &dyn Gpio, lines: &StatusLines) -> Option<Self> {
        let named = [&lines.single, &lines.green, &lines.amber, &lines.red];
        let outputs: Vec<_> = named
            .into_iter()
            .flatten()
            .map(|line| gpio.output(line, false))
            .collect();
        let colours = Colours {
            single: lines.single.is_some(),
            green: lines.green.is_some(),
            amber: lines.amber.is_some(),
            red: lines.red.is_some(),
        };
        (!outputs.is_empty()).then(|| Self {
            bulb: Bulb::new(outputs),
            colours,
        })
    }
}

impl StatusLight for Light {
    fn set(
        &mut self,
        colour: Colour,
        pattern: Pattern,
        brightness: Percent,
    ) -> Result<(), BoardError> {
        let dark = colour == Colour::Off || brightness == Percent::default();
        let pattern = if dark { Pattern::Dark } else { pattern };
        self.bulb.set(&self.colours.chosen(colour), pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amber_is_its_own_line_or_red_and_green_together() {
        let mut colours = Colours {
            single: false,
            green: true,
            amber: false,
            red: true,
        };
        assert_eq!(colours.chosen(Colour::Green), [true, false]);
        assert_eq!(colours.chosen(Colour::Amber), [true, true]);
        assert_eq!(colours.chosen(Colour::Red), [false, true]);
        assert_eq!(colours.chosen(Colour::Off), [false, false]);
        colours.amber = true;
        assert_eq!(colours.chosen(Colour::Amber), [false, true, false]);
        colours.single = true;
        assert_eq!(colours.chosen(Colour::Off), [false; 4]);
        assert_eq!(colours.chosen(Colour::Red), [true, false, false, true]);
    }
}
