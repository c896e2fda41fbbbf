//! What the room shares: the picture of a computer that somebody plugged in.
//!
//! Invariants: nothing is shared outside a call, nor where a moderator forbids it; a share that
//! ended by itself (the call is over, the cable pulled, a moderator stopped it) begins again only
//! when somebody here asks for it.

use std::time::Duration;

use room_messages::Order;

use crate::problem::Issue;

/// For how long what is plugged in may be away: a capture device that meets another resolution
/// leaves and comes back, and so does `mediad`.
pub const GRACE: Duration = Duration::from_secs(10);

/// What there is to share with and of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surroundings {
    pub in_call: bool,
    /// A moderator of the meeting lets this room share.
    pub allowed: bool,
    pub plugged_in: bool,
}

/// See the module. Times are since start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    asked: bool,
    away_since: Option<Duration>,
    /// Somebody in the meeting stopped it.
    stopped: bool,
}

impl Share {
    /// What stands against beginning now.
    #[must_use]
    pub fn obstacle(around: Surroundings) -> Option<Issue> {
        match around {
            Surroundings { in_call: false, .. } => Some(Issue::NotInCall),
            Surroundings { allowed: false, .. } => Some(Issue::ShareForbidden),
            Surroundings {
                plugged_in: false, ..
            } => Some(Issue::NothingToShare),
            _ => None,
        }
    }

    /// Begins or ends it; what cannot begin does not.
    pub fn set(&mut self, active: bool, around: Surroundings) {
        *self = Self {
            asked: active && Self::obstacle(around).is_none(),
            ..Self::default()
        };
    }

    /// Ends it when it may not go on.
    pub fn observe(&mut self, now: Duration, around: Surroundings) {
        if !around.in_call {
            *self = Self::default();
            return;
        }
        self.away_since =
            (self.asked && !around.plugged_in).then(|| self.away_since.unwrap_or(now));
        self.asked &= around.allowed && self.ends_at().is_none_or(|end| end > now);
    }

    /// A moderator muted it: a screen nobody may see is not shared.
    pub fn stopped_by_server(&mut self) {
        *self = Self {
            stopped: self.asked || self.stopped,
            ..Self::default()
        };
    }

    #[must_use]
    pub fn is_active(&self) -> bool {
        self.asked
    }

    #[must_use]
    pub fn notice(&self) -> Option<Issue> {
        self.stopped.then_some(Issue::ShareStopped)
    }

    /// The wanted condition, as an order to repeat.
    #[must_use]
    pub fn order(&self) -> Order {
        Order::SetShare { on: self.asked }
    }

    /// When it ends unless something is plugged in again, since start.
    #[must_use]
    pub fn ends_at(&self) -> Option<Duration> {
        let since = self.away_since.filter(|_| self.asked)?;
        Some(since.saturating_add(GRACE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: Surroundings = Surroundings {
        in_call: true,
        allowed: true,
        plugged_in: true,
    };

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn sharing() -> Share {
        let mut share = Share::default();
        share.set(true, READY);
        assert!(share.is_active());
        share
    }

    #[test]
    fn nothing_begins_that_may_not_be_and_each_obstacle_is_named() {
        let cases = [
            (
                Surroundings {
                    in_call: false,
                    ..READY
                },
                Issue::NotInCall,
            ),
            (
                Surroundings {
                    allowed: false,
                    ..READY
                },
                Issue::ShareForbidden,
            ),
            (
                Surroundings {
                    plugged_in: false,
                    ..READY
                },
                Issue::NothingToShare,
            ),
        ];
        for (around, issue) in cases {
            let mut share = Share::default();
            share.set(true, around);
            assert!(!share.is_active());
            assert_eq!(Share::obstacle(around), Some(issue));
        }
        assert_eq!(Share::obstacle(READY), None);
    }

    #[test]
    fn a_share_ends_with_its_call_and_the_next_call_begins_without() {
        let mut share = sharing();
        share.observe(at(1), READY);
        assert!(share.is_active());
        share.observe(
            at(2),
            Surroundings {
                in_call: false,
                ..READY
            },
        );
        share.observe(at(3), READY);
        assert_eq!(share, Share::default());
    }

    #[test]
    fn a_short_absence_is_forgiven_and_a_pulled_cable_ends_it_for_good() {
        let gone = Surroundings {
            plugged_in: false,
            ..READY
        };
        let mut share = sharing();
        share.observe(at(5), gone);
        share.observe(at(14), gone);
        assert!(share.is_active());
        assert_eq!(share.ends_at(), Some(at(15)));
        share.observe(at(14), READY);
        assert_eq!(share.ends_at(), None);
        share.observe(at(20), gone);
        share.observe(at(30), gone);
        assert!(!share.is_active());
        share.observe(at(31), READY);
        assert!(!share.is_active());
    }

    #[test]
    fn what_a_moderator_ends_is_told_until_somebody_here_touches_it() {
        let mut share = sharing();
        share.stopped_by_server();
        share.observe(at(1), READY);
        assert!(!share.is_active());
        assert_eq!(share.notice(), Some(Issue::ShareStopped));
        share.set(true, READY);
        assert!(share.is_active() && share.notice().is_none());
        share.observe(
            at(2),
            Surroundings {
                allowed: false,
                ..READY
            },
        );
        assert!(!share.is_active());
    }
}
