//! Values that must never be printed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Raw media key of one participant (before derivation), 16 to 32 bytes.
///
/// Element Call sends 16 bytes; MSC4143 recommends 32.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct MediaKey(Vec<u8>);

/// A media key of a length nobody uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a media key has 16 to 32 bytes, this one has {0}")]
pub struct KeyLengthError(pub usize);

impl MediaKey {
    /// # Errors
    /// When `bytes` is shorter than 16 or longer than 32.
    pub fn new(mut bytes: Vec<u8>) -> Result<Self, KeyLengthError> {
        if (16..=32).contains(&bytes.len()) {
            return Ok(Self(bytes));
        }
        let length = bytes.len();
        bytes.zeroize();
        Err(KeyLengthError(length))
    }

    /// The key itself. Do not copy it anywhere that outlives the call.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for MediaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MediaKey(…)")
    }
}

impl Serialize for MediaKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = STANDARD.encode(&self.0);
        let done = serializer.serialize_str(&text);
        text.zeroize();
        done
    }
}

impl<'de> Deserialize<'de> for MediaKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(&text);
        text.zeroize();
        // The cause is not repeated: it could quote a part of the key.
        let bytes = bytes.map_err(|_| de::Error::custom("a media key is not base64"))?;
        Self::new(bytes).map_err(de::Error::custom)
    }
}

/// A bearer token: LiveKit JWT or Matrix access token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The token itself, for the one request that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_neither_key_nor_token() {
        let key = MediaKey::new(vec![7; 16]).unwrap();
        assert_eq!(format!("{key:?}"), "MediaKey(…)");
        assert_eq!(format!("{:?}", Token::new("abc".into())), "Token(…)");
    }

    #[test]
    fn a_key_survives_the_wire_and_a_bad_one_is_refused_without_quoting_it() {
        let key = MediaKey::new((0..16).collect()).unwrap();
        let text = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<MediaKey>(&text).unwrap(), key);
        let error = serde_json::from_str::<MediaKey>("\"c2hvcnQ=\"").unwrap_err();
        assert!(error.to_string().contains("16 to 32"));
        let error = serde_json::from_str::<MediaKey>("\"s3cret!\"").unwrap_err();
        assert!(!error.to_string().contains("s3cret"));
    }
}
