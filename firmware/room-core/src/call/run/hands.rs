//! Raised hands and reactions of the call, the room's own hand among them, addressed.
//!
//! The rules are `rtc::hands`', `rtc::lookup`'s and `rtc::own_hand`'s.

use room_messages::api::Reaction;
use serde_json::Value;

use super::{Around, Run, Step};
use crate::RequestId;
use crate::input::Effect;
use crate::matrix::{Failure, MatrixOrder};
use crate::rtc::event::Event;
use crate::rtc::hands::{HAND_KIND, REACTION_KIND, raise_content, react_content};
use crate::rtc::own_hand::Order;

/// Most reactions looked at in one answer.
const MAX_REACTIONS: usize = 50;

impl Run {
    pub(in crate::call) fn set_hand(&mut self, raised: bool, around: &mut Around<'_>) -> Step {
        self.hand.want(raised);
        Step::go_on(self.hands_due(around))
    }

    /// Sent once and forgotten: three seconds later nobody wants it any more.
    pub(in crate::call) fn react(
        &self,
        reaction: Reaction,
        around: &mut Around<'_>,
    ) -> Option<Effect> {
        let own = self.session.own.as_ref()?;
        Some(Effect::Matrix(MatrixOrder::Send {
            request: around.requests.next(),
            room: self.room.clone()?,
            kind: REACTION_KIND.to_owned(),
            content: react_content(&own.event_id, reaction),
        }))
    }

    pub(super) fn timeline_event(&mut self, event: Value, around: &mut Around<'_>) -> Step {
        self.observe(event, around);
        // It may show what became of the own hand.
        Step::go_on(self.hands_due(around))
    }

    fn observe(&mut self, event: Value, around: &Around<'_>) {
        let now_ms = around.now.unix_ms;
        if let Ok(event) = Event::from_value(event, now_ms) {
            self.hands.observe(now_ms, &event);
            self.callees.heard(around.now, &event);
        }
    }

    pub(super) fn reaction_sent(
        &mut self,
        request: RequestId,
        result: Result<String, Failure>,
        around: &mut Around<'_>,
    ) -> Step {
        self.hand.answered(around.now, request, result);
        Step::go_on(self.hands_due(around))
    }

    /// What was raised before the room looked.
    pub(super) fn reactions(
        &mut self,
        request: RequestId,
        result: Result<Vec<Value>, Failure>,
        around: &mut Around<'_>,
    ) -> Step {
        let failure = result.as_ref().err().copied();
        if self.lookup.answered(around.now, request, failure) {
            let events = result.unwrap_or_default().into_iter();
            for event in events.take(MAX_REACTIONS) {
                self.observe(event, around);
            }
        }
        Step::go_on(self.hands_due(around))
    }

    /// The members have changed, and with them what hands refer to.
    pub(super) fn hands_recounted(&mut self, around: &mut Around<'_>) -> Step {
        let others = self.session.others.iter();
        self.lookup
            .members(others.map(|member| member.event_id.as_str()));
        let own = self.session.own.as_ref();
        self.hand.membership(own.map(|own| own.event_id.as_str()));
        Step::go_on(self.hands_due(around))
    }

    /// Whatever is to be asked or sent for hands now.
    pub(super) fn hands_due(&mut self, around: &mut Around<'_>) -> Vec<Effect> {
        let (Some(room), true) = (self.room.clone(), self.keeper.is_some()) else {
            return Vec::new();
        };
        let own = self.session.own.as_ref();
        let shown = own.and_then(|own| self.hands.raised_by(own));
        let order = self.hand.work(around.now, shown, around.requests);
        let asked = self.lookup.work(around.now, around.requests);
        let asked = asked.into_iter().map(|(request, event_id)| {
            let room = room.clone();
            MatrixOrder::AskReactions {
                request,
                room,
                event_id,
            }
        });
        let order = order.map(|order| addressed(order, room.clone()));
        order.into_iter().chain(asked).map(Effect::Matrix).collect()
    }
}

fn addressed(order: Order, room: String) -> MatrixOrder {
    match order {
        Order::Raise {
            request,
            membership,
        } => MatrixOrder::Send {
            request,
            room,
            kind: HAND_KIND.to_owned(),
            content: raise_content(&membership),
        },
        Order::Lower { request, reaction } => MatrixOrder::Redact {
            request,
            room,
            event_id: reaction,
        },
    }
}
