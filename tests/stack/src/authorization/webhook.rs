//! LiveKit's webhook: its signature, and what it says about a member.
//!
//! The `Authorization` header holds a token signed with the API key; its claim `sha256` is
//! the base64 of the body's SHA-256.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::leave_job::Fact;
use super::leaves::Whose;
use crate::token::ApiKey;

/// Whether the SFU that knows `key` sent this body.
pub(crate) fn is_genuine(key: &ApiKey, authorization: &str, body: &[u8]) -> bool {
    let token = authorization
        .strip_prefix("Bearer ")
        .unwrap_or(authorization);
    let Ok(claims) = key.verify(token) else {
        return false;
    };
    let claimed = claims
        .get("sha256")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let decoded = STANDARD_NO_PAD.decode(claimed.trim_end_matches('='));
    decoded.is_ok_and(|hash| hash == Sha256::digest(body).as_slice())
}

/// What a body reports, if it is about a member at all.
pub(crate) fn report(body: &[u8]) -> Option<(Whose, Fact)> {
    let event: Value = serde_json::from_slice(body).ok()?;
    let fact = match event.get("event")?.as_str()? {
        "participant_joined" => Fact::Present,
        "participant_left" | "participant_connection_aborted" => gone(&event),
        _ => return None,
    };
    let text = |pointer| {
        event
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let whose = Whose {
        room: text("/room/name")?,
        identity: text("/participant/identity")?,
    };
    Some((whose, fact))
}

fn gone(event: &Value) -> Fact {
    let reasons = [
        "/participant/disconnectReason",
        "/participant/disconnect_reason",
    ];
    let reason = reasons.iter().find_map(|p| event.pointer(p)?.as_str());
    if reason == Some("CLIENT_INITIATED") {
        Fact::Left
    } else {
        Fact::Aborted
    }
}

/// The claim that makes a body genuine; for tests of the endpoint.
#[allow(dead_code, reason = "the tests of this crate sign webhooks with it")]
pub(crate) fn body_hash(body: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(body))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key() -> ApiKey {
        ApiKey {
            name: "devkey".into(),
            secret: "secret".into(),
        }
    }

    fn signed(body: &[u8]) -> String {
        key().sign(&json!({"iss": "devkey", "exp": 99_999_999_999_u64, "sha256": body_hash(body)}))
    }

    #[test]
    fn a_body_other_than_the_signed_one_is_not_genuine() {
        let token = signed(b"one");
        assert!(is_genuine(&key(), &token, b"one"));
        assert!(!is_genuine(&key(), &token, b"two"));
        assert!(!is_genuine(&key(), "", b"one"));
    }

    #[test]
    fn a_token_with_another_secret_is_not_genuine() {
        let other = ApiKey {
            name: "devkey".into(),
            secret: "other".into(),
        };
        assert!(!is_genuine(&other, &signed(b"one"), b"one"));
    }

    #[test]
    fn a_member_that_left_and_one_that_was_lost_are_told_apart() {
        let body = |reason: &str| {
            json!({
                "event": "participant_left", "room": {"name": "r"},
                "participant": {"identity": "i", "disconnectReason": reason},
            })
            .to_string()
        };
        let whose = Whose {
            room: "r".into(),
            identity: "i".into(),
        };
        let left = report(body("CLIENT_INITIATED").as_bytes());
        assert_eq!(left, Some((whose.clone(), Fact::Left)));
        let lost = report(body("CONNECTION_TIMEOUT").as_bytes());
        assert_eq!(lost, Some((whose, Fact::Aborted)));
    }

    #[test]
    fn what_is_not_about_a_member_is_no_report() {
        assert_eq!(
            report(br#"{"event": "room_started", "room": {"name": "r"}}"#),
            None
        );
        assert_eq!(report(b"no json"), None);
    }
}
