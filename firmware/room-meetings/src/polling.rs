//! When a source is asked again.
//!
//! Every interval while all is well; after a failure soon at first, then less and less often, up
//! to the interval or a quarter of an hour. What only a person can mend is asked for slowly: a
//! wrong password tried every minute locks accounts. A little chance keeps a building's rooms
//! from asking all at once after a power cut.

use std::time::Duration;

const FIRST_RETRY: Duration = Duration::from_secs(5);
const LONGEST_RETRY: Duration = Duration::from_secs(15 * 60);
/// Longest wait a server may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Well,
    /// It may mend itself: network, a server that fails.
    Away,
    /// The server asks to be left alone for so long.
    Throttled(Duration),
    /// Somebody must act: password, address, certificate.
    NeedsSomebody,
}

/// The rhythm of one source.
#[derive(Clone, Copy, Debug)]
pub struct Polling {
    interval: Duration,
    failures: u32,
}

impl Polling {
    #[must_use]
    pub fn new(interval: Duration) -> Self {
        Self {
            interval,
            failures: 0,
        }
    }

    /// How long to wait now. `chance` is any random number.
    pub fn next(&mut self, outcome: Outcome, chance: u32) -> Duration {
        let wait = match outcome {
            Outcome::Well => {
                self.failures = 0;
                self.interval
            }
            Outcome::Away => self.growing().min(self.longest()),
            Outcome::Throttled(asked) => self.growing().max(asked.min(LONGEST_ASKED)),
            Outcome::NeedsSomebody => {
                self.failures = self.failures.saturating_add(1);
                LONGEST_RETRY.max(self.interval)
            }
        };
        spread(wait, chance)
    }

    fn growing(&mut self) -> Duration {
        let pause = FIRST_RETRY.saturating_mul(1 << self.failures.min(10));
        self.failures = self.failures.saturating_add(1);
        pause.min(LONGEST_RETRY)
    }

    fn longest(&self) -> Duration {
        self.interval.clamp(FIRST_RETRY, LONGEST_RETRY)
    }
}

/// Up to a tenth less.
fn spread(wait: Duration, chance: u32) -> Duration {
    wait - wait.mul_f64(f64::from(chance % 1000) / 10_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn pauses_grow_up_to_the_interval_and_end_with_success() {
        let mut polling = Polling::new(MINUTE);
        let mut seconds = |outcome| polling.next(outcome, 0).as_secs();
        let away: Vec<_> = (0..6).map(|_| seconds(Outcome::Away)).collect();
        assert_eq!(away, [5, 10, 20, 40, 60, 60]);
        assert_eq!(seconds(Outcome::Well), 60);
        assert_eq!(seconds(Outcome::Away), 5);
    }

    #[test]
    fn a_wrong_password_is_not_tried_every_minute() {
        let mut polling = Polling::new(MINUTE);
        assert_eq!(polling.next(Outcome::NeedsSomebody, 0), MINUTE * 15);
    }

    #[test]
    fn a_server_is_left_alone_as_long_as_it_asks_but_not_for_ever() {
        let mut polling = Polling::new(MINUTE);
        let asked = Outcome::Throttled(Duration::from_secs(100));
        assert_eq!(polling.next(asked, 0).as_secs(), 100);
        let asked = Outcome::Throttled(Duration::MAX);
        assert_eq!(polling.next(asked, 0), LONGEST_ASKED);
    }

    #[test]
    fn chance_makes_a_wait_a_little_shorter_and_never_longer() {
        for chance in [0, 1, 999, 1000, u32::MAX] {
            let wait = Polling::new(MINUTE).next(Outcome::Well, chance);
            assert!(wait <= MINUTE && wait > MINUTE * 9 / 10 - Duration::from_millis(1));
        }
    }
}
