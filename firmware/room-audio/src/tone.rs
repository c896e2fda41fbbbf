//! The loudest frequency of a sound, for tests and statistics.
//!
//! A coarse scan with Goertzel's filter over every 25 Hz, then a fine one around the winner.
//! Costs some milliseconds a second of sound, so it runs in profile `sim` only.

use crate::RATE;

const LOWEST_HZ: f64 = 100.0;
const HIGHEST_HZ: f64 = 4000.0;
/// Long enough to tell 5 Hz apart after the window's smearing.
const STRETCH: usize = 9600;
/// Below this share of the energy the loudest frequency is no tone.
const SHARE: f64 = 0.3;

/// The loudest frequency in mono samples, in Hz, to about 2 Hz; `None` for silence, noise, and
/// stretches below 10 ms.
#[must_use]
pub fn loudest_frequency(samples: &[i16]) -> Option<f64> {
    let samples = samples.get(..STRETCH).unwrap_or(samples);
    if samples.len() < 480 {
        return None;
    }
    let energy: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
    if energy / (samples.len() as f64) < 100.0 {
        return None;
    }
    let windowed = window(samples);
    // The window's main lobe is four of these wide, so no tone falls between two steps.
    let step = f64::from(RATE) / samples.len() as f64 * 1.5;
    let coarse = strongest(&windowed, LOWEST_HZ, HIGHEST_HZ, step)?;
    let (from, to) = (coarse.0 - step, coarse.0 + step);
    let (hz, power) = strongest(&windowed, from, to, step / 16.0)?;
    // A windowed sine of energy E gives E * n / 2 times (mean of window)^2, a quarter.
    let share = power / (energy * samples.len() as f64 / 8.0);
    (share > SHARE).then_some(hz)
}

fn window(samples: &[i16]) -> Vec<f64> {
    let length = samples.len() as f64;
    samples
        .iter()
        .enumerate()
        .map(|(at, sample)| {
            let turn = std::f64::consts::TAU * at as f64 / length;
            f64::from(*sample) * 0.5 * (1.0 - turn.cos())
        })
        .collect()
}

fn strongest(samples: &[f64], from: f64, to: f64, step: f64) -> Option<(f64, f64)> {
    let count = ((to - from) / step).ceil().clamp(0.0, 10_000.0) as u32;
    (0..=count)
        .map(|at| from + f64::from(at) * step)
        .map(|hz| (hz, goertzel(samples, hz)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

/// Power of one frequency.
fn goertzel(samples: &[f64], hz: f64) -> f64 {
    let factor = 2.0 * (std::f64::consts::TAU * hz / f64::from(RATE)).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        (last, before) = (sample + factor * last - before, last);
    }
    last * last + before * before - factor * last * before
}

/// Keeps the newest stretch of a voice for [`loudest_frequency`].
#[derive(Clone, Debug, Default)]
pub struct ToneMeter {
    samples: Vec<i16>,
    /// Where the next sample goes.
    at: usize,
}

impl ToneMeter {
    /// Takes samples of 1 or 2 channels; of two, the first counts.
    pub fn push(&mut self, samples: &[i16], channels: usize) {
        self.samples.resize(STRETCH, 0);
        for sample in samples.iter().step_by(channels.max(1)) {
            if let Some(place) = self.samples.get_mut(self.at) {
                *place = *sample;
            }
            self.at = (self.at + 1) % STRETCH;
        }
    }

    /// The loudest frequency of the last 0.2 s.
    #[must_use]
    pub fn tone(&self) -> Option<f64> {
        let (newest, oldest) = self.samples.split_at_checked(self.at)?;
        loudest_frequency(&[oldest, newest].concat())
    }

    /// Forgets what was heard.
    pub fn clear(&mut self) {
        self.samples.fill(0);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sine(hz: f64, amplitude: f64, count: usize) -> Vec<i16> {
        (0..count)
            .map(|at| {
                let turn = std::f64::consts::TAU * hz * at as f64 / f64::from(RATE);
                (turn.sin() * amplitude * f64::from(i16::MAX)) as i16
            })
            .collect()
    }

    #[test]
    fn tones_are_found_to_a_few_hertz() {
        for hz in [120.0, 440.0, 443.0, 997.0, 2500.0, 3900.0] {
            let found = loudest_frequency(&sine(hz, 0.3, 9600)).unwrap();
            assert!((found - hz).abs() < 2.0, "{hz}: {found}");
        }
        let short = loudest_frequency(&sine(700.0, 0.3, 960)).unwrap();
        assert!((short - 700.0).abs() < 8.0, "{short}");
    }

    #[test]
    fn the_louder_of_two_tones_wins_and_noise_is_none() {
        let two: Vec<i16> = std::iter::zip(sine(440.0, 0.3, 9600), sine(1000.0, 0.2, 9600))
            .map(|(a, b)| a + b)
            .collect();
        assert!((loudest_frequency(&two).unwrap() - 440.0).abs() < 3.0);
        let mut state = 1_u32;
        let noise: Vec<i16> = (0..9600)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) as i16
            })
            .collect();
        assert_eq!(loudest_frequency(&noise), None);
        assert_eq!(loudest_frequency(&[0; 9600]), None);
        assert_eq!(loudest_frequency(&[]), None);
    }

    #[test]
    fn the_meter_hears_the_newest_sound() {
        let mut meter = ToneMeter::default();
        assert_eq!(meter.tone(), None);
        meter.push(&sine(300.0, 0.5, 20_000), 1);
        meter.push(&sine(880.0, 0.5, 9600), 1);
        assert!((meter.tone().unwrap() - 880.0).abs() < 3.0);
    }
}
