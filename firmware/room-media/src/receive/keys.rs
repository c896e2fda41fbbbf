//! Keys of all participants, shared by all connections.
//!
//! Invariant: a key that is forgotten is wiped also for tracks that still run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use room_frames::KeyRing;
use room_messages::{Identity, MAX_ROSTER, MediaKey};

/// The ring of one participant, shared by their tracks.
pub(super) type SharedRing = Arc<Mutex<KeyRing>>;

/// A handle; clones share the keys.
#[derive(Clone, Debug, Default)]
pub struct KeyStore {
    rings: Arc<Mutex<BTreeMap<Identity, SharedRing>>>,
}

impl KeyStore {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a participant's key, replacing one at the same index and clearing its failures.
    /// Beyond twice the longest roster, keys of newcomers are not kept.
    pub fn set(&self, identity: &Identity, index: u8, key: &MediaKey) {
        if let Some(ring) = self.ring(identity) {
            lock(&ring).set(index, key.expose());
        } else {
            tracing::warn!("too many participants have sent keys");
        }
    }

    /// Wipes a participant's keys.
    pub fn forget(&self, identity: &Identity) {
        self.retain(|other| other != identity);
    }

    /// Wipes the keys of all participants `keep` says no to.
    pub fn retain(&self, keep: impl Fn(&Identity) -> bool) {
        lock(&self.rings).retain(|identity, ring| {
            let keep = keep(identity);
            if !keep {
                lock(ring).clear();
            }
            // A running track must find the keys its sender may send later.
            keep || Arc::strong_count(ring) > 1
        });
    }

    /// Wipes every key.
    pub fn clear(&self) {
        self.retain(|_| false);
    }

    /// The ring of a participant, empty when they have sent no key; `None` when there are
    /// too many.
    pub(super) fn ring(&self, identity: &Identity) -> Option<SharedRing> {
        let mut rings = lock(&self.rings);
        if !rings.contains_key(identity) && rings.len() >= 2 * MAX_ROSTER {
            return None;
        }
        Some(Arc::clone(rings.entry(identity.clone()).or_default()))
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forgotten_key_is_gone_for_running_tracks_too() {
        let keys = KeyStore::new();
        let id = Identity("a".into());
        let key = MediaKey::new(vec![1; 16]).unwrap();
        keys.set(&id, 5, &key);
        let running = keys.ring(&id).unwrap();
        assert!(lock(&running).has(5));
        keys.forget(&id);
        assert!(lock(&running).is_empty());
        assert!(lock(&keys.ring(&id).unwrap()).is_empty());
        keys.set(&id, 6, &key);
        assert!(lock(&running).has(6));
    }
}
