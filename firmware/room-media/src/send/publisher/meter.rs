//! Frames and bits per second of one layer: pure.

use std::collections::VecDeque;
use std::time::Duration;

/// Figures cover this long.
const WINDOW: Duration = Duration::from_secs(1);
/// More frames than any layer sends in a window.
const MOST: usize = 500;

#[derive(Clone, Debug, Default)]
pub(super) struct Meter {
    frames: VecDeque<(Duration, usize)>,
    pub total: u64,
    pub width: u32,
    pub height: u32,
}

impl Meter {
    pub fn add(&mut self, now: Duration, bytes: usize) {
        self.total += 1;
        self.frames.push_back((now, bytes));
        self.forget(now);
    }

    /// Frames and bits per second.
    pub fn rates(&mut self, now: Duration) -> (f64, u64) {
        self.forget(now);
        let bytes: usize = self.frames.iter().map(|(_, bytes)| bytes).sum();
        (self.frames.len() as f64, bytes as u64 * 8)
    }

    fn forget(&mut self, now: Duration) {
        while self.frames.len() > MOST
            || self
                .frames
                .front()
                .is_some_and(|(time, _)| now.saturating_sub(*time) >= WINDOW)
        {
            self.frames.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_last_second() {
        let mut meter = Meter::default();
        for frame in 0..100_u64 {
            meter.add(Duration::from_millis(frame * 40), 1000);
        }
        assert_eq!(meter.rates(Duration::from_millis(99 * 40)), (25.0, 200_000));
        assert_eq!(meter.rates(Duration::from_secs(60)), (0.0, 0));
        assert_eq!(meter.total, 100);
    }
}
