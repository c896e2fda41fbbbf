//! Whether `mediad` is away, and how long a join waits for it.
//!
//! Invariant: a `mediad` that comes up only to end again counts as away all the time.

use std::time::Duration;

use crate::Moment;

/// A restart takes a second or two, on a slow board a few.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);
/// A `mediad` that lived this long was there.
const SOUND: Duration = Duration::from_secs(3);

/// See the module. Nothing is known before the first start has succeeded or failed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outage {
    since: Option<Duration>,
    up_at: Option<Duration>,
}

impl Outage {
    pub(super) fn came_up(&mut self, now: Moment) {
        self.up_at = Some(now.since_start);
    }

    /// It ended, or could not be started.
    pub(super) fn went_down(&mut self, now: Moment) {
        let lived = self.up_at.take();
        let sound = lived.is_some_and(|at| now.since_start.saturating_sub(at) >= SOUND);
        if sound || self.since.is_none() {
            self.since = Some(now.since_start);
        }
    }

    pub(super) fn is_away(&self) -> bool {
        self.up_at.is_none() && self.since.is_some()
    }

    /// When a join that began at `began` has no prospect any more.
    pub(super) fn gives_up_at(&self, began: Duration) -> Option<Duration> {
        let since = self.since.filter(|_| self.is_away())?;
        Some(since.max(began).saturating_add(PATIENCE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment {
            since_start: Duration::from_secs(seconds),
            unix_ms: 0,
        }
    }

    #[test]
    fn a_join_waits_for_a_restart_but_not_for_one_that_ends_again_and_again() {
        use Step::{Down, Up};
        #[derive(Debug)]
        enum Step {
            Up(u64),
            Down(u64),
        }
        let table: [(&[Step], u64, Option<u64>); 7] = [
            (&[], 5, None),
            (&[Up(1)], 5, None),
            (&[Up(1), Down(50)], 5, Some(58)),
            (&[Up(1), Down(50)], 60, Some(68)),
            (&[Up(1), Down(50), Up(51)], 5, None),
            (&[Down(1), Down(2), Down(4)], 0, Some(9)),
            (&[Down(1), Up(2), Down(3), Up(4), Down(5)], 0, Some(9)),
        ];
        for (steps, began, expected) in table {
            let mut outage = Outage::default();
            for step in steps {
                match step {
                    Up(when) => outage.came_up(at(*when)),
                    Down(when) => outage.went_down(at(*when)),
                }
            }
            let found = outage.gives_up_at(Duration::from_secs(began));
            assert_eq!(found, expected.map(Duration::from_secs), "{steps:?}");
        }
    }
}
