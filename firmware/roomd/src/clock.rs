//! The two clocks the mind is given.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use room_core::Moment;

/// Counts from its own start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
}

impl Clock {
    pub fn new() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    pub fn now(self) -> Moment {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Moment {
            since_start: self.start.elapsed(),
            unix_ms: u64::try_from(unix.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// The instant of a deadline the mind named.
    pub fn instant(self, since_start: Duration) -> Instant {
        self.start
            .checked_add(since_start)
            .unwrap_or_else(Instant::now)
    }
}

/// Random numbers of the operating system.
#[derive(Debug)]
pub struct SystemEntropy;

impl room_core::Entropy for SystemEntropy {
    fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        #[allow(
            clippy::expect_used,
            reason = "a kernel without random numbers cannot make keys; nothing may go on"
        )]
        getrandom::fill(&mut bytes).expect("the kernel has random numbers");
        bytes
    }
}
