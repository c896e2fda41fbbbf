//! When a shell has been without input for so long that whoever opened it has gone.

use std::time::Duration;

/// Longest time without input.
pub const MAX_QUIET: Duration = Duration::from_secs(30 * 60);

/// Compares what changes with each input from look to look. Not the age of that mark: the clock of
/// a unit jumps when the network tells the time.
#[derive(Clone, Copy, Debug)]
pub struct Quiet {
    mark: i64,
    since: Duration,
}

impl Quiet {
    /// `mark`: any number that changes with input, as it is at the beginning.
    #[must_use]
    pub fn new(mark: i64) -> Self {
        Self {
            mark,
            since: Duration::ZERO,
        }
    }

    /// How long nothing has been typed; `at` is the time since the beginning.
    pub fn look(&mut self, at: Duration, mark: i64) -> Duration {
        if mark != self.mark {
            *self = Self { mark, since: at };
        }
        at.saturating_sub(self.since)
    }
}
