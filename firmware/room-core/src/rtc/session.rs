//! Who is in the call of a room, from its events, its members and the time.
//!
//! Invariant: the list is the same for the same input, sorted by creation, at most
//! [`MAX_MEMBERS`] long, at most [`MAX_DEVICES_PER_USER`] of one user, and names no LiveKit
//! identity twice. Deliberately absent: memory of what was; the callers compare lists.

use std::collections::{BTreeMap, BTreeSet};

use room_messages::Identity;
use serde_json::Value;

use super::event::Event;
use super::membership::{self, Form, Membership, Publishes, Reading, sticky};
use super::{Intent, PeerDevice};

/// Most members of one call, the room itself left out.
pub const MAX_MEMBERS: usize = 1000;
/// Most devices of one user in one call: no user can crowd out the others.
pub const MAX_DEVICES_PER_USER: usize = 10;

/// What the list is made from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Current call state events, and every sticky call event known, leaves included.
    pub events: &'a [Event],
    /// User ids joined to the Matrix room.
    pub joined: &'a BTreeSet<String>,
    /// Content of the slot's state event, when there is one.
    pub slot: Option<&'a Value>,
    pub own: &'a PeerDevice,
    /// Unix milliseconds.
    pub now_ms: u64,
}

/// One member of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub user: String,
    pub device: String,
    pub member_id: String,
    /// LiveKit identity.
    pub identity: Identity,
    /// `livekit_service_url` of the SFU this member publishes on; `None`: no media.
    pub transport: Option<String>,
    /// Unix milliseconds; a new value for the same device is a new join.
    pub created_ms: u64,
    /// Current membership event: hands and reactions refer to it.
    pub event_id: String,
    pub intent: Option<Intent>,
    pub form: Form,
}

impl Member {
    #[must_use]
    pub fn peer(&self) -> PeerDevice {
        PeerDevice::new(&self.user, &self.device)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Everybody but the room's own device, oldest first.
    pub others: Vec<Member>,
    /// The room's own membership as the homeserver shows it, the newest when there are two.
    pub own: Option<Member>,
    /// Unix milliseconds at which the list changes without any event.
    pub next_expiry_ms: Option<u64>,
}

impl Session {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.others.is_empty() && self.own.is_none()
    }
}

/// The members of the call now.
#[must_use]
pub fn members(input: &Input<'_>) -> Session {
    let mut valid = valid_memberships(input);
    valid.sort_by(|a, b| (a.created_ms, &a.event_id).cmp(&(b.created_ms, &b.event_id)));
    let oldest = valid.first().and_then(|first| match &first.publishes {
        Publishes::On(url) | Publishes::WithOldest(Some(url)) => Some(url.clone()),
        Publishes::WithOldest(None) | Publishes::Nowhere => None,
    });
    let mut session = Session {
        next_expiry_ms: valid.iter().map(|m| m.expires_ms).min(),
        ..Session::default()
    };
    let mut devices: BTreeMap<String, usize> = BTreeMap::new();
    for membership in valid {
        let member = resolve(membership, oldest.as_deref());
        if member.user == input.own.user && member.device == input.own.device {
            session.own = Some(member);
            continue;
        }
        let count = devices.entry(member.user.clone()).or_default();
        *count += 1;
        if *count <= MAX_DEVICES_PER_USER && session.others.len() < MAX_MEMBERS {
            session.others.push(member);
        }
    }
    session
}

/// Memberships that count, one per LiveKit identity: the newest event of each.
fn valid_memberships(input: &Input<'_>) -> Vec<Membership> {
    let slot_open = sticky::slot_is_open(input.slot);
    let mut newest: BTreeMap<Identity, (u64, Membership)> = BTreeMap::new();
    for event in current(input.events) {
        let Ok(Reading::Joined(membership)) = membership::parse(event) else {
            continue;
        };
        let counts = membership.expires_ms > input.now_ms
            && input.joined.contains(&membership.user)
            && (slot_open || membership.form == Form::State);
        if !counts {
            continue;
        }
        let order = (event.sent_ms, &event.event_id);
        let known = newest.get(&membership.identity);
        if known.is_none_or(|(sent, other)| (*sent, &other.event_id) < order) {
            newest.insert(membership.identity.clone(), (event.sent_ms, *membership));
        }
    }
    newest
        .into_values()
        .map(|(_, membership)| membership)
        .collect()
}

/// State events as they are; of sticky events the newest of each sender and sticky key
/// (MSC4354: newest time, then greater event id), whether it joins or leaves.
fn current(events: &[Event]) -> Vec<&Event> {
    let mut state = Vec::new();
    let mut map: BTreeMap<(&str, &str, String), &Event> = BTreeMap::new();
    for event in events {
        if event.state_key.is_some() {
            state.push(event);
            continue;
        }
        let Some(key) = sticky::sticky_key(&event.content) else {
            continue;
        };
        let slot = map
            .entry((&event.kind, &event.sender, key))
            .or_insert(event);
        if (slot.sent_ms, &slot.event_id) < (event.sent_ms, &event.event_id) {
            *slot = event;
        }
    }
    state.extend(map.into_values());
    state
}

fn resolve(membership: Membership, oldest: Option<&str>) -> Member {
    let transport = match membership.publishes {
        Publishes::On(url) => Some(url),
        Publishes::WithOldest(_) => oldest.map(str::to_owned),
        Publishes::Nowhere => None,
    };
    Member {
        user: membership.user,
        device: membership.device,
        member_id: membership.member_id,
        identity: membership.identity,
        transport,
        created_ms: membership.created_ms,
        event_id: membership.event_id,
        intent: membership.intent,
        form: membership.form,
    }
}

#[cfg(test)]
pub(in crate::rtc) mod tests;
