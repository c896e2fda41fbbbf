//! Whose reactions are still to be asked for: a hand that was raised before the room joined, or
//! while a sync left something out, is in no timeline the room reads.
//!
//! Invariant: each membership event is asked for once, [`AT_ONCE`] at a time; a rate limit or an
//! outage only delays it. Deliberately absent: what the reactions say (`hands`).

use std::collections::BTreeMap;
use std::time::Duration;

use crate::matrix::Failure;
use crate::pause::Pause;
use crate::{Moment, RequestId};

/// Most questions under way at a time.
pub const AT_ONCE: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Owed,
    Asked(RequestId),
    Done,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    /// By membership event.
    memberships: BTreeMap<String, Stage>,
    not_before: Option<Duration>,
    pause: Pause,
}

impl Lookup {
    /// The membership events of the call now; others are forgotten.
    pub fn members<'a>(&mut self, events: impl Iterator<Item = &'a str>) {
        let mut before = std::mem::take(&mut self.memberships);
        for event in events {
            let stage = before.remove(event).unwrap_or(Stage::Owed);
            self.memberships.insert(event.to_owned(), stage);
        }
    }

    /// What to ask now: each answer is due to [`answered`](Self::answered).
    pub fn work(&mut self, now: Moment, requests: &mut RequestId) -> Vec<(RequestId, String)> {
        if self.not_before.is_some_and(|at| now.since_start < at) {
            return Vec::new();
        }
        self.not_before = None;
        let free = AT_ONCE.saturating_sub(self.under_way());
        let owed = self.memberships.iter_mut();
        let owed = owed.filter(|(_, stage)| **stage == Stage::Owed).take(free);
        owed.map(|(event, stage)| {
            let request = requests.next();
            *stage = Stage::Asked(request);
            (request, event.clone())
        })
        .collect()
    }

    fn under_way(&self) -> usize {
        let stages = self.memberships.values();
        stages
            .filter(|stage| matches!(stage, Stage::Asked(_)))
            .count()
    }

    /// An answer came; whether it is one of ours that still matters.
    pub fn answered(&mut self, now: Moment, request: RequestId, failure: Option<Failure>) -> bool {
        let mut stages = self.memberships.values_mut();
        let Some(stage) = stages.find(|stage| **stage == Stage::Asked(request)) else {
            return false;
        };
        let again = failure.and_then(|failure| self.pause.again(now, failure));
        *stage = if again.is_some() {
            Stage::Owed
        } else {
            Stage::Done
        };
        match again {
            Some(at) => self.not_before = self.not_before.max(Some(at)),
            None => self.pause.reset(),
        }
        true
    }

    /// When [`work`](Self::work) is next of use, since start.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let owed = self.memberships.values().any(|stage| *stage == Stage::Owed);
        self.not_before.filter(|_| owed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Moment {
        Moment {
            since_start: Duration::from_millis(ms),
            unix_ms: ms,
        }
    }

    #[test]
    fn each_membership_is_asked_for_once_and_a_few_at_a_time() {
        let (mut lookup, mut requests) = (Lookup::default(), RequestId::default());
        let events: Vec<String> = (0..6).map(|n| format!("${n}")).collect();
        lookup.members(events.iter().map(String::as_str));
        let first = lookup.work(at(0), &mut requests);
        assert_eq!(first.len(), AT_ONCE);
        assert!(lookup.work(at(0), &mut requests).is_empty());
        for (request, _) in &first {
            assert!(lookup.answered(at(1), *request, None));
            assert!(!lookup.answered(at(1), *request, None));
        }
        let rest = lookup.work(at(1), &mut requests);
        let asked: Vec<_> = rest.iter().map(|(_, event)| event.as_str()).collect();
        assert_eq!(asked, ["$4", "$5"]);
        // One membership was renewed, one is gone.
        lookup.members(["$0", "$new", "$4"].into_iter());
        let renewed = lookup.work(at(2), &mut requests);
        assert_eq!(renewed.len(), 1);
        assert_eq!(renewed[0].1, "$new");
        assert!(!lookup.answered(at(2), rest[1].0, None));
    }

    #[test]
    fn a_rate_limit_or_an_outage_delays_and_a_refusal_ends_it() {
        let table = [
            (
                Failure::RateLimited {
                    retry_after: Some(Duration::from_secs(7)),
                },
                Some(7_000),
            ),
            (Failure::Network, Some(1_000)),
            (Failure::NotFound, None),
            (Failure::Forbidden, None),
        ];
        for (failure, again) in table {
            let (mut lookup, mut requests) = (Lookup::default(), RequestId::default());
            lookup.members(["$1"].into_iter());
            let asked = lookup.work(at(0), &mut requests);
            assert!(lookup.answered(at(0), asked[0].0, Some(failure)));
            let due = again.map(Duration::from_millis);
            assert_eq!(lookup.next_deadline(), due, "{failure:?}");
            assert!(lookup.work(at(999), &mut requests).is_empty());
            let later = lookup.work(at(7_000), &mut requests);
            assert_eq!(later.len(), usize::from(again.is_some()), "{failure:?}");
        }
    }
}
