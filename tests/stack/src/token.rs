//! LiveKit's access tokens: JSON Web Tokens signed with HMAC-SHA-256 (RFC 7515, HS256).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{Error, Result};

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
/// How far the clocks of issuer and reader may be apart, seconds.
const LEEWAY: u64 = 60;

/// The API key of an SFU: a name and the secret that signs tokens.
#[derive(Clone)]
pub(crate) struct ApiKey {
    pub name: String,
    pub secret: String,
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKey")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// What the holder of a token made by [`crate::Site::mint_token`] may do. The default is
/// what the authorization service grants everybody.
#[derive(Debug, Clone)]
pub struct Grants {
    pub can_publish: bool,
    pub can_subscribe: bool,
    /// How long the token is good for, from when it was made.
    pub lifetime: Duration,
    /// How long ago it was made. LiveKit takes a token until a minute after its end.
    pub age: Duration,
}

impl Default for Grants {
    fn default() -> Self {
        Self {
            can_publish: true,
            can_subscribe: true,
            lifetime: Duration::from_secs(3600),
            age: Duration::ZERO,
        }
    }
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the token is not a JSON Web Token signed with HS256")]
    Malformed,
    #[error("the token is signed with another key")]
    Signature,
    #[error("the token names another issuer")]
    Issuer,
    #[error("the token is not valid now")]
    Time,
}

impl ApiKey {
    pub(crate) fn random() -> Result<Self> {
        Ok(Self {
            name: "devkey".to_owned(),
            secret: random_text(32)?,
        })
    }

    /// A token that lets `identity` into `room` on the SFU.
    pub(crate) fn join(&self, room: &str, identity: &str, grants: &Grants) -> String {
        let made = unix_now().saturating_sub(grants.age.as_secs());
        self.sign(&json!({
            "iss": self.name,
            "sub": identity,
            "nbf": made,
            "exp": made + grants.lifetime.as_secs(),
            "video": {
                "roomJoin": true,
                "roomCreate": false,
                "canPublish": grants.can_publish,
                "canSubscribe": grants.can_subscribe,
                "canUpdateOwnMetadata": true,
                "room": room,
            },
        }))
    }

    /// A token for the SFU's own API (create, list, remove, mute).
    pub(crate) fn admin(&self, room: &str) -> String {
        self.sign(&json!({
            "iss": self.name,
            "exp": unix_now() + 60,
            "video": {"roomAdmin": true, "roomCreate": true, "roomList": true, "room": room},
        }))
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        let head = URL_SAFE_NO_PAD.encode(HEADER);
        let body = URL_SAFE_NO_PAD.encode(claims.to_string());
        let signature = self.mac(&format!("{head}.{body}")).finalize().into_bytes();
        format!("{head}.{body}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The claims of a token, if this key signed it and it is valid now.
    pub(crate) fn verify(&self, token: &str) -> Result<Value, Refusal> {
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (head, body) = signed.split_once('.').ok_or(Refusal::Malformed)?;
        if decode(head)?.get("alg").and_then(Value::as_str) != Some("HS256") {
            return Err(Refusal::Malformed);
        }
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| Refusal::Malformed)?;
        self.mac(signed)
            .verify_slice(&signature)
            .map_err(|_| Refusal::Signature)?;
        let claims = decode(body)?;
        if claims.get("iss").and_then(Value::as_str) != Some(&self.name) {
            return Err(Refusal::Issuer);
        }
        let time = |name| claims.get(name).and_then(Value::as_u64);
        let now = unix_now();
        let expired = time("exp").is_none_or(|exp| exp + LEEWAY < now);
        let early = time("nbf").is_some_and(|nbf| nbf > now + LEEWAY);
        if expired || early {
            Err(Refusal::Time)
        } else {
            Ok(claims)
        }
    }

    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        #[allow(
            clippy::expect_used,
            reason = "HMAC takes keys of any length (RFC 2104)"
        )]
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes())
            .expect("any key length is valid");
        mac.update(signed.as_bytes());
        mac
    }
}

fn decode(part: &str) -> Result<Value, Refusal> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| Refusal::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Refusal::Malformed)
}

/// Seconds since 1970.
pub(crate) fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| d.as_secs())
}

/// Random hexadecimal text of `bytes` random bytes.
pub(crate) fn random_text(bytes: usize) -> Result<String> {
    let mut buffer = vec![0u8; bytes];
    getrandom::fill(&mut buffer).map_err(Error::Random)?;
    Ok(buffer.iter().map(|b| format!("{b:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: &str) -> ApiKey {
        ApiKey {
            name: "k".to_owned(),
            secret: secret.to_owned(),
        }
    }

    #[test]
    fn a_token_is_read_back_by_the_key_that_made_it_only() {
        let token = key("one").join("room", "me", &Grants::default());
        let claims = key("one").verify(&token).unwrap();
        assert_eq!(claims["video"]["room"], "room");
        assert_eq!(claims["sub"], "me");
        assert_eq!(key("two").verify(&token), Err(Refusal::Signature));
    }

    #[test]
    fn an_expired_token_is_refused() {
        let old = json!({"iss": "k", "exp": 1000});
        assert_eq!(key("s").verify(&key("s").sign(&old)), Err(Refusal::Time));
    }

    #[test]
    fn a_token_without_signature_is_refused() {
        let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let body = URL_SAFE_NO_PAD.encode(r#"{"iss":"k","exp":99999999999}"#);
        assert_eq!(
            key("s").verify(&format!("{head}.{body}.")),
            Err(Refusal::Malformed)
        );
    }

    #[test]
    fn the_published_vector_of_hs256_holds() {
        // RFC 7515, appendix A.1, has a binary key; this is the widespread jwt.io one.
        let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let mac = key("your-256-bit-secret")
            .mac(signed)
            .finalize()
            .into_bytes();
        assert_eq!(URL_SAFE_NO_PAD.encode(mac), signature);
    }
}
