//! Growing pauses between tries.

use std::time::Duration;

use crate::Moment;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// 1, 2, 4 … 30 seconds; or what the server asks for, when that is longer (an hour at most).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pause {
    tries: u32,
}

impl Pause {
    /// Counts a failure; when to try again, since start.
    pub(super) fn end(&mut self, now: Moment, asked: Option<Duration>) -> Duration {
        let pause = FIRST.saturating_mul(1 << self.tries.min(5)).min(LONGEST);
        self.tries = self.tries.saturating_add(1);
        let asked = asked.unwrap_or_default().min(Duration::from_secs(3600));
        now.since_start.saturating_add(pause.max(asked))
    }

    pub(super) fn tries(self) -> u32 {
        self.tries
    }

    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }
}
