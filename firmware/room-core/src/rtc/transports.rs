//! Where SFUs are, and the talk with their authorization services (lk-jwt-service).
//!
//! Invariant: an address taken from here is absolute, `http` or `https`, and bounded.
//! Deliberately absent: the requests themselves. `http` is accepted because closed networks
//! and tests use it; LiveKit's own token then travels in clear, as the operator chose.

use room_messages::Token;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ROOM_SLOT;
use super::membership::service_url;

/// Longest answer of a homeserver or authorization service that is read, in bytes.
pub const MAX_ANSWER: usize = 64 * 1024;
/// Most transports looked at.
pub const MAX_TRANSPORTS: usize = 32;

#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error("an answer of {0} bytes is longer than {MAX_ANSWER}")]
    TooLong(usize),
    /// Only the place is kept: the text of the cause could quote a token.
    #[error("an answer is not the JSON expected, at line {line} column {column}")]
    NotJson { line: usize, column: usize },
    #[error("an answer has no usable `{0}`")]
    Field(&'static str),
}

/// Addresses of authorization services in the answer of
/// `GET …/org.matrix.msc4143/rtc/transports`, best first. Synapse answers `{}` when none is set.
///
/// # Errors
/// When the answer is too long or not JSON of this kind.
pub fn parse_transports(body: &[u8]) -> Result<Vec<String>, AnswerError> {
    list_in(&read::<Value>(body)?, "rtc_transports")
}

/// Addresses in `/.well-known/matrix/client` (`org.matrix.msc4143.rtc_foci`), best first.
///
/// # Errors
/// When the document is too long or not JSON of this kind.
pub fn parse_well_known(body: &[u8]) -> Result<Vec<String>, AnswerError> {
    list_in(&read::<Value>(body)?, "org.matrix.msc4143.rtc_foci")
}

/// The service to publish through: endpoint, then well-known, then the settings' own.
#[must_use]
pub fn choose(
    endpoint: &[String],
    well_known: &[String],
    settings: Option<&str>,
) -> Option<String> {
    let first = endpoint.first().or_else(|| well_known.first());
    first.map(String::as_str).or(settings).map(str::to_owned)
}

fn list_in(answer: &Value, name: &'static str) -> Result<Vec<String>, AnswerError> {
    match answer.get(name) {
        _ if !answer.is_object() => Err(AnswerError::Field(name)),
        None => Ok(Vec::new()),
        Some(Value::Array(list)) => Ok(list
            .iter()
            .take(MAX_TRANSPORTS)
            .filter_map(service_url)
            .collect()),
        Some(_) => Err(AnswerError::Field(name)),
    }
}

/// OpenID token as the homeserver gives it; passed on unchanged, with these four fields only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIdToken {
    pub access_token: Token,
    pub token_type: String,
    pub matrix_server_name: String,
    pub expires_in: u64,
}

/// Body of `POST {service}/sfu/get`. The service refuses unknown fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SfuGet {
    pub room: String,
    pub openid_token: OpenIdToken,
    pub device_id: String,
}

/// Body of `POST {service}/get_token`. The service refuses unknown fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetToken {
    pub room_id: String,
    pub slot_id: String,
    pub openid_token: OpenIdToken,
    pub member: ClaimedMember,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimedMember {
    pub id: String,
    pub claimed_user_id: String,
    pub claimed_device_id: String,
}

impl GetToken {
    /// For the call of the room itself.
    #[must_use]
    pub fn for_room_call(
        room_id: String,
        openid_token: OpenIdToken,
        member: ClaimedMember,
    ) -> Self {
        Self {
            room_id,
            slot_id: ROOM_SLOT.to_owned(),
            openid_token,
            member,
        }
    }
}

/// Way into an SFU: answer of either endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SfuAccess {
    /// LiveKit address, `ws`, `wss`, `http` or `https`.
    pub url: String,
    pub jwt: Token,
}

/// Which endpoint of the authorization service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    SfuGet,
    GetToken,
}

impl Endpoint {
    /// Appended to the service address by plain concatenation, as Element Call does.
    #[must_use]
    pub fn address(self, service_url: &str) -> String {
        let path = match self {
            Self::SfuGet => "/sfu/get",
            Self::GetToken => "/get_token",
        };
        format!("{service_url}{path}")
    }

    /// What to ask, in this order, for a connection: to publish, only the endpoint that gives
    /// the identity of the mode; to watch, either (the identity is nobody's).
    #[must_use]
    pub fn order(mode: super::Mode, publish: bool) -> &'static [Self] {
        match (publish, mode) {
            (true, super::Mode::Compatibility) => &[Self::SfuGet],
            (true, super::Mode::Matrix20) => &[Self::GetToken],
            (false, _) => &[Self::GetToken, Self::SfuGet],
        }
    }
}

/// # Errors
/// When the answer is too long, lacks a field, or names an address that is none.
pub fn parse_access(body: &[u8]) -> Result<SfuAccess, AnswerError> {
    let access: SfuAccess = read(body)?;
    let usable = access.url.len() <= super::membership::MAX_URL
        && url::Url::parse(&access.url).is_ok_and(|url| {
            matches!(url.scheme(), "ws" | "wss" | "http" | "https") && url.has_host()
        });
    if !usable {
        return Err(AnswerError::Field("url"));
    }
    if access.jwt.expose().is_empty() {
        return Err(AnswerError::Field("jwt"));
    }
    Ok(access)
}

