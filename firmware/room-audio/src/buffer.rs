//! The buffer of one voice between its arrival and the speaker.
//!
//! Packets arrive at the sender's pace and in bursts, the speaker takes at its own. The buffer
//! waits until a small reserve is there, gives, and when it runs dry in the middle of speech
//! raises the reserve. Clocks that drift apart are followed by playing a little faster or
//! slower (under 1 %, not heard), not by silence.

use std::collections::VecDeque;

use crate::RATE;

const MS: usize = RATE as usize / 1000;
const LOWEST_RESERVE: usize = 30 * MS;
const HIGHEST_RESERVE: usize = 200 * MS;
/// More than this is never kept: the oldest is dropped.
const LONGEST: usize = 400 * MS;
/// A pause up to this long was the network's; a longer one was the speaker's own.
const SAME_SPEECH: usize = 150 * MS;
/// How long a calm network must last before the reserve shrinks.
const CALM: usize = 10_000 * MS;

/// Stereo frames of one voice.
#[derive(Debug)]
pub(crate) struct VoiceBuffer {
    frames: VecDeque<[i16; 2]>,
    reserve: usize,
    giving: bool,
    /// Frames given out as silence since the buffer ran dry.
    dry: usize,
    /// Frames given since the reserve last changed.
    calm: usize,
    /// Least reserve seen lately, before giving.
    least: usize,
    watched: usize,
    pace: Pace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    Slower,
    Even,
    Faster,
}

impl Default for VoiceBuffer {
    fn default() -> Self {
        Self {
            frames: VecDeque::with_capacity(LONGEST),
            reserve: LOWEST_RESERVE,
            giving: false,
            dry: 0,
            calm: 0,
            least: usize::MAX,
            watched: 0,
            pace: Pace::Even,
        }
    }
}

impl VoiceBuffer {
    /// Takes samples of `channels` (1 or 2; of more, the first two).
    pub(crate) fn push(&mut self, samples: &[i16], channels: usize) {
        if self.dry > 0 && self.dry < SAME_SPEECH {
            self.reserve = (self.reserve + 10 * MS).min(HIGHEST_RESERVE);
            self.calm = 0;
        }
        self.dry = 0;
        for frame in samples.chunks_exact(channels.max(1)) {
            if let [left, rest @ ..] = frame {
                self.frames
                    .push_back([*left, *rest.first().unwrap_or(left)]);
            }
        }
        if self.frames.len() > LONGEST {
            let surplus = self.frames.len() - self.reserve;
            self.frames.drain(..surplus);
        }
    }

    /// Adds a block of this voice to `sum` (one entry per frame); `false` when it was silent.
    pub(crate) fn add_to(&mut self, sum: &mut [[f32; 2]]) -> bool {
        if !self.ready() {
            if self.dry < SAME_SPEECH {
                self.dry += sum.len();
            }
            return false;
        }
        self.watch(sum.len());
        let wanted = match self.pace {
            Pace::Slower => sum.len() - sum.len() / 128,
            Pace::Even => sum.len(),
            Pace::Faster => sum.len() + sum.len() / 128,
        };
        let taken = wanted.min(self.frames.len());
        self.resample(sum, wanted, taken);
        self.frames.drain(..taken);
        if taken < wanted {
            self.giving = false;
            self.least = usize::MAX;
            self.watched = 0;
            self.pace = Pace::Even;
            // What is missing of this block was silence.
            self.dry = 1;
        }
        true
    }

    fn ready(&mut self) -> bool {
        self.giving |= self.frames.len() >= self.reserve.max(1);
        self.giving &= !self.frames.is_empty();
        if !self.giving && !self.frames.is_empty() {
            // The end of a word shorter than the reserve must come out as well.
            self.giving = self.dry >= self.reserve;
        }
        self.giving
    }

    fn resample(&self, sum: &mut [[f32; 2]], wanted: usize, taken: usize) {
        let step = wanted as f32 / sum.len().max(1) as f32;
        for (at, place) in sum.iter_mut().enumerate() {
            let position = at as f32 * step;
            let first = position as usize;
            if first >= taken {
                return;
            }
            let part = position - first as f32;
            let (Some(a), b) = (self.frames.get(first), self.frames.get(first + 1)) else {
                return;
            };
            let b = b.unwrap_or(a);
            for (channel, value) in place.iter_mut().enumerate() {
                let (a, b) = (a.get(channel), b.get(channel));
                let (a, b) = (f32::from(*a.unwrap_or(&0)), f32::from(*b.unwrap_or(&0)));
                *value += a + (b - a) * part;
            }
        }
    }

    /// Chooses the pace from the least reserve of the last second.
    fn watch(&mut self, block: usize) {
        self.least = self.least.min(self.frames.len());
        self.watched += block;
        self.calm += block;
        if self.calm > CALM && self.reserve > LOWEST_RESERVE {
            self.reserve -= 5 * MS;
            self.calm = 0;
        }
        if self.watched < 1000 * MS {
            return;
        }
        self.pace = match self.least {
            least if least > self.reserve + 15 * MS => Pace::Faster,
            // A block must be there whenever one is taken.
            least if least < block + 6 * MS => Pace::Slower,
            _ => Pace::Even,
        };
        self.watched = 0;
        self.least = usize::MAX;
    }

    #[cfg(test)]
    pub(crate) fn held_ms(&self) -> usize {
        self.frames.len() / MS
    }
}
