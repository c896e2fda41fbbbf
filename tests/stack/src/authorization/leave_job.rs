//! Looking after one member's delayed leave event: pure, no clock and no I/O.
//!
//! It waits until the member is on the SFU, then keeps restarting the event at 80 % of its
//! delay, and sends it as soon as the member is gone. Time comes in, orders go out.
//!
//! Invariant: `Send` is ordered at most once, and after [`Order::Finish`] nothing is.

use std::time::{Duration, Instant};

/// The longest the service waits for a member to appear.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    /// The SFU reports the member in the room.
    Present,
    /// The member left the SFU, on purpose or not.
    Left,
    /// The member's connection failed before it was up.
    Aborted,
    /// The homeserver restarted the event.
    Restarted,
    /// The homeserver knows no such event any more, or nobody could be asked in time.
    Lost,
    /// The event is sent, or trying was given up.
    Sent,
    /// Time has passed.
    Tick,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Restart the event; give up at this time.
    Restart { until: Instant },
    /// Send the event; give up at this time.
    Send { until: Instant },
    /// Forget the job.
    Finish,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting {
        until: Instant,
    },
    /// A restart is under way; `until` is when the event goes off by itself.
    Restarting {
        until: Instant,
    },
    Present {
        restart_at: Instant,
        until: Instant,
    },
    Leaving,
    Finished,
}

#[derive(Debug)]
pub(crate) struct LeaveJob {
    delay: Duration,
    phase: Phase,
}

impl LeaveJob {
    /// `delay` is how long after its last restart the event goes off by itself.
    pub(crate) fn new(now: Instant, delay: Duration) -> Self {
        let until = now + delay.min(LONGEST_WAIT);
        Self {
            delay,
            phase: Phase::Waiting { until },
        }
    }

    /// When a [`Fact::Tick`] is wanted.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        match self.phase {
            Phase::Waiting { until } => Some(until),
            Phase::Present { restart_at, .. } => Some(restart_at),
            Phase::Restarting { .. } | Phase::Leaving | Phase::Finished => None,
        }
    }

    pub(crate) fn handle(&mut self, now: Instant, fact: Fact) -> Option<Order> {
        match (self.phase, fact) {
            (Phase::Waiting { .. }, Fact::Present) => Some(self.restart(now + self.delay)),
            (Phase::Waiting { .. }, Fact::Aborted) => Some(self.finish()),
            (Phase::Waiting { until }, Fact::Tick) if now >= until => Some(self.leave(now, now)),
            (Phase::Restarting { .. }, Fact::Restarted) => self.restarted(now),
            (Phase::Restarting { .. }, Fact::Lost) => Some(self.finish()),
            (Phase::Present { restart_at, until }, Fact::Tick) if now >= restart_at => {
                Some(self.restart(until))
            }
            (
                Phase::Restarting { until } | Phase::Present { until, .. },
                Fact::Left | Fact::Aborted,
            ) => Some(self.leave(now, until)),
            (Phase::Leaving, Fact::Sent) => Some(self.finish()),
            // Reports that come late, twice, or in a phase they no longer matter in.
            _ => None,
        }
    }

    fn restart(&mut self, until: Instant) -> Order {
        self.phase = Phase::Restarting { until };
        Order::Restart { until }
    }

    fn restarted(&mut self, now: Instant) -> Option<Order> {
        let restart_at = now + self.delay * 8 / 10;
        self.phase = Phase::Present {
            restart_at,
            until: now + self.delay,
        };
        None
    }

    fn leave(&mut self, now: Instant, until: Instant) -> Order {
        self.phase = Phase::Leaving;
        // At least one real attempt; no longer than a membership can last.
        let second = now + Duration::from_secs(1);
        Order::Send {
            until: until.clamp(second, now + LONGEST_WAIT),
        }
    }

    fn finish(&mut self) -> Order {
        self.phase = Phase::Finished;
        Order::Finish
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DELAY: Duration = Duration::from_secs(100);

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn present(start: Instant) -> LeaveJob {
        let mut job = LeaveJob::new(start, DELAY);
        assert_eq!(
            job.handle(start, Fact::Present),
            Some(Order::Restart {
                until: start + DELAY
            })
        );
        assert_eq!(job.handle(start, Fact::Restarted), None);
        job
    }

    #[test]
    fn the_event_is_restarted_at_80_percent_of_its_delay() {
        let start = Instant::now();
        let mut job = present(start);
        assert_eq!(job.wake_at(), Some(start + seconds(80)));
        assert_eq!(job.handle(start + seconds(79), Fact::Tick), None);
        let order = job.handle(start + seconds(80), Fact::Tick);
        assert_eq!(
            order,
            Some(Order::Restart {
                until: start + DELAY
            })
        );
    }

    #[test]
    fn a_member_that_leaves_has_its_event_sent_once() {
        let start = Instant::now();
        let mut job = present(start);
        let order = job.handle(start + seconds(10), Fact::Left);
        assert_eq!(
            order,
            Some(Order::Send {
                until: start + DELAY
            })
        );
        assert_eq!(job.handle(start + seconds(11), Fact::Left), None);
        assert_eq!(
            job.handle(start + seconds(12), Fact::Sent),
            Some(Order::Finish)
        );
    }

    #[test]
    fn a_member_that_leaves_during_a_restart_has_its_event_sent() {
        let start = Instant::now();
        let mut job = LeaveJob::new(start, DELAY);
        job.handle(start, Fact::Present);
        assert!(matches!(
            job.handle(start, Fact::Left),
            Some(Order::Send { .. })
        ));
        assert_eq!(job.handle(start, Fact::Restarted), None);
    }

    #[test]
    fn a_member_that_never_comes_has_its_event_sent_when_the_wait_is_over() {
        let start = Instant::now();
        let mut job = LeaveJob::new(start, DELAY);
        let order = job.handle(start + DELAY, Fact::Tick);
        assert_eq!(
            order,
            Some(Order::Send {
                until: start + DELAY + seconds(1)
            })
        );
    }

    #[test]
    fn an_event_that_is_gone_ends_the_job_silently() {
        let start = Instant::now();
        let mut job = LeaveJob::new(start, DELAY);
        job.handle(start, Fact::Present);
        assert_eq!(job.handle(start, Fact::Lost), Some(Order::Finish));
    }

    #[test]
    fn a_wait_is_never_longer_than_an_hour() {
        let start = Instant::now();
        let job = LeaveJob::new(start, seconds(100_000));
        assert_eq!(job.wake_at(), Some(start + seconds(3600)));
    }

    fn any_fact() -> impl Strategy<Value = Fact> {
        use Fact::*;
        prop::sample::select(vec![Present, Left, Aborted, Restarted, Lost, Sent, Tick])
    }

    proptest! {
        #[test]
        fn in_any_order_of_events_it_is_sent_at_most_once(
            facts in prop::collection::vec((any_fact(), 0u64..60), 0..60)
        ) {
            let mut now = Instant::now();
            let mut job = LeaveJob::new(now, DELAY);
            let (mut sent, mut finished) = (0, 0);
            for (fact, later) in facts {
                now += seconds(later);
                let order = job.handle(now, fact);
                prop_assert!(finished == 0 || order.is_none());
                sent += usize::from(matches!(order, Some(Order::Send { .. })));
                finished += usize::from(order == Some(Order::Finish));
            }
            prop_assert!(sent <= 1);
        }
    }
}
