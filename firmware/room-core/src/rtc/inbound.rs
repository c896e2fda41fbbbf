//! Media keys of the others: checked, kept, and matched to LiveKit identities.
//!
//! Keys are matched to members by sender and device, never by the member id in the message
//! (older clients send a random one). A key may come before the membership it belongs to, and a
//! membership may vanish and come back without a new key; so keys without a member are parked.
//!
//! Invariant: a key counts only for the device whose Olm session carried it; what strangers
//! can make the room keep is bounded by number and by age.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use room_messages::{Identity, MediaKey};
use serde_json::Value;

use super::PeerDevice;
use super::key_message::{self, KeyMessage, KeyMessageError};
use super::session::Member;
use crate::Moment;

/// How long a key without a member is kept.
pub const PARKED_FOR: Duration = Duration::from_secs(300);
/// Most devices of one user whose keys are parked.
pub const MAX_PARKED_DEVICES_PER_USER: usize = 10;
/// Most keys parked for one device that has never been a member here.
pub const MAX_PARKED_KEYS_PER_DEVICE: usize = 8;
/// Most devices whose keys are parked.
pub const MAX_PARKED_DEVICES: usize = 1000;

/// Decrypt frames of this identity and index with this key. Replaces a key at the same index
/// and clears its failures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Install {
    pub identity: Identity,
    pub index: u8,
    pub key: MediaKey,
}

/// Why a key message does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    #[error("the key message is malformed")]
    Malformed(#[source] KeyMessageError),
    #[error("the key is for another room")]
    OtherRoom,
    #[error("the key was not sent encrypted")]
    NotEncrypted,
    #[error("the key claims to be from another device than the one that sent it")]
    OtherDevice,
    #[error("too many keys of this user wait for a membership")]
    TooManyParked,
}

#[derive(Clone, Debug, Default)]
struct Ring {
    /// 256 slots at most; a later key takes the place of an earlier one.
    keys: BTreeMap<u8, MediaKey>,
    /// Identities of the device's present memberships.
    identities: BTreeSet<Identity>,
    /// Since when there is no membership.
    parked_at: Option<Duration>,
}

/// Keys received for one call.
#[derive(Clone, Debug)]
pub struct Inbound {
    room_id: String,
    rings: BTreeMap<PeerDevice, Ring>,
}

impl Inbound {
    #[must_use]
    pub fn new(room_id: String) -> Self {
        Self {
            room_id,
            rings: BTreeMap::new(),
        }
    }

    /// A key message arrived. `olm_device` is the device whose Olm session carried it; `None`
    /// when it was not encrypted.
    ///
    /// # Errors
    /// When it does not count; it is then forgotten.
    pub fn received(
        &mut self,
        now: Moment,
        sender: &str,
        olm_device: Option<&str>,
        content: &Value,
    ) -> Result<Vec<Install>, KeyRefused> {
        let message = key_message::parse(content).map_err(KeyRefused::Malformed)?;
        if message.room_id != self.room_id {
            return Err(KeyRefused::OtherRoom);
        }
        let device = olm_device.ok_or(KeyRefused::NotEncrypted)?;
        if device != message.claimed_device {
            return Err(KeyRefused::OtherDevice);
        }
        self.expire(now);
        self.keep(now, PeerDevice::new(sender, device), message)
    }

    /// The members of the call now, the room's own device left out.
    pub fn members_changed(&mut self, now: Moment, members: &[Member]) -> Vec<Install> {
        let mut present: BTreeMap<PeerDevice, BTreeSet<Identity>> = BTreeMap::new();
        for member in members {
            let identities = present.entry(member.peer()).or_default();
            identities.insert(member.identity.clone());
        }
        for (peer, ring) in &mut self.rings {
            if !present.contains_key(peer) {
                ring.identities.clear();
                ring.parked_at.get_or_insert(now.since_start);
            }
        }
        let mut installs = Vec::new();
        for (peer, identities) in present {
            let ring = self.rings.entry(peer).or_default();
            ring.parked_at = None;
            for identity in identities.difference(&ring.identities) {
                installs.extend(ring.all_for(identity));
            }
            ring.identities = identities;
        }
        self.expire(now);
        self.bound();
        installs
    }

    /// Every key of every member, once more: for a `mediad` that was restarted.
    #[must_use]
    pub fn all(&self) -> Vec<Install> {
        let rings = self.rings.values();
        rings
            .flat_map(|ring| {
                ring.identities
                    .iter()
                    .flat_map(|identity| ring.all_for(identity))
            })
            .collect()
    }

    /// Whether any key of this device was received.
    #[must_use]
    pub fn has_key(&self, peer: &PeerDevice) -> bool {
        self.rings
            .get(peer)
            .is_some_and(|ring| !ring.keys.is_empty())
    }

    fn keep(
        &mut self,
        now: Moment,
        peer: PeerDevice,
        message: KeyMessage,
    ) -> Result<Vec<Install>, KeyRefused> {
        let KeyMessage { index, key, .. } = message;
        if !self.rings.contains_key(&peer)
            && self.parked_devices_of(&peer.user) >= MAX_PARKED_DEVICES_PER_USER
        {
            return Err(KeyRefused::TooManyParked);
        }
        let ring = self.rings.entry(peer).or_insert_with(|| Ring {
            parked_at: Some(now.since_start),
            ..Ring::default()
        });
        let full = ring.keys.len() >= MAX_PARKED_KEYS_PER_DEVICE && !ring.keys.contains_key(&index);
        if ring.parked_at.is_some() && full {
            return Err(KeyRefused::TooManyParked);
        }
        ring.keys.insert(index, key.clone());
        let install = |identity: &Identity| Install {
            identity: identity.clone(),
            index,
            key: key.clone(),
        };
        let installs = ring.identities.iter().map(install).collect();
        self.bound();
        Ok(installs)
    }

    fn parked_devices_of(&self, user: &str) -> usize {
        let parked =
            |(peer, ring): &(&PeerDevice, &Ring)| peer.user == user && ring.parked_at.is_some();
        self.rings.iter().filter(parked).count()
    }

    fn expire(&mut self, now: Moment) {
        self.rings.retain(|_, ring| {
            ring.parked_at
                .is_none_or(|since| now.since_start.saturating_sub(since) < PARKED_FOR)
        });
    }

    /// Lets the longest parked go when there are too many.
    fn bound(&mut self) {
        let mut parked: Vec<(Duration, PeerDevice)> = self
            .rings
            .iter()
            .filter_map(|(peer, ring)| Some((ring.parked_at?, peer.clone())))
            .collect();
        if parked.len() <= MAX_PARKED_DEVICES {
            return;
        }
        parked.sort();
        let excess = parked.len() - MAX_PARKED_DEVICES;
        for (_, peer) in parked.into_iter().take(excess) {
            self.rings.remove(&peer);
        }
    }
}

impl Ring {
    fn all_for(&self, identity: &Identity) -> impl Iterator<Item = Install> {
        self.keys.iter().map(|(index, key)| Install {
            identity: identity.clone(),
            index: *index,
            key: key.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
