//! People who were called into the running call: invited, rung, and waited for.
//!
//! Rules: MSC4075 (ring), MSC4310 (decline). A ring refers to the own membership, so nobody is rung
//! before it is known; somebody outside of the Matrix room is invited first.
//! Invariant: at most [`MAX_CALLED`] people; each is waited for [`PATIENCE`] at most.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::problem::Issue;
use crate::rtc::event::Event;
use crate::rtc::ring;
use crate::{Moment, RequestId};

/// Most people who are waited for at once.
const MAX_CALLED: usize = 16;
/// How long somebody is waited for from when they were rung, or had to be invited.
const PATIENCE: Duration = Duration::from_millis(ring::LIFETIME_MS);
/// How long it is told what came of it.
const TOLD: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Invited,
    /// Is in the Matrix room, and has not been rung.
    ToRing,
    Ringing(RequestId),
    /// With the event id of the ring.
    Rung(String),
}

#[derive(Debug)]
struct Callee {
    stage: Stage,
    until: Duration,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Callees {
    called: BTreeMap<String, Callee>,
    /// What came of the latest call.
    told: Option<(Issue, Duration)>,
}

impl Callees {
    /// Calls `user`, who is in the Matrix room or not; once more when they are called already.
    pub(super) fn call(&mut self, now: Moment, user: &str, is_in_room: bool) {
        self.told = None;
        if self.called.len() >= MAX_CALLED && !self.called.contains_key(user) {
            return;
        }
        let callee = Callee {
            stage: if is_in_room {
                Stage::ToRing
            } else {
                Stage::Invited
            },
            until: now.since_start.saturating_add(PATIENCE),
        };
        self.called.insert(user.to_owned(), callee);
    }

    /// Whom to ring now, with the requests that do it; `membership`: whether the own one is known.
    pub(super) fn work(
        &mut self,
        now: Moment,
        membership: bool,
        requests: &mut RequestId,
    ) -> Vec<(RequestId, String)> {
        let waiting = self.called.iter_mut();
        let waiting = waiting.filter(|(_, one)| membership && one.stage == Stage::ToRing);
        waiting
            .map(|(user, one)| {
                let request = requests.next();
                one.stage = Stage::Ringing(request);
                one.until = now.since_start.saturating_add(PATIENCE);
                (request, user.clone())
            })
            .collect()
    }

    /// They could not be invited.
    pub(super) fn not_invited(&mut self, now: Moment, user: &str) {
        if self.called.remove(user).is_some() {
            self.tell(now, Issue::PersonNotInvited);
        }
    }

    /// The ring was sent, or was not; whoever was invited still sees that.
    pub(super) fn sent(&mut self, request: RequestId, ring: Option<&str>) {
        let mut called = self.called.values_mut();
        if let Some(one) = called.find(|one| one.stage == Stage::Ringing(request)) {
            one.stage = ring.map_or(Stage::Invited, |id| Stage::Rung(id.to_owned()));
        }
    }

    /// Who came into the Matrix room is rung there; who came into the call is no longer waited for.
    pub(super) fn came(
        &mut self,
        is_in_room: impl Fn(&str) -> bool,
        is_in_call: impl Fn(&str) -> bool,
    ) {
        self.called.retain(|user, _| !is_in_call(user));
        for (user, one) in &mut self.called {
            if one.stage == Stage::Invited && is_in_room(user) {
                one.stage = Stage::ToRing;
            }
        }
    }

    /// An event of the Matrix room: one of them may decline.
    pub(super) fn heard(&mut self, now: Moment, event: &Event) {
        let Some(declined) = ring::declines(event) else {
            return;
        };
        let theirs = |one: &&Callee| one.stage == Stage::Rung(declined);
        if self.called.get(&event.sender).filter(theirs).is_some() {
            self.called.remove(&event.sender);
            self.tell(now, Issue::PersonDeclined);
        }
    }

