//! The room's own hand in a Visio meeting: wanted here, shown by the media server, changed by the
//! instance. A moderator may lower it, and then it is down.

use std::time::Duration;

use crate::pause::Pause;
use crate::visio::answer::Refusal;
use crate::{Moment, RequestId};

/// Everybody sees a hand within this time of the instance's word that it is done.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);
const TRIES: u32 = 3;

/// See the module.
#[derive(Debug, Default)]
pub struct Hand {
    wanted: bool,
    seen: bool,
    open: Option<RequestId>,
    /// Until when the media server is waited for, or when to ask again.
    until: Option<Duration>,
    again: bool,
    pause: Pause,
    refused: bool,
}

impl Hand {
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    #[must_use]
    pub fn is_seen(&self) -> bool {
        self.seen
    }

    /// The last wish was not granted.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    pub fn want(&mut self, raised: bool) {
        (self.wanted, self.refused) = (raised, false);
        (self.until, self.again) = (None, true);
        self.pause.reset();
    }

    /// What the media server shows.
    pub fn shown(&mut self, raised: bool) {
        let changed = std::mem::replace(&mut self.seen, raised) != raised;
        let settled = self.open.is_none() && self.until.is_none() && !self.again;
        if raised == self.wanted {
            (self.until, self.again) = (None, false);
        } else if changed && settled {
            self.wanted = raised;
        }
    }

    /// Whether the hand is to be changed now: `Some(raised)`.
    pub fn work(&mut self, now: Moment, requests: &mut RequestId) -> Option<(RequestId, bool)> {
        let due = self.until.is_none_or(|at| now.since_start >= at);
        if self.open.is_some() || !due {
            return None;
        }
        let again = std::mem::take(&mut self.again);
        if self.until.take().is_some() && !again {
            // Nobody ever saw what the instance called done.
            self.give_in();
        }
        if !again || self.wanted == self.seen {
            return None;
        }
        let request = requests.next();
        self.open = Some(request);
        Some((request, self.wanted))
    }

    /// The instance's answer; `None` when there was none.
    pub fn answered(&mut self, now: Moment, request: RequestId, done: Result<(), Refusal>) {
        if self.open.take_if(|open| *open == request).is_none() {
            return;
        }
        let asked = match done {
            Ok(()) if self.wanted == self.seen => return,
            // Changed its mind meanwhile: that is asked at once.
            Ok(()) if self.again => return,
            Ok(()) => {
                self.until = Some(now.since_start.saturating_add(SHOWN_WITHIN));
                return;
            }
            Err(Refusal::Throttled { wait }) => wait,
            Err(Refusal::Failing) => None,
            Err(_) => return self.give_in(),
        };
        self.until = Some(self.pause.end(now, asked));
        self.again = true;
        if self.pause.tries() >= TRIES {
            self.give_in();
        }
    }

    fn give_in(&mut self) {
        self.refused = self.wanted != self.seen;
        self.wanted = self.seen;
        (self.until, self.again) = (None, false);
    }

    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        self.until.filter(|_| self.open.is_none())
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

    fn asked(hand: &mut Hand, seconds: u64, requests: &mut RequestId) -> Option<bool> {
        hand.work(at(seconds), requests).map(|(_, raised)| raised)
    }

    #[test]
    fn a_hand_is_asked_for_once_and_a_moderator_lowers_it() {
        let (mut hand, mut requests) = (Hand::default(), RequestId::default());
        hand.want(true);
        let (request, raised) = hand.work(at(0), &mut requests).unwrap();
        assert!(raised);
        assert_eq!(asked(&mut hand, 0, &mut requests), None);
        hand.shown(true);
        hand.answered(at(1), request, Ok(()));
        assert_eq!(asked(&mut hand, 9, &mut requests), None);
        hand.shown(false);
        assert!(!hand.is_wanted() && !hand.is_refused());
        assert_eq!(asked(&mut hand, 9, &mut requests), None);
    }

    #[test]
    fn a_refusal_or_a_hand_nobody_sees_is_given_in_to_and_said() {
        for done in [Err(Refusal::Refused), Err(Refusal::Unknown), Ok(())] {
            let (mut hand, mut requests) = (Hand::default(), RequestId::default());
            hand.want(true);
            let (request, _) = hand.work(at(0), &mut requests).unwrap();
            hand.answered(at(0), request, done);
            assert_eq!(asked(&mut hand, 6, &mut requests), None);
            assert!(!hand.is_wanted() && hand.is_refused(), "{done:?}");
        }
    }

    #[test]
    fn a_failing_instance_is_asked_again_a_few_times() {
        let (mut hand, mut requests) = (Hand::default(), RequestId::default());
        hand.want(true);
        for (seconds, again) in [(0, true), (1, true), (3, true), (60, false)] {
            let order = hand.work(at(seconds), &mut requests);
            assert_eq!(order.is_some(), again, "{seconds}");
            if let Some((request, _)) = order {
                hand.answered(at(seconds), request, Err(Refusal::Failing));
            }
        }
        assert!(hand.is_refused());
    }

    #[test]
    fn a_change_of_mind_while_the_answer_is_open_is_asked_for_then() {
        let (mut hand, mut requests) = (Hand::default(), RequestId::default());
        hand.want(true);
        let (request, _) = hand.work(at(0), &mut requests).unwrap();
        hand.want(false);
        hand.shown(true);
        hand.answered(at(0), request, Ok(()));
        assert_eq!(asked(&mut hand, 0, &mut requests), Some(false));
    }
}
