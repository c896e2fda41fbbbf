//! Matrix rooms that are made for a call.

use serde_json::{Value, json};

use super::membership::{state, sticky};

/// Body of `createRoom` for a meeting that begins now. Whoever has its link may knock (MSC2403),
/// and the room's policy answers.
#[must_use]
pub fn meeting(name: &str) -> Value {
    let knock = json!({
        "type": "m.room.join_rules", "state_key": "", "content": {"join_rule": "knock"},
    });
    json!({
        "preset": "private_chat",
        "visibility": "private",
        "name": name,
        "initial_state": [encryption(), knock],
        "power_level_content_override": levels(),
    })
}

/// Body of `createRoom` for a call between this account and `user`.
#[must_use]
pub fn direct(user: &str) -> Value {
    json!({
        "preset": "trusted_private_chat",
        "visibility": "private",
        "is_direct": true,
        "invite": [user],
        "initial_state": [encryption()],
        "power_level_content_override": levels(),
    })
}

fn encryption() -> Value {
    json!({
        "type": "m.room.encryption",
        "state_key": "",
        "content": {"algorithm": "m.megolm.v1.aes-sha2"},
    })
}

/// Everybody may be in its calls; the other levels are the specification's own, since an override
/// replaces `events` as a whole.
fn levels() -> Value {
    json!({"events": {
        state::KIND: 0,
        sticky::KIND: 0,
        "m.room.name": 50,
        "m.room.avatar": 50,
        "m.room.canonical_alias": 50,
        "m.room.history_visibility": 100,
        "m.room.power_levels": 100,
        "m.room.tombstone": 100,
        "m.room.server_acl": 100,
        "m.room.encryption": 100,
    }})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtc::Mode;
    use crate::rtc::power::{Action, Rules};

    #[test]
    fn everybody_may_be_in_the_calls_of_a_room_that_is_made_and_its_media_are_encrypted() {
        let anna = "@anna:example.org";
        for body in [meeting("Meeting"), direct(anna)] {
            let levels = &body["power_level_content_override"];
            let rules = Rules::new(None, Some(levels), true);
            assert!(rules.may(anna, Action::Join(Mode::Compatibility)));
            assert!(rules.may(anna, Action::Join(Mode::Matrix20)));
            assert_eq!(body["initial_state"][0]["type"], "m.room.encryption");
        }
        assert_eq!(direct(anna)["invite"][0], anna);
    }
}