    pub(super) fn tick(&mut self, now: Moment) {
        let before = self.called.len();
        self.called.retain(|_, one| now.since_start < one.until);
        if self.called.len() < before {
            self.tell(now, Issue::PersonSilent);
        }
        self.told = self.told.filter(|(_, until)| now.since_start < *until);
    }

    fn tell(&mut self, now: Moment, issue: Issue) {
        self.told = Some((issue, now.since_start.saturating_add(TOLD)));
    }

    /// User ids of those who are waited for.
    pub(super) fn waited_for(&self) -> impl Iterator<Item = &str> {
        self.called.keys().map(String::as_str)
    }

    /// What came of the latest call, for a while.
    pub(super) fn told(&self) -> Option<Issue> {
        self.told.map(|(issue, _)| issue)
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let called = self.called.values().map(|one| one.until);
        called.chain(self.told.map(|(_, until)| until)).min()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ANNA: &str = "@anna:example.org";

    fn at(secs: u64) -> Moment {
        Moment {
            since_start: Duration::from_secs(secs),
            unix_ms: 0,
        }
    }

    fn decline(sender: &str, ring: &str) -> Event {
        let event = json!({
            "type": ring::DECLINE_KIND, "sender": sender, "event_id": "$no",
            "origin_server_ts": 1, "content": ring::decline_content(ring),
        });
        Event::from_value(event, 0).unwrap()
    }

    fn rung(now: Moment) -> Callees {
        let (mut called, mut requests) = (Callees::default(), RequestId::default());
        called.call(now, ANNA, true);
        let ring = called.work(now, true, &mut requests);
        called.sent(ring[0].0, Some("$ring"));
        called
    }

    #[test]
    fn nobody_is_rung_before_they_are_in_the_room_and_the_own_membership_is_known() {
        let (mut called, mut requests) = (Callees::default(), RequestId::default());
        called.call(at(0), ANNA, false);
        assert!(called.work(at(0), true, &mut requests).is_empty());
        called.came(|_| true, |_| false);
        assert!(called.work(at(1), false, &mut requests).is_empty());
        let rings = called.work(at(1), true, &mut requests);
        assert_eq!(rings[0].1, ANNA);
        assert!(called.work(at(1), true, &mut requests).is_empty());
        called.came(|_| true, |_| true);
        assert_eq!(called.waited_for().count(), 0);
        assert_eq!((called.told(), called.next_deadline()), (None, None));
    }

    #[test]
    fn who_declines_or_stays_silent_is_told_for_a_while() {
        let mut called = rung(at(0));
        called.heard(at(1), &decline("@ben:example.org", "$ring"));
        called.heard(at(1), &decline(ANNA, "$other"));
        assert_eq!(called.waited_for().collect::<Vec<_>>(), [ANNA]);
        called.heard(at(1), &decline(ANNA, "$ring"));
        assert_eq!(called.told(), Some(Issue::PersonDeclined));
        called.tick(at(30));
        assert_eq!((called.told(), called.next_deadline()), (None, None));

        let mut called = rung(at(0));
        called.tick(at(59));
        assert_eq!(called.waited_for().count(), 1);
        called.tick(at(60));
        assert_eq!(called.told(), Some(Issue::PersonSilent));
        // Called again, and what came before no longer counts.
        called.call(at(61), ANNA, true);
        assert_eq!(called.told(), None);
    }

    #[test]
    fn a_crowd_is_bounded_and_somebody_who_cannot_be_invited_is_told() {
        let mut called = Callees::default();
        for number in 0..3 * MAX_CALLED {
            called.call(at(0), &format!("@a{number}:example.org"), false);
        }
        assert_eq!(called.waited_for().count(), MAX_CALLED);
        called.not_invited(at(1), "@nobody:example.org");
        assert_eq!(called.told(), None);
        called.not_invited(at(1), "@a0:example.org");
        assert_eq!(called.told(), Some(Issue::PersonNotInvited));
    }
}
