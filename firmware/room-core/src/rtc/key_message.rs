//! The to-device message that carries a media key (`io.element.call.encryption_keys`).
//!
//! Invariant: no key is in any error or `Debug` text. Deliberately absent: the older form as a
//! room event, which no client sends any more.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{DecodePaddingMode, general_purpose};
use room_messages::MediaKey;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroize as _;

use super::PeerDevice;
use super::event::id_at;

pub const KIND: &str = "io.element.call.encryption_keys";
/// Longest key text looked at, in bytes: 32 bytes in base64 are 44.
const MAX_TEXT: usize = 64;

/// Clients differ in padding.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Longest to-device message looked at, in bytes: one that carries a key has about 400.
pub const MAX_MESSAGE: usize = 16 * 1024;

/// A decrypted to-device message that carries a key; whether it came by Olm, and from whom, the
/// session knows.
#[derive(Deserialize)]
pub struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    pub sender: String,
    /// Holds the key in clear.
    pub content: Value,
    #[serde(default)]
    keys: OwnKeys,
}

/// The sender's own identity keys, inside the encryption.
#[derive(Default, Deserialize)]
struct OwnKeys {
    #[serde(default)]
    ed25519: String,
}

impl std::fmt::Debug for Envelope {
    /// The name only: the content is a key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Envelope(…)")
    }
}

impl Envelope {
    /// Reads a to-device message; `None` when it is of another kind, too long, or none at all.
    #[must_use]
    pub fn read(message: &str) -> Option<Self> {
        // Cheap first: every to-device message of the account comes by here.
        if message.len() > MAX_MESSAGE || !message.contains(KIND) {
            return None;
        }
        let envelope: Self = serde_json::from_str(message).ok()?;
        (envelope.kind == KIND).then_some(envelope)
    }

    /// The Ed25519 key the sender claims inside the encryption, unpadded base64; empty when it
    /// claims none.
    #[must_use]
    pub fn claimed_ed25519(&self) -> &str {
        &self.keys.ed25519
    }
}

/// One key as its sender states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyMessage {
    pub room_id: String,
    pub claimed_device: String,
    pub index: u8,
    pub key: MediaKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyMessageError {
    #[error("a key message has no usable `{0}`")]
    Field(&'static str),
    #[error("a key message has a key that is not base64 of 16 to 32 bytes")]
    Key,
}

/// Reads the decrypted content of a key message.
///
/// # Errors
/// When a field is missing or out of bounds.
pub fn parse(content: &Value) -> Result<KeyMessage, KeyMessageError> {
    let room_id = id_at(content, "room_id").ok_or(KeyMessageError::Field("room_id"))?;
    let claimed_device = content
        .get("member")
        .and_then(|member| id_at(member, "claimed_device_id"))
        .ok_or(KeyMessageError::Field("member.claimed_device_id"))?;
    let keys = content.get("keys").ok_or(KeyMessageError::Field("keys"))?;
    let index = keys
        .get("index")
        .and_then(Value::as_u64)
        .and_then(|index| u8::try_from(index).ok())
        .ok_or(KeyMessageError::Field("keys.index"))?;
    let text = keys.get("key").and_then(Value::as_str);
    Ok(KeyMessage {
        room_id,
        claimed_device,
        index,
        key: decode(text.ok_or(KeyMessageError::Field("keys.key"))?)?,
    })
}

fn decode(text: &str) -> Result<MediaKey, KeyMessageError> {
    if text.len() > MAX_TEXT {
        return Err(KeyMessageError::Key);
    }
    let mut standard = text.replace('-', "+").replace('_', "/");
    let bytes = TOLERANT.decode(&standard);
    standard.zeroize();
    let bytes = bytes.map_err(|_| KeyMessageError::Key)?;
    MediaKey::new(bytes).map_err(|_| KeyMessageError::Key)
}

/// Content of an own key message. It holds the key in clear: encrypt it and let it go.
#[must_use]
pub fn content(
    room_id: &str,
    own: &PeerDevice,
    member_id: &str,
    index: u8,
    key: &MediaKey,
    sent_ms: u64,
) -> Value {
    json!({
        "keys": {"index": index, "key": general_purpose::STANDARD.encode(key.expose())},
        "room_id": room_id,
        "member": {"claimed_device_id": own.device, "id": member_id},
        "session": {"application": "m.call", "call_id": "", "scope": "m.room"},
        "sent_ts": sent_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> MediaKey {
        MediaKey::new((240..=255).collect()).unwrap()
    }

    fn message() -> Value {
        content("!r", &PeerDevice::new("@a:x", "D"), "@a:x:D", 7, &key(), 1)
    }

    #[test]
    fn an_own_message_is_what_element_call_reads() {
        let content = message();
        assert_eq!(content["keys"]["key"], "8PHy8/T19vf4+fr7/P3+/w==");
        let read = parse(&content).unwrap();
        assert_eq!((read.index, read.key), (7, key()));
        assert_eq!(
            (read.room_id.as_str(), read.claimed_device.as_str()),
            ("!r", "D")
        );
    }

    #[test]
    fn only_messages_of_this_kind_are_opened() {
        let text = |kind: &str| json!({"type": kind, "sender": "@a:x", "content": {}}).to_string();
        let read = Envelope::read(&text(KIND)).unwrap();
        assert_eq!((read.sender.as_str(), read.claimed_ed25519()), ("@a:x", ""));
        let long = text(&format!("{KIND}{}", "x".repeat(MAX_MESSAGE)));
        for other in [text("m.dummy"), format!("{{\"{KIND}\":"), long] {
            assert!(Envelope::read(&other).is_none());
        }
    }

    #[test]
    fn any_usual_spelling_of_base64_is_read() {
        for text in [
            "8PHy8/T19vf4+fr7/P3+/w",
            "8PHy8_T19vf4-fr7_P3-_w",
            "8PHy8_T19vf4-fr7_P3-_w==",
        ] {
            let mut content = message();
            content["keys"]["key"] = json!(text);
            assert_eq!(parse(&content).unwrap().key, key());
        }
    }

    #[test]
    fn hostile_messages_are_refused_without_quoting_them() {
        let bad = [
            ("/keys/index", json!(256)),
            ("/keys/index", json!(-1)),
            ("/keys/index", json!("0")),
            ("/keys/key", json!("")),
            ("/keys/key", json!("secret!!")),
            ("/keys/key", json!("A".repeat(10_000))),
            (
                "/keys",
                json!([{"index": 0, "key": "8PHy8/T19vf4+fr7/P3+/w=="}]),
            ),
            ("/room_id", json!("x".repeat(300))),
            ("/member/claimed_device_id", json!(null)),
        ];
        for (place, value) in bad {
            let mut content = message();
            *content.pointer_mut(place).unwrap() = value;
            let error = parse(&content).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{place}");
        }
    }
}
