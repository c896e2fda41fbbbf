//! Invitations into the call's Matrix room that the room sends.
//!
//! Invariant: at most [`MAX_OPEN`] at a time; each is answered once, and asked again only when the
//! homeserver wants us to wait.

use std::collections::BTreeMap;
use std::time::Duration;

use super::question::Question;
use crate::matrix::Failure;
use crate::{Moment, RequestId};

/// Most invitations under way.
const MAX_OPEN: usize = 16;
/// How long one is tried.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Invitation {
    question: Question,
    asked: bool,
    until: Duration,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Inviting {
    open: BTreeMap<String, Invitation>,
}

impl Inviting {
    /// Invites `user` unless that is under way.
    pub(super) fn invite(&mut self, now: Moment, user: &str) {
        if self.open.len() < MAX_OPEN {
            let fresh = || Invitation {
                question: Question::default(),
                asked: false,
                until: now.since_start.saturating_add(PATIENCE),
            };
            self.open.entry(user.to_owned()).or_insert_with(fresh);
        }
    }

    /// What is to be asked now.
    pub(super) fn work(
        &mut self,
        now: Moment,
        requests: &mut RequestId,
    ) -> Vec<(RequestId, String)> {
        let due = |invitation: &Invitation| !invitation.asked || invitation.question.is_due(now);
        let open = self.open.iter_mut();
        let due = open.filter(|(_, invitation)| due(invitation));
        due.map(|(user, invitation)| {
            invitation.asked = true;
            (invitation.question.ask(requests), user.clone())
        })
        .collect()
    }

    /// Who was invited, or could not be; `None` for what is not ours or will be tried again.
    pub(super) fn answered(
        &mut self,
        now: Moment,
        request: RequestId,
        result: Result<(), Failure>,
    ) -> Option<(String, Result<(), Failure>)> {
        let mut open = self.open.iter_mut();
        let (user, invitation) = open.find(|(_, one)| one.question.is(request))?;
        let until = invitation.until;
        if let Err(failure) = result
            && invitation.question.waits(now, failure, until)
        {
            return None;
        }
        let user = user.clone();
        self.open.remove(&user);
        Some((user, result))
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let open = self.open.values();
        open.filter_map(|one| one.question.next_deadline()).min()
    }
}
