//! Call keys as they arrive: Olm-encrypted to-device messages of Element Call's type.
//!
//! Invariant: a key that did not come through Olm is dropped and counted, never passed on; one
//! whose device is not known yet goes another way (see `late`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use matrix_sdk::Client;
use matrix_sdk::deserialized_responses::{AlgorithmInfo, EncryptionInfo};
use matrix_sdk::ruma::events::AnyToDeviceEvent;
use matrix_sdk::ruma::serde::Raw;
use room_core::rtc::key_message::Envelope;
use tokio::sync::mpsc;

use crate::fact::{MatrixFact, ReceivedKey};
use crate::late::Late;

/// Passes keys on from now on; `rejected` counts those that came in the clear.
pub fn listen(
    client: &Client,
    facts: mpsc::Sender<MatrixFact>,
    late: mpsc::Sender<Late>,
    rejected: Arc<AtomicU64>,
) {
    client.add_event_handler(
        move |raw: Raw<AnyToDeviceEvent>, encryption: Option<EncryptionInfo>| {
            let (facts, late) = (facts.clone(), late.clone());
            let rejected = Arc::clone(&rejected);
            async move {
                match read(raw.json().get(), encryption.as_ref()) {
                    Read::Key(key) => {
                        // Nobody listens any more: the session is about to end.
                        let _ = facts.send(MatrixFact::Key(key)).await;
                    }
                    // The sync waits for this handler, so it must not wait for a request.
                    Read::Late(key) => {
                        if late.try_send(key).is_err() {
                            tracing::warn!("a call key of an unknown device was dropped");
                        }
                    }
                    Read::InTheClear => {
                        rejected.fetch_add(1, Ordering::Relaxed);
                        tracing::warn!("a call key that was not encrypted was dropped");
                    }
                    Read::Other => {}
                }
            }
        },
    );
}

enum Read {
    Key(ReceivedKey),
    Late(Late),
    InTheClear,
    Other,
}

fn read(message: &str, encryption: Option<&EncryptionInfo>) -> Read {
    let Some(message) = Envelope::read(message) else {
        return Read::Other;
    };
    let Some(encryption) = encryption.filter(|info| info.sender.as_str() == message.sender) else {
        return Read::InTheClear;
    };
    let ed25519 = message.claimed_ed25519().to_owned();
    let key = ReceivedKey {
        sender: message.sender,
        sender_device: encryption.sender_device.as_ref().map(ToString::to_string),
        content: message.content,
        received_ms: crate::now_ms(),
    };
    if key.sender_device.is_some() {
        return Read::Key(key);
    }
    match olm_key(encryption) {
        Some(curve25519) => Read::Late(Late {
            key,
            curve25519,
            ed25519,
        }),
        None => Read::InTheClear,
    }
}

/// The Curve25519 key of the Olm session.
fn olm_key(encryption: &EncryptionInfo) -> Option<String> {
    match &encryption.algorithm_info {
        AlgorithmInfo::OlmV1Curve25519AesSha2 {
            curve25519_public_key_base64: key,
        } => Some(key.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use matrix_sdk::deserialized_responses::VerificationState;
    use room_core::rtc::key_message::KIND;
    use serde_json::json;

    use super::*;

    fn info(sender: &str) -> EncryptionInfo {
        EncryptionInfo {
            sender: sender.try_into().unwrap(),
            sender_device: Some("D".into()),
            forwarder: None,
            algorithm_info: AlgorithmInfo::OlmV1Curve25519AesSha2 {
                curve25519_public_key_base64: String::new(),
            },
            verification_state: VerificationState::Verified,
        }
    }

    fn message(kind: &str) -> String {
        json!({"type": kind, "sender": "@a:h", "content": {"keys": {"index": 0, "key": "AA=="}}})
            .to_string()
    }

    #[test]
    fn an_encrypted_key_is_passed_on_with_the_device_olm_knows() {
        let Read::Key(key) = read(&message(KIND), Some(&info("@a:h"))) else {
            panic!("not read");
        };
        assert_eq!(
            (key.sender.as_str(), key.sender_device.as_deref()),
            ("@a:h", Some("D"))
        );
        assert_eq!(format!("{key:?}"), "ReceivedKey(…)");
    }

    #[test]
    fn a_key_of_an_unknown_device_waits_with_the_identity_keys_it_came_with() {
        let message = json!({
            "type": KIND, "sender": "@a:h", "keys": {"ed25519": "signing"},
            "content": {"keys": {"index": 0, "key": "AA=="}},
        });
        let unknown = EncryptionInfo {
            sender_device: None,
            algorithm_info: AlgorithmInfo::OlmV1Curve25519AesSha2 {
                curve25519_public_key_base64: "olm".into(),
            },
            ..info("@a:h")
        };
        let Read::Late(late) = read(&message.to_string(), Some(&unknown)) else {
            panic!("not read");
        };
        let keys = (late.curve25519.as_str(), late.ed25519.as_str());
        assert_eq!(keys, ("olm", "signing"));
        assert_eq!(late.key.sender_device, None);
    }

    #[test]
    fn a_key_in_the_clear_or_of_another_sender_is_rejected() {
        assert!(matches!(read(&message(KIND), None), Read::InTheClear));
        assert!(matches!(
            read(&message(KIND), Some(&info("@b:h"))),
            Read::InTheClear
        ));
    }

    #[test]
    fn other_messages_are_left_alone() {
        assert!(matches!(read(&message("m.dummy"), None), Read::Other));
    }
}
