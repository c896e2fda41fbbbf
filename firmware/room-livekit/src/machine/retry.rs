//! When to try again.

use std::time::Duration;

/// Delays before the first attempts; every later one waits [`LONGEST`] and the jitter.
const DELAYS_MS: [u64; 5] = [0, 300, 1200, 2700, 4800];
const LONGEST: Duration = Duration::from_secs(7);

/// The delay before attempt number `attempt`, counted from 0.
pub fn delay(attempt: u32, jitter: Duration) -> Duration {
    usize::try_from(attempt)
        .ok()
        .and_then(|attempt| DELAYS_MS.get(attempt))
        .map_or(LONGEST + jitter, |ms| Duration::from_millis(*ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_seven_seconds_and_stay_there() {
        let jitter = Duration::from_millis(250);
        let delays: Vec<u128> = (0..7).map(|n| delay(n, jitter).as_millis()).collect();
        assert_eq!(delays, [0, 300, 1200, 2700, 4800, 7250, 7250]);
        assert_eq!(delay(u32::MAX, jitter).as_millis(), 7250);
    }
}
