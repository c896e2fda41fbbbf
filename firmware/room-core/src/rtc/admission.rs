//! The talk with an authorization service (lk-jwt-service): what to ask where, and what its
//! answer means.
//!
//! The service's address comes from room events, so anybody in a call can name one. It gets an
//! OpenID token (which proves who we are, and nothing more), in plain text only where the
//! homeserver itself is reached so, and its answer is bounded.
//! Deliberately absent: the requests themselves.

use std::time::Duration;

use room_messages::Token;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::membership::MAX_URL;
use super::{PeerDevice, ROOM_SLOT};
use crate::homeserver::{errcode, retry_after};
use crate::sfus::{Endpoint, Grant};

/// Longest answer of an authorization service that is read, in bytes: a token has about 500.
pub const MAX_ANSWER: usize = 64 * 1024;

/// OpenID token as the homeserver gives it. The service refuses unknown fields, so these four
/// alone are passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIdToken {
    pub access_token: Token,
    pub token_type: String,
    pub matrix_server_name: String,
    pub expires_in: u64,
}

impl OpenIdToken {
    /// From the answer of `POST …/openid/request_token`; `None` when it lacks a field.
    #[must_use]
    pub fn read(answer: &Value) -> Option<Self> {
        Self::deserialize(answer).ok()
    }
}

/// Body of `POST {service}/sfu/get`. The service refuses unknown fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct SfuGet<'a> {
    room: &'a str,
    openid_token: &'a OpenIdToken,
    device_id: &'a str,
}

/// Body of `POST {service}/get_token`. The service refuses unknown fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct GetToken<'a> {
    room_id: &'a str,
    slot_id: &'static str,
    openid_token: &'a OpenIdToken,
    member: ClaimedMember<'a>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ClaimedMember<'a> {
    id: &'a str,
    claimed_user_id: &'a str,
    claimed_device_id: &'a str,
}

/// A request for a token.
#[derive(Clone, Debug)]
pub struct Request {
    /// As memberships name it; the endpoint is appended as it is.
    pub service_url: String,
    pub endpoint: Endpoint,
    /// Matrix room id.
    pub room: String,
    /// `member.id` of the own membership; only [`Endpoint::GetToken`] uses it.
    pub member_id: String,
}

impl Request {
    /// Where to send it; `None` when the room may not talk to such an address. `plain` when the
    /// homeserver itself is reached without TLS: on one machine.
    #[must_use]
    pub fn address(&self, plain: bool) -> Option<Url> {
        if self.service_url.len() > MAX_URL {
            return None;
        }
        let endpoint = match self.endpoint {
            Endpoint::SfuGet => "/sfu/get",
            Endpoint::GetToken => "/get_token",
        };
        let url = Url::parse(&format!("{}{endpoint}", self.service_url)).ok()?;
        let secure = url.scheme() == "https" || (url.scheme() == "http" && plain);
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        (secure && bare && url.has_host()).then_some(url)
    }

    /// The JSON to send.
    #[must_use]
    pub fn body(&self, own: &PeerDevice, token: &OpenIdToken) -> Value {
        let body = match self.endpoint {
            Endpoint::SfuGet => serde_json::to_value(SfuGet {
                room: &self.room,
                openid_token: token,
                device_id: &own.device,
            }),
            Endpoint::GetToken => serde_json::to_value(GetToken {
                room_id: &self.room,
                slot_id: ROOM_SLOT,
                openid_token: token,
                member: ClaimedMember {
                    id: &self.member_id,
                    claimed_user_id: &own.user,
                    claimed_device_id: &own.device,
                },
            }),
        };
        // Texts and one number always serialise.
        body.unwrap_or_default()
    }
}

/// Why a service gave no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 404: this endpoint does not exist there.
    NotFound,
    /// 429.
    RateLimited { retry_after: Option<Duration> },
    /// Another 4xx, with the service's own word for it.
    Refused { status: u16, errcode: String },
    /// 5xx.
    Server { status: u16 },
    /// A redirect, or an answer that is none.
    Unreadable,
}

/// Way into an SFU: answer of either endpoint. `header` is `Retry-After`.
///
/// # Errors
/// Each [`Refusal`].
pub fn read(status: u16, header: Option<&str>, body: &[u8]) -> Result<Grant, Refusal> {
    let answer = if body.len() > MAX_ANSWER {
        Value::Null
    } else {
        serde_json::from_slice(body).unwrap_or_default()
    };
    match status {
        200..=299 => grant(&answer).ok_or(Refusal::Unreadable),
        404 => Err(Refusal::NotFound),
        429 => Err(Refusal::RateLimited {
            retry_after: retry_after(header, &answer),
        }),
        500.. => Err(Refusal::Server { status }),
        400.. => Err(Refusal::Refused {
            status,
            errcode: errcode(&answer),
        }),
        _ => Err(Refusal::Unreadable),
    }
}

