//! Loudness: decibels of full scale, and the audio level of RFC 6464.

/// Reported for silence; a 16-bit sample cannot be quieter without being zero.
pub const SILENCE_DBFS: f64 = -127.0;

/// Loudness of a stretch of samples.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Level {
    /// Root mean square in dB of full scale, -127 to 0.
    pub dbfs: f64,
}

impl Level {
    /// Of all samples given, channels together.
    #[must_use]
    pub fn of(samples: &[i16]) -> Self {
        let mut meter = LevelMeter::default();
        meter.push(samples);
        meter.take()
    }

    /// The header extension's byte (RFC 6464): voice flag, then dB below full scale, 0 to 127.
    #[must_use]
    pub fn extension(self, voice: bool) -> u8 {
        // Within 0 and 127, so the cast keeps the value.
        let below = (-self.dbfs).round().clamp(0.0, 127.0) as u8;
        u8::from(voice) << 7 | below
    }

    /// What an extension's byte says.
    #[must_use]
    pub fn from_extension(byte: u8) -> (Self, bool) {
        let dbfs = -f64::from(byte & 0x7f);
        (Self { dbfs }, byte & 0x80 != 0)
    }
}

/// Gathers the loudness of a stretch of time.
#[derive(Clone, Copy, Debug, Default)]
pub struct LevelMeter {
    energy: f64,
    samples: u64,
}

impl LevelMeter {
    pub fn push(&mut self, samples: &[i16]) {
        let energy: i64 = samples.iter().map(|s| i64::from(*s).pow(2)).sum();
        self.energy += energy as f64;
        self.samples += samples.len() as u64;
    }

    /// Loudness since the last call.
    pub fn take(&mut self) -> Level {
        let Self { energy, samples } = std::mem::take(self);
        if samples == 0 || energy == 0.0 {
            return Level { dbfs: SILENCE_DBFS };
        }
        let power = energy / samples as f64 / f64::from(i16::MAX).powi(2);
        Level {
            dbfs: (10.0 * power.log10()).clamp(SILENCE_DBFS, 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::tests::sine;

    #[test]
    fn a_full_sine_is_three_decibels_below_full_scale() {
        assert!((Level::of(&sine(440.0, 1.0, 4800)).dbfs + 3.01).abs() < 0.05);
        assert!((Level::of(&sine(440.0, 0.1, 4800)).dbfs + 23.01).abs() < 0.05);
        assert_eq!(Level::of(&[0; 100]).dbfs, SILENCE_DBFS);
        assert_eq!(Level::of(&[]).dbfs, SILENCE_DBFS);
        assert!(Level::of(&[i16::MIN; 100]).dbfs <= 0.0);
    }

    #[test]
    fn the_extension_byte_keeps_level_and_voice() {
        assert_eq!(Level { dbfs: -30.4 }.extension(true), 0x80 | 30);
        assert_eq!(Level { dbfs: -200.0 }.extension(false), 127);
        let (level, voice) = Level::from_extension(0x80 | 30);
        assert_eq!((level.dbfs, voice), (-30.0, true));
    }
}
