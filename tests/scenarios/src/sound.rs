//! What a room's loudspeaker played: the WAV file of `[simulation] speaker`, searched for tones.

use std::f64::consts::TAU;
use std::path::Path;

use crate::{Error, Result};

const HEADER: usize = 44;
/// Stereo, 16 bits, 48 kHz: what `mediad` writes.
const FRAME: usize = 4;
const RATE: f64 = 48_000.0;
/// A tenth of a second: tones of whole tens of hertz do not disturb each other.
const WINDOW: usize = 4800;
/// Peers' tones have -13 dB of full scale.
const HEARD_DBFS: f64 = -35.0;

/// Loudness of the left channel, window by window.
#[derive(Debug)]
pub struct Recording {
    windows: Vec<Vec<f64>>,
}

impl Recording {
    /// Reads a file, also one that is still written.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(|cause| Error::File {
            path: path.to_owned(),
            cause,
        })?;
        let frames = bytes.get(HEADER..).unwrap_or_default().chunks_exact(FRAME);
        let samples: Vec<f64> = frames.filter_map(left).collect();
        let windows = samples.chunks_exact(WINDOW).map(<[f64]>::to_vec);
        Ok(Self {
            windows: windows.collect(),
        })
    }

    /// Seconds.
    #[must_use]
    pub fn length(&self) -> f64 {
        self.windows.len() as f64 * WINDOW as f64 / RATE
    }

    /// In how many tenths of a second all these tones sound at once. Multiples of 10 Hz.
    #[must_use]
    pub fn with_all(&self, tones: &[u32]) -> usize {
        let all = |window: &&Vec<f64>| tones.iter().all(|hz| level(window, *hz) > HEARD_DBFS);
        self.windows.iter().filter(all).count()
    }

    /// In how many tenths of a second there is any sound.
    #[must_use]
    pub fn sounding(&self) -> usize {
        let loud = |window: &&Vec<f64>| {
            let power: f64 = window.iter().map(|sample| sample * sample).sum();
            10.0 * (power / window.len() as f64).log10() > HEARD_DBFS
        };
        self.windows.iter().filter(loud).count()
    }

    /// The loudest the tone ever is, in dB of full scale.
    #[must_use]
    pub fn loudest(&self, hz: u32) -> f64 {
        let levels = self.windows.iter().map(|window| level(window, hz));
        levels.fold(f64::NEG_INFINITY, f64::max)
    }
}

fn left(frame: &[u8]) -> Option<f64> {
    let bytes = frame.first_chunk()?;
    Some(f64::from(i16::from_le_bytes(*bytes)) / f64::from(i16::MAX))
}

/// Goertzel's algorithm under a Hann window, which keeps the edges of other tones out.
fn level(window: &[f64], hz: u32) -> f64 {
    let turn = TAU * f64::from(hz) / RATE;
    let (mut one, mut two) = (0.0, 0.0);
    for (at, sample) in window.iter().enumerate() {
        let hann = 0.5 - 0.5 * (TAU * at as f64 / window.len() as f64).cos();
        let now = sample * hann + 2.0 * turn.cos() * one - two;
        (two, one) = (one, now);
    }
    let power = one * one + two * two - 2.0 * turn.cos() * one * two;
    // A sine of full scale has a quarter of the window's length here; its power is -3 dB.
    let amplitude = power.max(0.0).sqrt() * 4.0 / window.len() as f64;
    20.0 * (amplitude.max(1e-9) / std::f64::consts::SQRT_2).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(tones: &[u32]) -> Recording {
        let sine = |hz: u32, at: usize| (TAU * f64::from(hz) * at as f64 / RATE).sin() * 0.3;
        let window = |at: usize| tones.iter().map(|hz| sine(*hz, at)).sum();
        Recording {
            windows: vec![(0..WINDOW).map(window).collect()],
        }
    }

    #[test]
    fn a_mix_holds_its_tones_and_no_other() {
        let mix = recording(&[1000, 1500]);
        assert_eq!(mix.with_all(&[1000, 1500]), 1);
        assert_eq!(mix.with_all(&[1000, 1700]), 0);
        assert!((mix.loudest(1000) + 13.5).abs() < 0.5);
        assert!(mix.loudest(1700) < -60.0);
    }
}
