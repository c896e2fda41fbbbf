//! Who of the members is really connected, by what the SFUs say.
//!
//! A client that crashed without a delayed leave stays a member until its membership expires; it
//! is marked once its SFU has not shown it for [`ABSENT_AFTER`]. The other way round, a
//! membership may expire by a mistake of its sender, who sends it anew seconds later: who is
//! still connected then is kept for [`KEPT_FOR`].
//!
//! Invariant: nobody is judged by an SFU that is not connected or has not said who is there; who
//! is not in the Matrix room any more is never kept.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use room_messages::{Fact, Identity, SfuId, SfuState};

use crate::Moment;
use crate::rtc::session::{MAX_MEMBERS, Member};

/// From when membership and SFU are both there.
pub const ABSENT_AFTER: Duration = Duration::from_secs(60);
/// From when the membership is gone.
pub const KEPT_FOR: Duration = Duration::from_secs(10);
/// Most identities remembered of one SFU: the members, and as many strangers.
const MAX_LISTED: usize = 2 * MAX_MEMBERS;

/// Where a member's media comes from.
pub type Seat = (SfuId, Identity);

#[derive(Debug)]
struct Missing {
    since: Duration,
    marked: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Presence {
    up: BTreeSet<SfuId>,
    listed: BTreeMap<SfuId, BTreeSet<Identity>>,
    missing: BTreeMap<Seat, Missing>,
    /// Until when a member without a membership is kept.
    kept: BTreeMap<Seat, Duration>,
}

impl Presence {
    /// What `mediad` says of its SFUs. After a reconnection the list of before holds until there
    /// is a new one.
    pub fn fact(&mut self, fact: &Fact) {
        match fact {
            Fact::Sfu { sfu, state } => match state {
                SfuState::Connected => {
                    self.up.insert(*sfu);
                }
                SfuState::Connecting | SfuState::Reconnecting => {
                    self.up.remove(sfu);
                }
                SfuState::Ended { .. } => {
                    self.up.remove(sfu);
                    self.listed.remove(sfu);
                }
            },
            Fact::Present { sfu, identities } => {
                let listed = identities.iter().take(MAX_LISTED).cloned().collect();
                self.listed.insert(*sfu, listed);
            }
            _ => {}
        }
    }

    /// `mediad` is gone: nothing is known.
    pub fn media_down(&mut self) {
        *self = Self::default();
    }

    /// The members with those who are kept: of `before`, whose membership is gone, who are still
    /// `joined` to the Matrix room and connected.
    pub fn with_kept(
        &mut self,
        now: Moment,
        mut members: Vec<Member>,
        before: &[Member],
        joined: &BTreeSet<String>,
        seat: impl Fn(&Member) -> Option<Seat>,
    ) -> Vec<Member> {
        let mut kept = BTreeMap::new();
        for old in before {
            let gone = !members.iter().any(|member| member.peer() == old.peer());
            let Some(place) = seat(old).filter(|_| gone && joined.contains(&old.user)) else {
                continue;
            };
            let limit = now.since_start.saturating_add(KEPT_FOR);
            let until = self.kept.get(&place).copied().unwrap_or(limit);
            if now.since_start < until && self.lists(&place) && members.len() < MAX_MEMBERS {
                kept.insert(place, until);
                members.push(old.clone());
            }
        }
        self.kept = kept;
        members
    }

    /// Begins to count the absence of those who are missing now, and ends everybody else's.
    pub fn judge(&mut self, now: Moment, seats: impl Iterator<Item = Seat>) {
        let mut before = std::mem::take(&mut self.missing);
        for seat in seats {
            let judged = self.up.contains(&seat.0) && self.listed.contains_key(&seat.0);
            if !judged || self.lists(&seat) {
                continue;
            }
            let missing = before.remove(&seat).unwrap_or(Missing {
                since: now.since_start,
                marked: false,
            });
            self.missing.insert(seat, missing);
        }
    }

    /// Time passed; whether somebody is kept no longer, so that members are to be counted anew.
    pub fn tick(&mut self, now: Moment) -> bool {
        for missing in self.missing.values_mut() {
            missing.marked |= now.since_start >= due(missing);
        }
        self.kept.values().any(|until| now.since_start >= *until)
    }

    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let waiting = self.missing.values().filter(|missing| !missing.marked);
        waiting.map(due).chain(self.kept.values().copied()).min()
    }

    #[must_use]
    pub fn is_absent(&self, seat: &Seat) -> bool {
        self.missing.get(seat).is_some_and(|missing| missing.marked)
    }

    fn lists(&self, (sfu, identity): &Seat) -> bool {
        let listed = self.listed.get(sfu);
        listed.is_some_and(|listed| listed.contains(identity))
    }
}

fn due(missing: &Missing) -> Duration {
    missing.since.saturating_add(ABSENT_AFTER)
}

#[cfg(test)]
mod tests;
