//! The room's own media key: made, given to every member, changed when it must.
//!
//! The rules are those of Element Call (matrix-js-sdk, `RTCEncryptionManager`): key 0 is used at
//! once; a newcomer gets the current key while that is younger than ten seconds, else a new one
//! is made; whoever leaves never learns the next; a new key is used one second after it was
//! handed out. One distribution at a time: changes meanwhile make one more round.
//!
//! Invariant: a key is given only to devices that were members when the round began, and a
//! round that begins after a device left hands out a key it never had.
//! Deliberately absent: randomness (keys come from the caller's [`KeySource`]) and Olm.

use std::collections::BTreeMap;
use std::time::Duration;

use room_messages::MediaKey;

use super::PeerDevice;
use super::session::Member;
use crate::Moment;

/// A key older than this is not given to a newcomer, who could otherwise read what was before.
pub const GRACE: Duration = Duration::from_secs(10);
/// Between the end of a distribution and the use of its key.
pub const USE_DELAY: Duration = Duration::from_secs(1);
/// A distribution without result for this long counts as failed for everybody in it.
pub const ROUND_LIMIT: Duration = Duration::from_secs(15);
/// First and longest wait before a device that did not get the key is tried again.
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// Bounds of the wait a homeserver can ask for: a wrong header must not end a call.
const SHORTEST_ASKED: Duration = Duration::from_millis(100);
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// Where fresh keys come from: 16 random bytes of the system for each.
pub trait KeySource {
    fn fresh_key(&mut self) -> MediaKey;
}

impl<F: FnMut() -> MediaKey> KeySource for F {
    fn fresh_key(&mut self) -> MediaKey {
        self()
    }
}

/// A member device as it was when it joined.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Recipient {
    pub peer: PeerDevice,
    /// Creation of its membership: another value is another join.
    pub created_ms: u64,
}

