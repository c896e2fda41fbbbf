//! Names on the SFU, derived from Matrix names: unpadded base64 of the SHA-256 of a compact
//! JSON array (MSC4195).

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};

/// The slot of the one call that a room has.
pub(crate) const ROOM_SLOT: &str = "m.call#ROOM";

/// The SFU's name of the call in a Matrix room.
#[must_use]
pub fn sfu_room_name(room_id: &str) -> String {
    slot_name(room_id, ROOM_SLOT)
}

pub(crate) fn slot_name(room_id: &str, slot_id: &str) -> String {
    hashed(&[room_id, slot_id])
}

/// The SFU's name of a member that came by `/sfu/get`: `@user:server:DEVICE`.
#[must_use]
pub fn plain_identity(user_id: &str, device_id: &str) -> String {
    format!("{user_id}:{device_id}")
}

/// The SFU's name of a member that came by `/get_token`.
#[must_use]
pub fn hashed_identity(user_id: &str, device_id: &str, member_id: &str) -> String {
    hashed(&[user_id, device_id, member_id])
}

fn hashed(parts: &[&str]) -> String {
    let json = serde_json::Value::from(parts.to_vec()).to_string();
    STANDARD_NO_PAD.encode(Sha256::digest(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_published_vectors() {
        assert_eq!(
            slot_name("!roomid:example.com", "slot1234"),
            "O8437W3+jmzMVjoIP3tNwbm+XxHQk2iKpOA7aqw3qSc"
        );
        assert_eq!(
            hashed_identity("@alice:example.com", "DEVICE123", "memberABC"),
            "J+T45tGruxc+HrUOqJJlyQSV33m728Cme4+vt8/SWrU"
        );
        assert_eq!(
            sfu_room_name("!room:example.org"),
            "TK4o8wNCXi5t5936bOvIzE/X3XFc7cgp3jGRDqK0j5E"
        );
        assert_eq!(
            hashed_identity(
                "@alice:example.org",
                "DEVICE1",
                "6e3a1a0e-0000-4000-8000-000000000001"
            ),
            "QtJJ89EVTh+v0D/CBX4ZM2o/883/GX7tfCkaFxfXsEI"
        );
    }
}
