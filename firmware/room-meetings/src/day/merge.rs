//! Several sources' words on one meeting, made one.
//!
//! Two are the same when their identifiers are, or when both lead to the same call at the same
//! time. The calendar has the say on title and time, then Matrix, then a running call.

use std::collections::HashMap;
use std::time::Duration;

use room_core::target::{Place, Target};
use room_messages::api::meetings::MeetingSource;

use super::millis;
use crate::links::{Link, MAX_LINKS};
use crate::{Key, Meeting, When};

/// A meeting with everybody who knows of it.
#[derive(Clone, Debug)]
pub(super) struct Merged {
    pub(super) meeting: Meeting,
    pub(super) parts: Vec<(MeetingSource, Key)>,
    calls: Vec<Call>,
    /// A change made here is on its way.
    pub(super) pending: bool,
}

/// What a link leads to, however it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Place(Place),
    Other(String),
}

impl Call {
    pub(super) fn of(target: &str) -> Self {
        match Target::parse(target) {
            Ok(target) => Self::Place(target.place),
            Err(_) => Self::Other(target.to_owned()),
        }
    }
}

impl Merged {
    fn new(source: MeetingSource, meeting: &Meeting) -> Self {
        let targets = meeting.links.iter().filter_map(Link::target);
        Self {
            calls: targets.map(Call::of).collect(),
            parts: vec![(source, meeting.key.clone())],
            meeting: meeting.clone(),
            pending: false,
        }
    }

    /// Stable as long as the source that has the say knows the meeting.
    pub(super) fn id(&self) -> String {
        self.parts.first().map(id_of).unwrap_or_default()
    }

    /// Whether a request means this meeting; every source's name for it will do.
    pub(super) fn is(&self, id: &str) -> bool {
        self.parts.iter().any(|part| id_of(part) == id)
    }

    pub(super) fn leads_to(&self, call: &Call) -> bool {
        self.calls.contains(call)
    }

    pub(super) fn target(&self) -> Option<&str> {
        self.meeting.links.iter().find_map(Link::target)
    }

    /// It runs at this time, or begins within `before`.
    pub(super) fn is_on(&self, at_ms: i64, before: Duration) -> bool {
        let begins = self.meeting.when.begins_ms();
        let ends = self.meeting.when.ends_ms();
        begins.is_some_and(|begins| begins - millis(before) <= at_ms)
            && ends.is_none_or(|ends| at_ms < ends)
    }

    fn is_same_call(&self, other: &Self, now_ms: i64, before: Duration) -> bool {
        let same_call = self.calls.iter().any(|call| other.calls.contains(call));
        same_call && self.meets(other, now_ms, before)
    }

    fn meets(&self, other: &Self, now_ms: i64, before: Duration) -> bool {
        match (self.meeting.when, other.meeting.when) {
            (When::AnyTime, _) | (_, When::AnyTime) => true,
            (When::Running { .. }, When::Running { .. }) => true,
            (When::Running { .. }, _) => other.is_on(now_ms, before),
            (_, When::Running { .. }) => self.is_on(now_ms, before),
            (a, b) => a.begins_ms() < b.ends_ms() && b.begins_ms() < a.ends_ms(),
        }
    }

    fn absorb(&mut self, other: Self) {
        let (own, new) = (&mut self.meeting, other.meeting);
        if !own.private {
            own.title = own.title.take().or(new.title);
            own.organiser = own.organiser.take().or(new.organiser);
        }
        if matches!(own.when, When::AnyTime) {
            own.when = new.when;
        }
        own.busy |= new.busy;
        for link in new.links {
            if own.links.len() < MAX_LINKS && !own.links.contains(&link) {
                own.links.push(link);
            }
        }
        own.links.sort_by_key(|link| link.target().is_none());
        self.calls.extend(other.calls);
        self.parts.extend(other.parts);
    }
}

/// Everything known, each meeting once, in order of time.
pub(super) fn merge<'a>(
    known: impl Iterator<Item = (MeetingSource, &'a Meeting)>,
    now_ms: i64,
    before: Duration,
) -> Vec<Merged> {
    let mut all: Vec<Merged> = Vec::new();
    let mut by_key: HashMap<&Key, usize> = HashMap::new();
    for (source, meeting) in known {
        // What is long over is nobody's twin; that keeps the search short.
        if meeting.when.ends_ms().is_some_and(|ends| ends <= now_ms) {
            continue;
        }
        let new = Merged::new(source, meeting);
        let same_call = || {
            all.iter()
                .position(|old| old.is_same_call(&new, now_ms, before))
        };
        let twin = by_key.get(&meeting.key).copied().or_else(same_call);
        by_key.insert(&meeting.key, twin.unwrap_or(all.len()));
        match twin.and_then(|at| all.get_mut(at)) {
            Some(old) => old.absorb(new),
            None => all.push(new),
        }
    }
    all.sort_by_key(|merged| merged.meeting.when.order_ms());
    all
}

/// FNV-1a: short, the same after a restart, and nothing of a UID can be read from it.
fn id_of((source, key): &(MeetingSource, Key)) -> String {
    let instance = key.instance_ms.unwrap_or(i64::MIN);
    let bytes = [*source as u8]
        .into_iter()
        .chain(instance.to_be_bytes())
        .chain(key.id.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
