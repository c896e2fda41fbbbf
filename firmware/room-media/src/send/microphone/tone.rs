//! The test tone: 440 Hz, on for 600 ms, off for 400 ms, so that filters against steady noise
//! leave it alone and DTX has something to do.

/// Sample rate in Hz.
pub(super) const RATE: u32 = 48_000;
const ON: u64 = RATE as u64 * 6 / 10;
const PERIOD: u64 = RATE as u64;
const PEAK: f64 = 12_000.0;
/// Rise and fall, against clicks.
const RAMP: u64 = RATE as u64 / 200;

/// The sample at a place since the start.
pub(super) fn sample(place: u64) -> i16 {
    let within = place % PERIOD;
    if within >= ON {
        return 0;
    }
    let edge = within.min(ON - within).min(RAMP) as f64 / RAMP as f64;
    let phase = std::f64::consts::TAU * 440.0 * within as f64 / f64::from(RATE);
    (phase.sin() * edge * PEAK) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tone_has_440_hz_and_pauses() {
        let rising = (1..ON)
            .filter(|place| sample(place - 1) < 0 && sample(*place) >= 0)
            .count();
        assert!((262..=264).contains(&rising), "{rising}");
        assert!((ON..PERIOD).all(|place| sample(place) == 0));
        assert_eq!(sample(PERIOD + 1000), sample(1000));
    }
}
