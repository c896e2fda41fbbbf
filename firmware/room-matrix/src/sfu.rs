//! Admission to an SFU: an OpenID token from the homeserver, exchanged at an authorization
//! service (lk-jwt-service).
//!
//! The service's address comes from room events, so anybody in a call can name one. It gets an
//! OpenID token (which proves who we are, and nothing more), over TLS, and its answer is bounded.

use reqwest::StatusCode;
use room_messages::Token;
use serde_json::{Value, json};
use url::Url;

use crate::error::{RequestError, SfuError};
use crate::http::{self, Api, Call};

/// Longest answer of an authorization service: a token has about 500 bytes.
const MAX_GRANT: usize = 64 * 1024;
/// Longest address taken from an event.
const MAX_ADDRESS: usize = 2048;
/// The only slot of `m.call` (MSC4143).
const SLOT: &str = "m.call#ROOM";

/// Which of an authorization service's two endpoints to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SfuEndpoint {
    /// `/sfu/get`: LiveKit identity `user:device`.
    SfuGet,
    /// `/get_token`: hashed LiveKit identity.
    GetToken,
}

/// A request for a token.
#[derive(Clone, Debug)]
pub struct SfuRequest {
    /// As memberships name it; the endpoint is appended as it is.
    pub service_url: String,
    pub endpoint: SfuEndpoint,
    pub room: String,
    /// `member.id` of the own membership; only [`SfuEndpoint::GetToken`] uses it.
    pub member_id: String,
}

/// Admission to an SFU.
#[derive(Clone, Debug)]
pub struct SfuGrant {
    /// LiveKit's address: `ws`, `wss`, `http` or `https`.
    pub url: Url,
    pub token: Token,
}

/// Asks for both tokens, one after the other.
pub async fn grant(
    api: &Api,
    user: &str,
    device: &str,
    request: &SfuRequest,
) -> Result<SfuGrant, SfuError> {
    let address = address(request, &api.base)?;
    let path = ["v3", "user", user, "openid", "request_token"];
    let open_id = api
        .send(Call::post(&path, &json!({})))
        .await
        .map_err(SfuError::OpenId)?;
    let body = body(request, user, device, &open_id);
    let response = api
        .http
        .post(address)
        .timeout(Call::get(&[]).time_out)
        .json(&body)
        .send()
        .await
        .map_err(|error| SfuError::Unreachable(error.without_url().into()))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = match http::read(response, MAX_GRANT).await {
        Ok(bytes) => bytes,
        Err(RequestError::Network(error)) => return Err(SfuError::Unreachable(error)),
        Err(_) => return Err(SfuError::Unreadable),
    };
    let answer = serde_json::from_slice(&bytes).unwrap_or_default();
    match status.as_u16() {
        429 => Err(SfuError::RateLimited {
            retry_after: http::retry_after(&headers, &answer),
        }),
        _ => understand(status, &answer),
    }
}

/// Plain text is allowed only where the homeserver itself is reached so: on one machine.
fn address(request: &SfuRequest, homeserver: &Url) -> Result<Url, SfuError> {
    if request.service_url.len() > MAX_ADDRESS {
        return Err(SfuError::BadAddress);
    }
    let endpoint = match request.endpoint {
        SfuEndpoint::SfuGet => "/sfu/get",
        SfuEndpoint::GetToken => "/get_token",
    };
    let text = format!("{}{endpoint}", request.service_url);
    let url = Url::parse(&text).map_err(|_| SfuError::BadAddress)?;
    let secure = url.scheme() == "https";
    let local = url.scheme() == "http" && homeserver.scheme() == "http";
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if (secure || local) && plain && url.has_host() {
        Ok(url)
    } else {
        Err(SfuError::BadAddress)
    }
}

/// The service refuses unknown fields, so of the OpenID answer only the four it knows go along.
fn body(request: &SfuRequest, user: &str, device: &str, open_id: &Value) -> Value {
    let mut token = serde_json::Map::new();
    for field in [
        "access_token",
        "token_type",
        "matrix_server_name",
        "expires_in",
    ] {
        if let Some(value) = open_id.get(field) {
            token.insert(field.to_owned(), value.clone());
        }
    }
    match request.endpoint {
        SfuEndpoint::SfuGet => json!({
            "room": request.room,
            "openid_token": token,
            "device_id": device,
        }),
        SfuEndpoint::GetToken => json!({
            "room_id": request.room,
            "slot_id": SLOT,
            "openid_token": token,
            "member": {
                "id": request.member_id,
                "claimed_user_id": user,
                "claimed_device_id": device,
            },
        }),
    }
}

