//! Names on the SFU, derived from Matrix identifiers (lk-jwt-service, MSC4195).
//!
//! Text hashed = compact JSON array as JavaScript writes it. The authorization service is
//! written in Go, whose encoder writes `<`, `>`, `&`, U+2028 and U+2029 as `\u003c` and so on;
//! for identifiers with such characters its names differ from everybody's. Element Call does
//! not match them either; Salle's own identifiers have none ([`hashes_alike`]).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use room_messages::Identity;
use sha2::{Digest as _, Sha256};

/// LiveKit room name of a slot of a Matrix room. Both token endpoints give the same one.
#[must_use]
pub fn sfu_room(room_id: &str, slot_id: &str) -> String {
    hash(&[room_id, slot_id])
}

/// LiveKit identity of a member who writes state events (`/sfu/get`).
#[must_use]
pub fn plain_identity(user: &str, device: &str) -> Identity {
    Identity(format!("{user}:{device}"))
}

/// LiveKit identity of a member who writes sticky events (`/get_token`).
#[must_use]
pub fn hashed_identity(user: &str, device: &str, member_id: &str) -> Identity {
    Identity(hash(&[user, device, member_id]))
}

/// Whether Go and JavaScript hash an identifier alike.
#[must_use]
pub fn hashes_alike(id: &str) -> bool {
    !id.contains(['<', '>', '&', '\u{2028}', '\u{2029}'])
}

fn hash(parts: &[&str]) -> String {
    let text = serde_json::Value::from(parts.to_vec()).to_string();
    STANDARD_NO_PAD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_published_vectors() {
        let rooms = [
            (
                "!room:example.org",
                "m.call#ROOM",
                "TK4o8wNCXi5t5936bOvIzE/X3XFc7cgp3jGRDqK0j5E",
            ),
            (
                "!roomid:example.com",
                "slot1234",
                "O8437W3+jmzMVjoIP3tNwbm+XxHQk2iKpOA7aqw3qSc",
            ),
        ];
        for (room, slot, name) in rooms {
            assert_eq!(sfu_room(room, slot), name);
        }
        let members = [
            (
                (
                    "@alice:example.org",
                    "DEVICE1",
                    "6e3a1a0e-0000-4000-8000-000000000001",
                ),
                "QtJJ89EVTh+v0D/CBX4ZM2o/883/GX7tfCkaFxfXsEI",
            ),
            (
                ("@alice:example.com", "DEVICE123", "memberABC"),
                "J+T45tGruxc+HrUOqJJlyQSV33m728Cme4+vt8/SWrU",
            ),
        ];
        for ((user, device, member), identity) in members {
            assert_eq!(hashed_identity(user, device, member).0, identity);
        }
        assert_eq!(plain_identity("@a:x", "D").0, "@a:x:D");
    }

    #[test]
    fn characters_go_escapes_are_known() {
        assert!(hashes_alike("@alice:example.org"));
        assert!(!hashes_alike("a<b"));
    }
}
