//! The room's own hand: what is wanted, what everybody sees, and the way from one to the other.
//!
//! Invariants: one request at a time, so a hand that goes up and down quickly costs no more
//! requests than the homeserver takes; while it is wanted up it is raised anew for each new own
//! membership event, since everybody else drops it then; a homeserver's rate limit loses nothing.
//! Deliberately absent: the wording of the events (`hands`) and the requests themselves.

use std::time::Duration;

use crate::matrix::Failure;
use crate::pause::Pause;
use crate::{Moment, RequestId};

/// A hand that cannot be raised for this long is said to be down: nobody has seen it.
pub const RAISE_LIMIT: Duration = Duration::from_secs(60);

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Send the reaction that raises it, for this membership event.
    Raise {
        request: RequestId,
        membership: String,
    },
    /// Redact this reaction.
    Lower {
        request: RequestId,
        reaction: String,
    },
}

/// A hand that is up for everybody.
#[derive(Clone, Debug)]
struct Up {
    reaction: String,
    membership: String,
}

#[derive(Clone, Debug, Default)]
enum Doing {
    #[default]
    Nothing,
    Raising(RequestId, String),
    Lowering(RequestId, String),
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct OwnHand {
    wanted: bool,
    /// Own membership event now.
    membership: Option<String>,
    up: Option<Up>,
    doing: Doing,
    /// An attempt to raise it was not answered, and may have been carried out.
    unsure: bool,
    /// The reaction last taken back: the sync may show it once more.
    lowered: Option<String>,
    raising_since: Option<Duration>,
    not_before: Option<Duration>,
    pause: Pause,
}

impl OwnHand {
    /// Whether it is up, or on its way.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// People want it up or down.
    pub fn want(&mut self, raised: bool) {
        if raised && !self.wanted {
            self.raising_since = None;
        }
        self.wanted = raised;
    }

    /// The own membership event as the homeserver shows it.
    pub fn membership(&mut self, event_id: Option<&str>) {
        self.membership = event_id.map(str::to_owned);
    }

    /// What is to be done now; `shown` is the own reaction to the present membership that the
    /// room's timeline shows.
    pub fn work(
        &mut self,
        now: Moment,
        shown: Option<&str>,
        requests: &mut RequestId,
    ) -> Option<Order> {
        if !matches!(self.doing, Doing::Nothing) {
            return None;
        }
        self.settle_doubt(shown);
        if self.not_before.is_some_and(|at| now.since_start < at) {
            return None;
        }
        self.not_before = None;
        if self.wanted {
            self.raise(now, requests)
        } else {
            self.lower(requests)
        }
    }

    fn settle_doubt(&mut self, shown: Option<&str>) {
        let seen = shown.filter(|id| self.lowered.as_deref() != Some(id));
        let (true, Some(reaction), Some(membership)) = (self.unsure, seen, self.membership.clone())
        else {
            return;
        };
        if !self.is_up_for(&membership) {
            self.raised(reaction.to_owned(), membership);
        }
    }

    fn is_up_for(&self, membership: &str) -> bool {
        let up = self.up.as_ref();
        up.is_some_and(|up| up.membership == membership)
    }

    fn raise(&mut self, now: Moment, requests: &mut RequestId) -> Option<Order> {
        let membership = self.membership.clone()?;
        if self.is_up_for(&membership) {
            return None;
        }
        self.raising_since.get_or_insert(now.since_start);
        let request = requests.next();
        self.doing = Doing::Raising(request, membership.clone());
        Some(Order::Raise {
            request,
            membership,
        })
    }

    fn lower(&mut self, requests: &mut RequestId) -> Option<Order> {
        let reaction = self.up.as_ref()?.reaction.clone();
        let request = requests.next();
        self.doing = Doing::Lowering(request, reaction.clone());
        Some(Order::Lower { request, reaction })
    }

    /// What came of an order; false when it was none of ours.
    pub fn answered(
        &mut self,
        now: Moment,
        request: RequestId,
        result: Result<String, Failure>,
    ) -> bool {
        match std::mem::take(&mut self.doing) {
            Doing::Raising(ours, membership) if ours == request => match result {
                Ok(reaction) => self.raised(reaction, membership),
                Err(failure) => self.not_raised(now, failure),
            },
            Doing::Lowering(ours, reaction) if ours == request => {
                self.lowering_answered(now, reaction, result);
            }
            other => {
                self.doing = other;
                return false;
            }
        }
        true
    }

    fn raised(&mut self, reaction: String, membership: String) {
        self.up = Some(Up {
            reaction,
            membership,
        });
        self.unsure = false;
        self.raising_since = None;
        self.pause.reset();
    }

    /// Asked again where that may help; else it is up for nobody, and said so.
    fn not_raised(&mut self, now: Moment, failure: Failure) {
        self.unsure |= failure == Failure::Network;
        // A homeserver refuses the same reaction twice: after a lost answer that is good news,
        // and the timeline will show it.
        let failure = if self.unsure {
            Failure::Network
        } else {
            failure
        };
        let since = self.raising_since.unwrap_or(now.since_start);
        let limit = since.saturating_add(RAISE_LIMIT);
        self.not_before = self.pause.again(now, failure).filter(|at| *at < limit);
        if self.not_before.is_none() {
            self.wanted = false;
            self.raising_since = None;
        }
    }

    /// A hand stays up for everybody until its reaction is gone: asked again without end, unless
    /// the homeserver refuses.
    fn lowering_answered(
        &mut self,
        now: Moment,
        reaction: String,
        result: Result<String, Failure>,
    ) {
        self.not_before = result
            .err()
            .and_then(|failure| self.pause.again(now, failure));
        if self.not_before.is_none() {
            self.up = None;
            self.lowered = Some(reaction);
            self.pause.reset();
        }
    }

    /// When [`work`](Self::work) is next of use, since start.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let idle = matches!(self.doing, Doing::Nothing);
        self.not_before.filter(|_| idle)
    }
}

#[cfg(test)]
mod tests;