impl From<&Member> for Recipient {
    fn from(member: &Member) -> Self {
        Self {
            peer: member.peer(),
            created_ms: member.created_ms,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Send the key by Olm to these devices; answer with [`Outbound::distributed`] and `round`.
    Distribute {
        round: u64,
        index: u8,
        key: MediaKey,
        to: Vec<PeerDevice>,
    },
    /// Encrypt with this key from now on.
    Use { index: u8, key: MediaKey },
}

/// What the round under way was begun for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    /// Waiting for the result.
    Sending {
        until: Duration,
        /// The key is new: wait and use it afterwards.
        new_key: bool,
    },
    /// Handed out; used from then on.
    Holding {
        use_at: Duration,
    },
}

/// A device that has not got the current key for certain.
#[derive(Clone, Debug)]
struct Lack {
    since: Moment,
    failures: u32,
    /// `None` while it is part of the round under way.
    retry_at: Option<Duration>,
}

impl Lack {
    fn begin(now: Moment) -> Self {
        Self {
            since: now,
            failures: 0,
            retry_at: None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Outbound {
    /// What frames are encrypted with; older than `key` while that is handed out.
    in_use: (u8, MediaKey),
    index: u8,
    key: MediaKey,
    made_at: Duration,
    members: BTreeMap<PeerDevice, u64>,
    /// Devices the current key was sent to, arrived or not, with the join it was sent for.
    shared: BTreeMap<PeerDevice, u64>,
    lacking: BTreeMap<PeerDevice, Lack>,
    /// Devices of the round under way.
    sending_to: Vec<PeerDevice>,
    round: u64,
    phase: Phase,
    /// The homeserver wants no distribution before this.
    not_before: Option<Duration>,
}

impl Outbound {
    /// Makes key 0, used at once, and gives it to the members there are.
    #[must_use]
    pub fn start(
        now: Moment,
        members: &[Recipient],
        keys: &mut dyn KeySource,
    ) -> (Self, Vec<Order>) {
        let key = keys.fresh_key();
        let mut outbound = Self {
            in_use: (0, key.clone()),
            index: 0,
            key,
            made_at: now.since_start,
            members: BTreeMap::new(),
            shared: BTreeMap::new(),
            lacking: BTreeMap::new(),
            sending_to: Vec::new(),
            round: 0,
            phase: Phase::Idle,
            not_before: None,
        };
        let mut orders = vec![outbound.current_key()];
        orders.extend(outbound.members_changed(now, members, keys));
        (outbound, orders)
    }

    /// The members now, the room's own device left out.
    pub fn members_changed(
        &mut self,
        now: Moment,
        members: &[Recipient],
        keys: &mut dyn KeySource,
    ) -> Vec<Order> {
        self.members.clear();
        for member in members {
            // A device listed twice (both forms of membership) counts by its newest join.
            let created = self.members.entry(member.peer.clone()).or_default();
            *created = (*created).max(member.created_ms);
        }
        let members = &self.members;
        self.lacking.retain(|peer, _| members.contains_key(peer));
        self.work(now, keys)
    }

    /// The result of the distribution `round`; `failed` are the devices it did not reach.
    pub fn distributed(
        &mut self,
        now: Moment,
        round: u64,
        failed: &[PeerDevice],
        keys: &mut dyn KeySource,
    ) -> Vec<Order> {
        if round == self.round {
            self.finish_round(now, failed);
        }
        self.work(now, keys)
    }

    /// The distribution `round` was refused by a rate limit: to nobody, and for `wait` no other
    /// is begun.
    pub fn held_up(
        &mut self,
        now: Moment,
        round: u64,
        wait: Duration,
        keys: &mut dyn KeySource,
    ) -> Vec<Order> {
        if round == self.round && matches!(self.phase, Phase::Sending { .. }) {
            let all = self.sending_to.clone();
            self.finish_round(now, &all);
            let wait = wait.clamp(SHORTEST_ASKED, LONGEST_ASKED);
            let again = now.since_start.saturating_add(wait);
            self.not_before = Some(again);
            for peer in &all {
                if let Some(lack) = self.lacking.get_mut(peer) {
                    lack.failures = lack.failures.saturating_sub(1);
                    lack.retry_at = Some(again);
                }
            }
        }
        self.work(now, keys)
    }

    /// The homeserver is back after an outage: who lacks the key gets it now, not when the
    /// growing pause ends.
    pub fn homeserver_back(&mut self, now: Moment, keys: &mut dyn KeySource) -> Vec<Order> {
        for lack in self.lacking.values_mut() {
            lack.failures = 0;
            lack.retry_at = lack.retry_at.map(|at| at.min(now.since_start));
        }
        self.work(now, keys)
    }

    /// Time passed.
    pub fn tick(&mut self, now: Moment, keys: &mut dyn KeySource) -> Vec<Order> {
        self.work(now, keys)
    }

    /// When [`tick`](Self::tick) is next of use, by [`Moment::since_start`].
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        match self.phase {
            Phase::Sending { until, .. } => Some(until),
            Phase::Holding { use_at } => Some(use_at),
            Phase::Idle => self.not_before.or_else(|| {
                let retries = self.lacking.values().filter_map(|lack| lack.retry_at);
                retries.min()
            }),
        }
    }

    /// Since when this member is without the current key, as far as is known.
    #[must_use]
    pub fn lacked_since(&self, peer: &PeerDevice) -> Option<Moment> {
        self.lacking.get(peer).map(|lack| lack.since)
    }

    /// The key in use, once more: for a `mediad` that was restarted.
    #[must_use]
    pub fn current_key(&self) -> Order {
        let (index, key) = self.in_use.clone();
        Order::Use { index, key }
    }

    fn work(&mut self, now: Moment, keys: &mut dyn KeySource) -> Vec<Order> {
        if matches!(self.phase, Phase::Sending { until, .. } if now.since_start >= until) {
            let all = self.sending_to.clone();
            self.finish_round(now, &all);
        }
        let mut orders = Vec::new();
        if matches!(self.phase, Phase::Holding { use_at } if now.since_start >= use_at) {
            self.phase = Phase::Idle;
            orders.push(self.use_newest());
        }
        if self.phase == Phase::Idle && self.not_before.is_none_or(|at| now.since_start >= at) {
            self.not_before = None;
            orders.extend(self.begin_round(now, keys));
        }
        orders
    }

    fn use_newest(&mut self) -> Order {
        self.in_use = (self.index, self.key.clone());
        self.current_key()
    }

    fn finish_round(&mut self, now: Moment, failed: &[PeerDevice]) {
        let Phase::Sending { new_key, .. } = self.phase else {
            return;
        };
        for peer in std::mem::take(&mut self.sending_to) {
            if !failed.contains(&peer) {
                self.lacking.remove(&peer);
            } else if self.members.contains_key(&peer) {
                let lack = self.lacking.entry(peer).or_insert(Lack::begin(now));
                let wait = FIRST_RETRY.saturating_mul(1 << lack.failures.min(5));
                lack.failures = lack.failures.saturating_add(1);
                lack.retry_at = Some(now.since_start.saturating_add(wait.min(LONGEST_RETRY)));
            }
        }
        self.phase = if new_key {
            let use_at = now.since_start.saturating_add(USE_DELAY);
            Phase::Holding { use_at }
        } else {
            Phase::Idle
        };
    }

    fn begin_round(&mut self, now: Moment, keys: &mut dyn KeySource) -> Vec<Order> {
        let members = &self.members;
        // A device that joined anew may have forgotten the key: not "shared", but not "left".
        self.shared
            .retain(|peer, join| members.get(peer).is_none_or(|created| created == join));
        let somebody_left = self.shared.keys().any(|peer| !members.contains_key(peer));
        let newcomers: Vec<PeerDevice> = members
            .keys()
            .filter(|peer| !self.shared.contains_key(*peer))
            .cloned()
            .collect();
        let old = now.since_start.saturating_sub(self.made_at) >= GRACE;
        if somebody_left || (old && !newcomers.is_empty()) {
            return self.rotate(now, keys);
        }
        if !newcomers.is_empty() {
            return self.send(now, newcomers, false);
        }
        let due: Vec<PeerDevice> = self
            .lacking
            .iter()
            .filter(|(_, lack)| lack.retry_at.is_some_and(|at| at <= now.since_start))
            .map(|(peer, _)| peer.clone())
            .collect();
        if due.is_empty() {
            Vec::new()
        } else {
            self.send(now, due, false)
        }
    }

    fn rotate(&mut self, now: Moment, keys: &mut dyn KeySource) -> Vec<Order> {
        self.index = self.index.wrapping_add(1);
        self.key = keys.fresh_key();
        self.made_at = now.since_start;
        self.shared.clear();
        let everybody: Vec<PeerDevice> = self.members.keys().cloned().collect();
        if everybody.is_empty() {
            // Nobody has to learn it first.
            return vec![self.use_newest()];
        }
        self.send(now, everybody, true)
    }

    fn send(&mut self, now: Moment, to: Vec<PeerDevice>, new_key: bool) -> Vec<Order> {
        for peer in &to {
            if let Some(created) = self.members.get(peer) {
                self.shared.insert(peer.clone(), *created);
            }
            let lack = self.lacking.entry(peer.clone()).or_insert(Lack::begin(now));
            lack.retry_at = None;
        }
        self.round = self.round.wrapping_add(1);
        self.sending_to.clone_from(&to);
        let until = now.since_start.saturating_add(ROUND_LIMIT);
        self.phase = Phase::Sending { until, new_key };
        vec![Order::Distribute {
            round: self.round,
            index: self.index,
            key: self.key.clone(),
            to,
        }]
    }
}

#[cfg(test)]
mod tests;
