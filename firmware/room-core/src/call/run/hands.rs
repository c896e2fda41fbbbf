//! Raised hands and reactions of the call, the room's own hand among them.
//!
//! Invariant: while the room's hand is wanted up, it is raised anew for each new own membership
//! event, since everybody else drops it then.

use serde_json::Value;

use super::{Around, Run, Step};
use crate::RequestId;
use crate::input::Effect;
use crate::matrix::{Failure, MatrixOrder};
use crate::rtc::event::Event;
use crate::rtc::hands::{HAND_KIND, raise_content};

/// The room's own hand.
#[derive(Debug, Default)]
pub(super) struct OwnHand {
    pub(super) wanted: bool,
    /// Membership event it was last raised for.
    raised_for: Option<String>,
    sending: Option<RequestId>,
    /// The reaction that raised it, once the homeserver took it.
    reaction: Option<String>,
}

impl Run {
    pub(in crate::call) fn set_hand(&mut self, raised: bool, around: &mut Around<'_>) -> Step {
        self.hand.wanted = raised;
        if raised {
            return self.raise_when_needed(around);
        }
        self.hand.raised_for = None;
        Step::go_on(self.lower(around))
    }

    /// Takes back the reaction; one still on its way is taken back when its id is known.
    fn lower(&mut self, around: &mut Around<'_>) -> Vec<Effect> {
        let (Some(event_id), Some(room)) = (self.hand.reaction.take(), self.room.clone()) else {
            return Vec::new();
        };
        let request = around.requests.next();
        vec![Effect::Matrix(MatrixOrder::Redact {
            request,
            room,
            event_id,
        })]
    }

    /// Raises the hand for the present membership, once.
    fn raise_when_needed(&mut self, around: &mut Around<'_>) -> Step {
        let own = self.session.own.as_ref().map(|own| own.event_id.clone());
        let (Some(membership), Some(room)) = (own, self.room.clone()) else {
            return Step::default();
        };
        if !self.hand.wanted || self.hand.raised_for.as_ref() == Some(&membership) {
            return Step::default();
        }
        let request = around.requests.next();
        self.hand.sending = Some(request);
        let content = raise_content(&membership);
        self.hand.raised_for = Some(membership);
        let kind = HAND_KIND.to_owned();
        Step::go_on(vec![Effect::Matrix(MatrixOrder::Send {
            request,
            room,
            kind,
            content,
        })])
    }

    pub(super) fn timeline_event(&mut self, event: Value, around: &Around<'_>) -> Step {
        let now_ms = around.now.unix_ms;
        if let Ok(event) = Event::from_value(event, now_ms) {
            self.hands.observe(now_ms, &event);
        }
        Step::default()
    }

    pub(super) fn reaction_sent(
        &mut self,
        request: RequestId,
        result: Result<String, Failure>,
        around: &mut Around<'_>,
    ) -> Step {
        if self
            .hand
            .sending
            .take_if(|sending| *sending == request)
            .is_none()
        {
            return Step::default();
        }
        match result {
            Ok(event_id) => self.hand.reaction = Some(event_id),
            // Not up for anybody: say so instead of pretending.
            Err(_) => self.hand.wanted = false,
        }
        if self.hand.wanted {
            return Step::default();
        }
        Step::go_on(self.lower(around))
    }

    pub(super) fn hands_recounted(&mut self, around: &mut Around<'_>) -> Step {
        self.raise_when_needed(around)
    }
}