fn grant(answer: &Value) -> Option<Grant> {
    let text = answer.get("url")?.as_str()?;
    let url = Url::parse(text).ok().filter(|_| text.len() <= MAX_URL)?;
    let known = matches!(url.scheme(), "ws" | "wss" | "http" | "https");
    let token = answer.get("jwt")?.as_str()?;
    (known && url.has_host() && !token.is_empty()).then(|| Grant {
        url: url.into(),
        token: Token::new(token.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(service_url: &str, endpoint: Endpoint) -> Request {
        Request {
            service_url: service_url.into(),
            endpoint,
            room: "!r:h".into(),
            member_id: "m1".into(),
        }
    }

    #[test]
    fn the_endpoint_is_appended_as_memberships_write_it() {
        let wanted = request("https://sfu.example/livekit/jwt", Endpoint::SfuGet);
        let address = wanted.address(false).unwrap();
        assert_eq!(address.as_str(), "https://sfu.example/livekit/jwt/sfu/get");
    }

    #[test]
    fn a_member_cannot_point_the_room_at_plain_text_or_other_schemes() {
        for bad in [
            "http://192.168.0.1",
            "file:///etc",
            "https://user:pass@sfu.example",
            "https://sfu.example/x?y=",
            "nonsense",
            "",
        ] {
            let wanted = request(bad, Endpoint::GetToken);
            assert_eq!(wanted.address(false), None, "{bad}");
        }
        let local = request("http://127.0.0.1:1", Endpoint::SfuGet);
        assert!(local.address(true).is_some());
    }

    #[test]
    fn bodies_hold_exactly_the_fields_the_service_knows() {
        let answer = json!({
            "access_token": "a", "token_type": "Bearer", "matrix_server_name": "h",
            "expires_in": 3600, "extra": 1,
        });
        let token = OpenIdToken::read(&answer).unwrap();
        assert!(!format!("{token:?}").contains("\"a\""));
        let four = json!({
            "access_token": "a", "token_type": "Bearer", "matrix_server_name": "h",
            "expires_in": 3600,
        });
        let own = PeerDevice::new("@u:h", "D");
        assert_eq!(
            request("", Endpoint::SfuGet).body(&own, &token),
            json!({"room": "!r:h", "openid_token": four, "device_id": "D"})
        );
        assert_eq!(
            request("", Endpoint::GetToken).body(&own, &token),
            json!({"room_id": "!r:h", "slot_id": "m.call#ROOM", "openid_token": four,
                "member": {"id": "m1", "claimed_user_id": "@u:h", "claimed_device_id": "D"}})
        );
        for field in ["access_token", "matrix_server_name"] {
            let mut lacking = answer.clone();
            lacking.as_object_mut().unwrap().remove(field);
            assert_eq!(OpenIdToken::read(&lacking), None, "{field}");
        }
    }

    #[test]
    fn answers_of_the_service_are_told_apart() {
        let good = br#"{"url":"wss://sfu.example","jwt":"t"}"#;
        assert_eq!(read(200, None, good).unwrap().url, "wss://sfu.example/");
        for bad in [
            r#"{"url":"wss://sfu.example"}"#,
            r#"{"url":"wss://sfu.example","jwt":""}"#,
            r#"{"url":"ftp://sfu.example","jwt":"t"}"#,
            r#"{"url":1,"jwt":"t"}"#,
            "",
            "x",
        ] {
            let read = read(200, None, bad.as_bytes());
            assert_eq!(read, Err(Refusal::Unreadable), "{bad}");
        }
        assert_eq!(
            read(200, None, &vec![b' '; MAX_ANSWER + 1]),
            Err(Refusal::Unreadable)
        );
        let wait = Some(Duration::from_secs(3));
        let table = [
            (404, "", Refusal::NotFound),
            (503, "", Refusal::Server { status: 503 }),
            (302, "", Refusal::Unreadable),
            (429, "", Refusal::RateLimited { retry_after: wait }),
            (
                401,
                r#"{"errcode":"M_UNAUTHORIZED"}"#,
                Refusal::Refused {
                    status: 401,
                    errcode: "M_UNAUTHORIZED".into(),
                },
            ),
        ];
        for (status, body, refusal) in table {
            assert_eq!(read(status, Some("3"), body.as_bytes()), Err(refusal));
        }
    }
}
