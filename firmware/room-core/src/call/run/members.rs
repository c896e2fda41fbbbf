//! Who is in the call, and everything that follows from it: membership, keys, SFUs, roster.

use std::collections::BTreeSet;

use room_messages::{MAX_ROSTER, Order};

use super::{Around, Run, Step};
use crate::call::people;
use crate::input::Effect;
use crate::matrix::RoomState;
use crate::rtc::PeerDevice;
use crate::rtc::event::Event;
use crate::rtc::keeper::Seen;
use crate::rtc::membership::{self, Reading};
use crate::rtc::session;

impl Run {
    /// Keeps what the homeserver shows of the Matrix room.
    pub(super) fn take_state(&mut self, state: RoomState, around: &Around<'_>) {
        let received = around.now.unix_ms;
        self.events = state
            .memberships
            .iter()
            .filter_map(|event| Event::from_value(event.clone(), received).ok())
            .collect();
        self.names = state.joined.iter().cloned().collect();
        // A room's encryption cannot be turned off (Matrix specification); a server that says
        // so all the same must not make us send in the clear.
        let encrypted = state.encrypted || self.state.as_ref().is_some_and(|old| old.encrypted);
        self.state = Some(RoomState {
            encrypted,
            memberships: Vec::new(),
            ..state
        });
    }

    /// Counts the members anew and brings everything in line with them.
    pub(super) fn recount(&mut self, around: &mut Around<'_>) -> Step {
        let Some(state) = &self.state else {
            return Step::default();
        };
        let joined: BTreeSet<String> = self.names.keys().cloned().collect();
        let own = PeerDevice::new(&self.account.user, &self.account.device);
        let mut session = session::members(&session::Input {
            events: &self.events,
            joined: &joined,
            slot: state.slot.as_ref().and_then(|event| event.get("content")),
            own: &own,
            now_ms: around.now.unix_ms,
        });
        let seat = |member: &session::Member| people::seat_of(member, &self.sfus);
        // Who says that they leave has left: the key changes at once.
        let mut before = std::mem::take(&mut self.session.others);
        before.retain(|member| !says_leave(&self.events, member));
        session.others =
            self.presence
                .with_kept(around.now, session.others, &before, &joined, seat);
        self.session = session;
        let urls = self
            .session
            .others
            .iter()
            .filter_map(|member| member.transport.as_deref());
        let wanted = self.sfus.want(urls, around.requests);
        self.judge(around);
        let mut effects = self.sfu_effects(wanted);
        effects.extend(self.roster_effect());
        let mut step = Step::go_on(effects);
        let keys = self.keys.members_changed(&self.session.others, around);
        step = step.and(Step::go_on(keys));
        step = step.and(self.own_seen(around));
        step = step.and(self.asking_recounted(around));
        step.and(self.hands_recounted(around))
    }

    /// Who of the members is missing on their SFU.
    pub(super) fn judge(&mut self, around: &Around<'_>) {
        let members = self.session.others.iter();
        let seats = members.filter_map(|member| people::seat_of(member, &self.sfus));
        self.presence.judge(around.now, seats);
    }

    fn own_seen(&mut self, around: &mut Around<'_>) -> Step {
        let seen = self.session.own.as_ref().map(|own| Seen {
            event_id: own.event_id.clone(),
            created_ms: own.created_ms,
        });
        let Some(keeper) = &mut self.keeper else {
            return Step::default();
        };
        let orders = keeper.own_seen(around.now, seen);
        self.keeper_step(orders, around)
    }

    /// Everybody whose media belongs to the call.
    pub(super) fn roster_effect(&self) -> Option<Effect> {
        self.keeper.as_ref()?;
        let mut entries = people::roster(&self.session.others, &self.names, &self.sfus);
        entries.truncate(MAX_ROSTER);
        Some(Effect::Media(Order::SetRoster { entries }))
    }

    /// The room's name, as Matrix has it.
    #[must_use]
    pub fn room_name(&self) -> Option<&str> {
        self.state.as_ref()?.name.as_deref()
    }

    #[must_use]
    pub fn room_id(&self) -> Option<&str> {
        self.room.as_deref()
    }

    /// The members, the room itself left out.
    #[must_use]
    pub fn others(&self) -> &[session::Member] {
        &self.session.others
    }
}

/// Whether the member took back a membership since this one began.
fn says_leave(events: &[Event], member: &session::Member) -> bool {
    events.iter().any(|event| {
        event.sender == member.user
            && event.sent_ms >= member.created_ms
            && matches!(membership::parse(event), Ok(Reading::Left))
    })
}