/// # Errors
/// When the answer is too long or lacks a field.
pub fn parse_openid(body: &[u8]) -> Result<OpenIdToken, AnswerError> {
    read(body)
}

/// Why an authorization service refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 401, 403: the OpenID token is not accepted, or names somebody else.
    #[error("the authorization service does not accept this account")]
    NotAllowed,
    /// 404, 405: no such endpoint; an older service, or another address.
    #[error("the authorization service does not know this request")]
    NoSuchEndpoint,
    /// 400: it finds the request malformed; a newer or older service.
    #[error("the authorization service finds the request malformed")]
    BadRequest,
    /// 429: too many requests.
    #[error("the authorization service asks to wait")]
    TooMany,
    /// 5xx: the SFU behind it, or the service itself, is in trouble.
    #[error("the authorization service or its SFU is in trouble")]
    Unavailable,
    #[error("the authorization service answers with status {0}")]
    Other(u16),
}

impl Refusal {
    /// `None` for a success.
    #[must_use]
    pub fn of_status(status: u16) -> Option<Self> {
        Some(match status {
            200..=299 => return None,
            400 => Self::BadRequest,
            401 | 403 => Self::NotAllowed,
            404 | 405 => Self::NoSuchEndpoint,
            429 => Self::TooMany,
            500..=599 => Self::Unavailable,
            other => Self::Other(other),
        })
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn may_pass(self) -> bool {
        matches!(self, Self::TooMany | Self::Unavailable)
    }
}

fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, AnswerError> {
    if body.len() > MAX_ANSWER {
        return Err(AnswerError::TooLong(body.len()));
    }
    serde_json::from_slice(body).map_err(|error| AnswerError::NotJson {
        line: error.line(),
        column: error.column(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_without_transports_is_an_empty_list() {
        assert!(parse_transports(b"{}").unwrap().is_empty());
        assert!(parse_transports(b"[]").is_err());
        assert!(parse_transports(br#"{"rtc_transports":7}"#).is_err());
    }

    #[test]
    fn the_first_livekit_transport_wins_and_others_are_passed_over() {
        let list = json!([
            {"type": "other", "livekit_service_url": "https://no"},
            {"type": "livekit"},
            {"type": "livekit", "livekit_service_url": "ftp://no"},
            {"type": "livekit", "livekit_service_url": "https://user:pass@no"},
            {"type": "livekit", "livekit_service_url": "https://yes/jwt"},
        ]);
        let body = json!({"rtc_transports": list, "org.matrix.msc4143.rtc_foci": list}).to_string();
        let expected = ["https://yes/jwt".to_owned()];
        assert_eq!(parse_transports(body.as_bytes()).unwrap(), expected);
        assert_eq!(parse_well_known(body.as_bytes()).unwrap(), expected);
        assert_eq!(
            choose(&[], &expected, Some("https://own")).unwrap(),
            expected[0]
        );
        assert_eq!(
            choose(&[], &[], Some("https://own")).unwrap(),
            "https://own"
        );
        assert_eq!(choose(&[], &[], None), None);
    }

    #[test]
    fn requests_have_exactly_the_fields_the_service_accepts() {
        let token = parse_openid(
            br#"{"access_token":"s","token_type":"Bearer","matrix_server_name":"x","expires_in":3600,"more":1}"#,
        )
        .unwrap();
        let openid = json!({"access_token":"s","token_type":"Bearer","matrix_server_name":"x","expires_in":3600});
        let request = SfuGet {
            room: "!r".into(),
            openid_token: token.clone(),
            device_id: "D".into(),
        };
        assert_eq!(
            serde_json::to_value(&request).unwrap(),
            json!({"room": "!r", "openid_token": openid, "device_id": "D"})
        );
        let member = ClaimedMember {
            id: "m".into(),
            claimed_user_id: "@a:x".into(),
            claimed_device_id: "D".into(),
        };
        let request = GetToken::for_room_call("!r".into(), token.clone(), member);
        assert_eq!(
            serde_json::to_value(&request).unwrap(),
            json!({"room_id": "!r", "slot_id": "m.call#ROOM", "openid_token": openid,
                "member": {"id": "m", "claimed_user_id": "@a:x", "claimed_device_id": "D"}})
        );
        assert!(!format!("{token:?}").contains("\"s\""));
    }

    #[test]
    fn an_access_without_a_usable_address_or_token_is_refused() {
        assert!(parse_access(br#"{"url":"wss://sfu","jwt":"x"}"#).is_ok());
        for bad in [
            r#"{"url":"file:///x","jwt":"x"}"#,
            r#"{"url":"wss://sfu","jwt":""}"#,
            "{}",
            "x",
        ] {
            assert!(parse_access(bad.as_bytes()).is_err());
        }
    }

    #[test]
    fn statuses_are_told_apart() {
        assert_eq!(Refusal::of_status(200), None);
        assert_eq!(Refusal::of_status(401), Some(Refusal::NotAllowed));
        assert!(Refusal::of_status(503).unwrap().may_pass());
        assert!(!Refusal::of_status(400).unwrap().may_pass());
    }
}
