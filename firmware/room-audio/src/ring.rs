//! The sound of a call that rings: two struck notes, a rest, and again.
//!
//! Made here, so that there is no file that may be missing or that belongs to somebody else.

use std::f64::consts::TAU;

use crate::RATE;

/// When each note is struck, in seconds, and its pitch, in Hz: E5 and B5, equal temperament.
const NOTES: [(f64, f64); 2] = [(0.0, 659.26), (0.22, 987.77)];
/// From one beginning to the next, in seconds.
const PERIOD: f64 = 2.5;
/// A note fades to a third in this time, in seconds.
const FADE: f64 = 0.25;
/// No note begins with a step, which would click; in seconds.
const STRIKE: f64 = 0.004;
/// Of each note, of full scale: both together stay below it.
const LOUDNESS: f64 = 0.4;

/// See the module. Begins with its first note.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ring {
    /// Samples since the first note.
    at: u32,
}

impl Ring {
    /// The next sample, in units of 16-bit samples.
    pub fn next(&mut self) -> f32 {
        let seconds = f64::from(self.at) / f64::from(RATE);
        self.at += 1;
        if seconds >= PERIOD {
            self.at = 0;
        }
        let sum: f64 = NOTES
            .iter()
            .map(|(struck, hz)| note(seconds - struck, *hz))
            .sum();
        (sum * LOUDNESS * f64::from(i16::MAX)) as f32
    }
}

/// A note, so long after it was struck; below 0 it is not yet.
fn note(since: f64, hz: f64) -> f64 {
    if since < 0.0 {
        return 0.0;
    }
    let strike = (since / STRIKE).min(1.0);
    (TAU * hz * since).sin() * strike * (-since / FADE).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Level, loudest_frequency};

    fn samples(seconds: f64) -> Vec<i16> {
        let mut ring = Ring::default();
        let count = (seconds * f64::from(RATE)) as usize;
        (0..count).map(|_| ring.next() as i16).collect()
    }

    #[test]
    fn two_notes_a_rest_and_again() {
        let sound = samples(5.2);
        let from = |seconds: f64| &sound[(seconds * f64::from(RATE)) as usize..];
        let pitch = |seconds: f64| loudest_frequency(&from(seconds)[..9600]).unwrap();
        assert!((pitch(0.0) - 659.26).abs() < 5.0);
        assert!((pitch(0.25) - 987.77).abs() < 5.0);
        assert!(Level::of(&from(2.3)[..4800]).dbfs < -60.0);
        assert!((pitch(2.5) - 659.26).abs() < 5.0);
    }

    #[test]
    fn it_neither_clicks_nor_is_cut() {
        let sound = samples(6.0);
        let largest = sound.iter().map(|sample| sample.unsigned_abs()).max();
        assert!((8_000..26_214).contains(&largest.unwrap()), "{largest:?}");
        let steps = sound.windows(2).map(|pair| pair[0].abs_diff(pair[1]));
        // The steepest that the higher note is at its loudest: 2 pi times 988 Hz.
        let steepest = TAU * 987.77 / f64::from(RATE) * 26_214.0;
        assert!(f64::from(steps.max().unwrap()) < steepest);
    }
}
