//! Asking people into the running call: those who are called, and those who knock.

use std::collections::BTreeSet;

use super::{Around, Run, Step};
use crate::RequestId;
use crate::input::Effect;
use crate::invitations::accepts;
use crate::matrix::{Failure, MatrixOrder};
use crate::problem::Issue;
use crate::rtc::power::Action;
use crate::rtc::ring;

/// Most people who knock that are looked at.
const MAX_KNOCKING: usize = 50;

impl Run {
    /// Whether somebody may be called now.
    #[must_use]
    pub fn no_callees(&self, user: &str) -> Option<Issue> {
        let state = self.state.as_ref()?;
        let may_invite = || state.rules().may(&self.account.user, Action::Invite);
        match user {
            own if own == self.account.user => Some(Issue::PersonIsHere),
            user if self.is_in_room(user) || may_invite() => None,
            _ => Some(Issue::RoomNoInvite),
        }
    }

    /// Calls somebody into this call.
    pub(in crate::call) fn add(&mut self, user: &str, around: &mut Around<'_>) -> Step {
        let is_in_room = self.is_in_room(user);
        self.callees.call(around.now, user, is_in_room);
        if !is_in_room {
            self.inviting.invite(around.now, user);
        }
        Step::go_on(self.asking_due(around))
    }

    fn is_in_room(&self, user: &str) -> bool {
        self.names.contains_key(user)
    }

    /// The members have changed: who was called may have come, and somebody may knock.
    pub(super) fn asking_recounted(&mut self, around: &mut Around<'_>) -> Step {
        let (names, others) = (&self.names, &self.session.others);
        self.callees.came(
            |user| names.contains_key(user),
            |user| others.iter().any(|member| member.user == user),
        );
        self.let_in(around);
        Step::go_on(self.asking_due(around))
    }

    /// Who knocks is invited when they might invite the room: one rule for both ways.
    fn let_in(&mut self, around: &Around<'_>) {
        let Some(state) = &self.state else { return };
        let knocking = state.knocking.iter().take(MAX_KNOCKING);
        let knocking: BTreeSet<&String> = knocking.collect();
        self.knocks.retain(|user| knocking.contains(user));
        let own = &self.account.user;
        if !state.rules().may(own, Action::Invite) {
            return;
        }
        for user in knocking {
            let welcome = accepts(around.invitations, own, user);
            if welcome && self.knocks.insert(user.clone()) {
                self.inviting.invite(around.now, user);
            }
        }
    }

    pub(super) fn asked_in(
        &mut self,
        request: RequestId,
        result: Result<(), Failure>,
        around: &mut Around<'_>,
    ) -> Step {
        if let Some((user, Err(_))) = self.inviting.answered(around.now, request, result) {
            self.callees.not_invited(around.now, &user);
        }
        Step::go_on(self.asking_due(around))
    }

    /// Whatever is to be asked or sent now.
    pub(super) fn asking_due(&mut self, around: &mut Around<'_>) -> Vec<Effect> {
        self.callees.tick(around.now);
        let Some(room) = self.room.clone() else {
            return Vec::new();
        };
        let invitations = self.inviting.work(around.now, around.requests);
        let invitations = invitations
            .into_iter()
            .map(|(request, user)| MatrixOrder::Invite {
                request,
                room: room.clone(),
                user,
            });
        let own = self.session.own.as_ref();
        let rings = self
            .callees
            .work(around.now, own.is_some(), around.requests);
        // Without a membership of its own the room rings nobody.
        let membership = own.map_or("", |own| own.event_id.as_str());
        let rings = rings.into_iter().map(|(request, user)| MatrixOrder::Send {
            request,
            room: room.clone(),
            kind: ring::KIND.to_owned(),
            content: ring::ring_content(&user, membership, around.now.unix_ms),
        });
        invitations.chain(rings).map(Effect::Matrix).collect()
    }

    /// User ids of those who were called and are waited for.
    pub fn waited_for(&self) -> impl Iterator<Item = &str> {
        self.callees.waited_for()
    }

    /// What came of the latest call to somebody, for a while.
    #[must_use]
    pub fn told(&self) -> Option<Issue> {
        self.callees.told()
    }
}
