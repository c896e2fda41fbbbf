//! Which of a room's keys a peer is using.

use std::time::Duration;

use salle_peers::{Observation, Peer};

use crate::meet::SOON;

/// Longer than the ten seconds in which a newcomer is given the key there is (MSC4143's grace).
const GRACE: Duration = Duration::from_secs(12);

pub fn key_index(seen: &Observation, user: &str) -> Option<u8> {
    seen.remote(user).and_then(|remote| remote.key_index)
}

pub async fn key_above(peer: &Peer, user: &str, index: Option<u8>) -> Option<u8> {
    let newer = |seen: &Observation| key_index(seen, user) > index;
    let seen = peer
        .wait_until("a newer key of the room", newer, SOON)
        .await;
    key_index(&seen.unwrap(), user)
}

/// The index of a key that is old enough to be changed for a newcomer: those who come back after
/// the homeserver was away may each be answered by a new one.
pub async fn settled_key(peer: &Peer, user: &str) -> Option<u8> {
    loop {
        let index = key_index(&peer.observe().await.unwrap(), user);
        let other = |seen: &Observation| key_index(seen, user) != index;
        if peer.wait_until("another key", other, GRACE).await.is_err() {
            return index;
        }
    }
}
