//! Growing pauses between tries, and the waits a homeserver asks for.

use std::time::Duration;

use crate::Moment;
use crate::matrix::Failure;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);
/// Bounds of what a server may ask for: no faster than this, and a wrong header costs no more.
const SHORTEST_ASKED: Duration = Duration::from_millis(100);
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// 1, 2, 4 … 30 seconds; or what the server asks for, when that is longer (an hour at most).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pause {
    tries: u32,
}

impl Pause {
    /// Counts a failure; when to try again, since start.
    pub(crate) fn end(&mut self, now: Moment, asked: Option<Duration>) -> Duration {
        let pause = FIRST.saturating_mul(1 << self.tries.min(5)).min(LONGEST);
        self.tries = self.tries.saturating_add(1);
        let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
        now.since_start.saturating_add(pause.max(asked))
    }

    /// When to ask a homeserver again, since start; `None` when asking again mends nothing. A
    /// wait it asks for is kept to, and is no failure that makes later pauses grow.
    pub(crate) fn again(&mut self, now: Moment, failure: Failure) -> Option<Duration> {
        match failure {
            Failure::RateLimited {
                retry_after: Some(wait),
            } => {
                let wait = wait.clamp(SHORTEST_ASKED, LONGEST_ASKED);
                Some(now.since_start.saturating_add(wait))
            }
            Failure::RateLimited { retry_after: None } | Failure::Network => {
                Some(self.end(now, None))
            }
            Failure::Forbidden | Failure::NotFound | Failure::Refused => None,
        }
    }

    pub(crate) fn tries(self) -> u32 {
        self.tries
    }

    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_homeserver_asks_for_is_kept_to_and_its_silence_makes_pauses_grow() {
        let now = Moment {
            since_start: Duration::from_secs(100),
            unix_ms: 0,
        };
        let limited = |retry_after| Failure::RateLimited { retry_after };
        let asked = |wait| limited(Some(Duration::from_millis(wait)));
        let mut pause = Pause::default();
        let table = [
            (asked(4_900), Some(104_900)),
            (asked(4_900), Some(104_900)),
            (Failure::Network, Some(101_000)),
            (limited(None), Some(102_000)),
            (asked(0), Some(100_100)),
            (Failure::Network, Some(104_000)),
            (asked(u64::MAX), Some(3_700_000)),
            (Failure::Forbidden, None),
            (Failure::NotFound, None),
            (Failure::Refused, None),
        ];
        for (failure, expected) in table {
            let again = pause.again(now, failure);
            assert_eq!(again, expected.map(Duration::from_millis), "{failure:?}");
        }
    }
}