pub fn understand(status: StatusCode, answer: &Value) -> Result<SfuGrant, SfuError> {
    let code = status.as_u16();
    match code {
        200..=299 => read_grant(answer).ok_or(SfuError::Unreadable),
        404 => Err(SfuError::NotFound),
        500.. => Err(SfuError::Server { status: code }),
        400.. => Err(SfuError::Refused {
            status: code,
            errcode: http::errcode(answer),
        }),
        _ => Err(SfuError::Unreadable),
    }
}

fn read_grant(answer: &Value) -> Option<SfuGrant> {
    let url = answer.get("url")?.as_str()?;
    let url = Url::parse(url).ok().filter(|_| url.len() <= MAX_ADDRESS)?;
    let known = matches!(url.scheme(), "ws" | "wss" | "http" | "https");
    let token = answer.get("jwt")?.as_str()?;
    (known && url.has_host() && !token.is_empty()).then(|| SfuGrant {
        url,
        token: Token::new(token.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(service_url: &str, endpoint: SfuEndpoint) -> SfuRequest {
        SfuRequest {
            service_url: service_url.into(),
            endpoint,
            room: "!r:h".into(),
            member_id: "m1".into(),
        }
    }

    #[test]
    fn the_endpoint_is_appended_as_memberships_write_it() {
        let home = Url::parse("https://hs.example").unwrap();
        let wanted = request("https://sfu.example/livekit/jwt", SfuEndpoint::SfuGet);
        assert_eq!(
            address(&wanted, &home).unwrap().as_str(),
            "https://sfu.example/livekit/jwt/sfu/get"
        );
    }

    #[test]
    fn a_member_cannot_point_the_room_at_plain_text_or_other_schemes() {
        let home = Url::parse("https://hs.example").unwrap();
        for bad in [
            "http://192.168.0.1",
            "file:///etc",
            "https://user:pass@sfu.example",
            "https://sfu.example/x?y=",
            "nonsense",
            "",
        ] {
            let result = address(&request(bad, SfuEndpoint::GetToken), &home);
            assert!(matches!(result, Err(SfuError::BadAddress)), "{bad}");
        }
        let home = Url::parse("http://127.0.0.1:8008").unwrap();
        assert!(address(&request("http://127.0.0.1:1", SfuEndpoint::SfuGet), &home).is_ok());
    }

    #[test]
    fn bodies_hold_exactly_the_fields_the_service_knows() {
        let open_id = json!({
            "access_token": "a", "token_type": "Bearer", "matrix_server_name": "h",
            "expires_in": 3600, "extra": 1,
        });
        let token = json!({
            "access_token": "a", "token_type": "Bearer", "matrix_server_name": "h",
            "expires_in": 3600,
        });
        assert_eq!(
            body(&request("", SfuEndpoint::SfuGet), "@u:h", "D", &open_id),
            json!({"room": "!r:h", "openid_token": token, "device_id": "D"})
        );
        assert_eq!(
            body(&request("", SfuEndpoint::GetToken), "@u:h", "D", &open_id),
            json!({"room_id": "!r:h", "slot_id": "m.call#ROOM", "openid_token": token,
                "member": {"id": "m1", "claimed_user_id": "@u:h", "claimed_device_id": "D"}})
        );
    }

    #[test]
    fn answers_of_the_service_are_told_apart() {
        let code = |n: u16| StatusCode::from_u16(n).unwrap();
        let good = json!({"url": "wss://sfu.example", "jwt": "t"});
        assert!(understand(code(200), &good).is_ok());
        for bad in [
            json!({"url": "wss://sfu.example"}),
            json!({"url": "ftp://sfu.example", "jwt": "t"}),
            json!({"url": 1, "jwt": "t"}),
            Value::Null,
        ] {
            assert!(matches!(
                understand(code(200), &bad),
                Err(SfuError::Unreadable)
            ));
        }
        assert!(matches!(
            understand(code(404), &Value::Null),
            Err(SfuError::NotFound)
        ));
        assert!(matches!(
            understand(code(503), &Value::Null),
            Err(SfuError::Server { .. })
        ));
        assert!(matches!(
            understand(code(401), &json!({"errcode": "M_UNAUTHORIZED"})),
            Err(SfuError::Refused { status: 401, errcode }) if errcode == "M_UNAUTHORIZED"
        ));
    }
}
