//! Invitations that are being accepted: tried again while the homeserver wants us to wait or does
//! not answer, so that none is lost.
//!
//! Invariant: at most [`MAX_OPEN`] at a time, none longer than [`PATIENCE`]. What was given up is
//! told anew by the session after the next start, as long as the invitation stands.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::matrix::{Failure, MatrixOrder};
use crate::pause::Pause;
use crate::{Moment, RequestId};

/// Most invitations under way.
const MAX_OPEN: usize = 64;
/// How long one is tried.
const PATIENCE: Duration = Duration::from_secs(3600);

#[derive(Debug)]
struct Acceptance {
    since: Duration,
    asked: Option<RequestId>,
    again_at: Duration,
    pause: Pause,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Acceptances {
    rooms: BTreeMap<String, Acceptance>,
}

impl Acceptances {
    /// Accepts the invitation into `room`.
    pub(super) fn accept(
        &mut self,
        now: Moment,
        room: String,
        requests: &mut RequestId,
    ) -> Vec<MatrixOrder> {
        if self.rooms.len() < MAX_OPEN {
            let acceptance = Acceptance {
                since: now.since_start,
                asked: None,
                again_at: now.since_start,
                pause: Pause::default(),
            };
            self.rooms.entry(room).or_insert(acceptance);
        }
        self.due(now, requests)
    }

    /// Those to be tried now.
    pub(super) fn due(&mut self, now: Moment, requests: &mut RequestId) -> Vec<MatrixOrder> {
        let due = self
            .rooms
            .iter_mut()
            .filter(|(_, one)| one.asked.is_none() && now.since_start >= one.again_at);
        due.map(|(room, one)| {
            let request = requests.next();
            one.asked = Some(request);
            let room = room.clone();
            MatrixOrder::Accept { request, room }
        })
        .collect()
    }

    pub(super) fn answered(
        &mut self,
        now: Moment,
        request: RequestId,
        result: Result<(), Failure>,
    ) {
        self.rooms.retain(|_, one| {
            if one.asked != Some(request) {
                return true;
            }
            one.asked = None;
            let until = one.since.saturating_add(PATIENCE);
            let again = result
                .err()
                .and_then(|failure| one.pause.again(now, failure));
            one.again_at = again.unwrap_or_default();
            again.is_some_and(|at| at < until)
        });
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let waiting = self.rooms.values().filter(|one| one.asked.is_none());
        waiting.map(|one| one.again_at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Moment {
        Moment {
            since_start: Duration::from_secs(secs),
            unix_ms: 0,
        }
    }

    fn only(orders: &[MatrixOrder]) -> RequestId {
        match orders {
            [MatrixOrder::Accept { request, .. }] => *request,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_invitation_is_accepted_however_long_the_homeserver_wants_us_to_wait() {
        let (mut open, mut requests) = (Acceptances::default(), RequestId::default());
        let request = only(&open.accept(at(0), "!r".into(), &mut requests));
        // Told twice, asked once.
        assert!(open.accept(at(0), "!r".into(), &mut requests).is_empty());
        let wait = Failure::RateLimited {
            retry_after: Some(Duration::from_secs(50)),
        };
        open.answered(at(0), request, Err(wait));
        assert_eq!(open.next_deadline(), Some(Duration::from_secs(50)));
        assert!(open.due(at(49), &mut requests).is_empty());
        let request = only(&open.due(at(50), &mut requests));
        open.answered(at(50), request, Ok(()));
        assert_eq!(open.next_deadline(), None);
        assert!(open.rooms.is_empty());
    }

    #[test]
    fn one_that_was_taken_back_is_forgotten_and_one_never_answered_is_given_up() {
        let (mut open, mut requests) = (Acceptances::default(), RequestId::default());
        let request = only(&open.accept(at(0), "!gone".into(), &mut requests));
        open.answered(at(0), request, Err(Failure::Forbidden));
        assert!(open.rooms.is_empty());
        let mut orders = open.accept(at(0), "!silent".into(), &mut requests);
        let mut now = at(0);
        while let Some(MatrixOrder::Accept { request, .. }) = orders.first() {
            open.answered(now, *request, Err(Failure::Network));
            now.since_start = open.next_deadline().unwrap_or(now.since_start);
            orders = open.due(now, &mut requests);
        }
        assert!(open.rooms.is_empty() && now.since_start > PATIENCE / 2);
    }

    #[test]
    fn a_flood_of_invitations_is_bounded() {
        let (mut open, mut requests) = (Acceptances::default(), RequestId::default());
        for number in 0..10 * MAX_OPEN {
            open.accept(at(0), format!("!{number}"), &mut requests);
        }
        assert_eq!(open.rooms.len(), MAX_OPEN);
    }
}
