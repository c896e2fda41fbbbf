//! What clients send, parsed strictly: an unknown field anywhere is refused, as is a missing
//! one that is needed (MSC4195).

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::names::{ROOM_SLOT, hashed_identity, plain_identity, slot_name};
use super::refusal::Refusal;

/// The proof of who asks, as the homeserver gave it to the client.
#[derive(Clone, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OpenIdToken {
    pub access_token: String,
    pub token_type: String,
    pub matrix_server_name: String,
    pub expires_in: i64,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct MemberField {
    id: String,
    claimed_user_id: String,
    claimed_device_id: String,
}

/// `POST /sfu/get`, from before Matrix 2.0. `device_id` may be empty, as in the original.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct LegacyBody {
    room: String,
    openid_token: OpenIdToken,
    device_id: String,
    delay_id: String,
    delay_timeout: i64,
    /// Read and not used: the homeserver itself says where its API is.
    delay_cs_api_url: String,
}

/// `POST /get_token` and `POST /delegate_delayed_leave`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Body {
    room_id: String,
    slot_id: String,
    openid_token: OpenIdToken,
    member: MemberField,
    delay_id: String,
    delay_timeout: i64,
    /// Read and not used.
    delay_cs_api_url: String,
}

/// Who will appear on the SFU, once the user id is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Identity {
    Plain {
        device_id: String,
    },
    Hashed {
        device_id: String,
        member_id: String,
    },
}

impl Identity {
    pub(crate) fn of(&self, user_id: &str) -> String {
        match self {
            Self::Plain { device_id } => plain_identity(user_id, device_id),
            Self::Hashed {
                device_id,
                member_id,
            } => hashed_identity(user_id, device_id, member_id),
        }
    }
}

/// A leave event that waits at the homeserver and that the service is to look after.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Delegation {
    pub delay_id: String,
    pub timeout: Duration,
}

/// A request of either kind, complete and in one form.
pub(crate) struct TokenRequest {
    /// The room's name on the SFU.
    pub room: String,
    pub identity: Identity,
    pub openid: OpenIdToken,
    /// Must be the token's owner, when given.
    pub claimed_user_id: Option<String>,
    pub delegation: Option<Delegation>,
}

const NO_DELAY: &str = "The request body is missing `delay_id` or `delay_timeout`";

/// Reads the body of `/sfu/get`. Without `delegation` its fields are unknown ones.
pub(crate) fn legacy(body: &[u8], delegation: bool) -> Result<TokenRequest, Refusal> {
    let body: LegacyBody = parse(body)?;
    let LegacyBody {
        room,
        openid_token,
        device_id,
        delay_id,
        delay_timeout,
        delay_cs_api_url,
    } = body;
    if room.is_empty() {
        return Err(Refusal::BadJson("Missing room parameter"));
    }
    check_openid(&openid_token, "Missing OpenID token parameters")?;
    check_known(delegation, &delay_id, delay_timeout, &delay_cs_api_url)?;
    Ok(TokenRequest {
        room: slot_name(&room, ROOM_SLOT),
        identity: Identity::Plain { device_id },
        openid: openid_token,
        claimed_user_id: None,
        delegation: delegation_of(delay_id, delay_timeout)?,
    })
}

/// Reads the body of `/get_token`. Without `delegation` its fields are unknown ones.
pub(crate) fn token(body: &[u8], delegation: bool) -> Result<TokenRequest, Refusal> {
    let body: Body = parse(body)?;
    if body.room_id.is_empty() || body.slot_id.is_empty() {
        return Err(Refusal::BadJson(
            "The request body is missing `room_id` or `slot_id`",
        ));
    }
    let member = body.member;
    if [
        &member.id,
        &member.claimed_user_id,
        &member.claimed_device_id,
    ]
    .iter()
    .any(|f| f.is_empty())
    {
        let why =
            "The request body `member` is missing a `id`, `claimed_user_id` or `claimed_device_id`";
        return Err(Refusal::BadJson(why));
    }
    let why = "The request body `openid_token` is missing a `access_token` or `matrix_server_name`";
    check_openid(&body.openid_token, why)?;
    check_known(
        delegation,
        &body.delay_id,
        body.delay_timeout,
        &body.delay_cs_api_url,
    )?;
    Ok(TokenRequest {
        room: slot_name(&body.room_id, &body.slot_id),
        identity: Identity::Hashed {
            device_id: member.claimed_device_id,
            member_id: member.id,
        },
        openid: body.openid_token,
        claimed_user_id: Some(member.claimed_user_id),
        delegation: delegation_of(body.delay_id, body.delay_timeout)?,
    })
}

/// Reads the body of `/delegate_delayed_leave`, where the delegation is the point.
pub(crate) fn leave(body: &[u8]) -> Result<(TokenRequest, Delegation), Refusal> {
    let mut request = token(body, true)?;
    let delegation = request
        .delegation
        .take()
        .ok_or(Refusal::BadJson(NO_DELAY))?;
    Ok((request, delegation))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::NotJson)
}

fn check_openid(token: &OpenIdToken, why: &'static str) -> Result<(), Refusal> {
    let complete = !token.access_token.is_empty() && !token.matrix_server_name.is_empty();
    if complete {
        Ok(())
    } else {
        Err(Refusal::BadJson(why))
    }
}

/// A service from before delegation knows none of its fields.
fn check_known(delegation: bool, id: &str, timeout: i64, url: &str) -> Result<(), Refusal> {
    let used = !id.is_empty() || timeout != 0 || !url.is_empty();
    if used && !delegation {
        Err(Refusal::NotJson)
    } else {
        Ok(())
    }
}

fn delegation_of(delay_id: String, timeout_ms: i64) -> Result<Option<Delegation>, Refusal> {
    let timeout = u64::try_from(timeout_ms)
        .ok()
        .filter(|ms| *ms > 0)
        .map(Duration::from_millis);
    match (delay_id.is_empty(), timeout) {
        (true, None) => Ok(None),
        (false, Some(timeout)) => Ok(Some(Delegation { delay_id, timeout })),
        _ => Err(Refusal::BadJson(NO_DELAY)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn openid() -> Value {
        json!({"access_token": "a", "token_type": "Bearer", "matrix_server_name": "s", "expires_in": 3600})
    }

    fn legacy_body() -> Value {
        json!({"room": "!r:s", "openid_token": openid(), "device_id": "DEV"})
    }

    fn token_body() -> Value {
        json!({
            "room_id": "!r:s", "slot_id": "m.call#ROOM", "openid_token": openid(),
            "member": {"id": "m", "claimed_user_id": "@a:s", "claimed_device_id": "DEV"},
        })
    }

    fn with(mut body: Value, pointer: &str, value: Value) -> Vec<u8> {
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[field] = value;
        body.to_string().into_bytes()
    }

    fn refusal<T>(result: Result<T, Refusal>) -> (u16, &'static str) {
        let (status, code, _) = result.err().expect("a refusal").parts();
        (status.as_u16(), code)
    }

    #[test]
    fn both_endpoints_lead_to_the_same_room() {
        let old = legacy(legacy_body().to_string().as_bytes(), true).unwrap();
        let new = token(token_body().to_string().as_bytes(), true).unwrap();
        assert_eq!(old.room, new.room);
        assert_eq!(old.identity.of("@a:s"), "@a:s:DEV");
        assert_eq!(new.identity.of("@a:s"), hashed_identity("@a:s", "DEV", "m"));
        assert_eq!(new.claimed_user_id.as_deref(), Some("@a:s"));
    }

    #[test]
    fn an_unknown_field_is_not_json_wherever_it_is() {
        for place in ["/more", "/openid_token/more"] {
            assert_eq!(
                refusal(legacy(&with(legacy_body(), place, json!(1)), true)),
                (400, "M_NOT_JSON")
            );
        }
        for place in ["/more", "/openid_token/more", "/member/more"] {
            assert_eq!(
                refusal(token(&with(token_body(), place, json!(1)), true)),
                (400, "M_NOT_JSON")
            );
        }
    }

    #[test]
    fn what_is_needed_and_empty_is_bad_json() {
        for place in [
            "/room",
            "/openid_token/access_token",
            "/openid_token/matrix_server_name",
        ] {
            assert_eq!(
                refusal(legacy(&with(legacy_body(), place, json!("")), true)),
                (400, "M_BAD_JSON")
            );
        }
        for place in [
            "/room_id",
            "/slot_id",
            "/member/id",
            "/member/claimed_user_id",
            "/member/claimed_device_id",
        ] {
            assert_eq!(
                refusal(token(&with(token_body(), place, json!("")), true)),
                (400, "M_BAD_JSON")
            );
        }
        assert_eq!(refusal(legacy(b"{}", true)), (400, "M_BAD_JSON"));
        assert_eq!(refusal(legacy(b"", true)), (400, "M_NOT_JSON"));
    }

    #[test]
    fn half_a_delegation_is_bad_json_and_a_whole_one_is_read() {
        let half = with(legacy_body(), "/delay_id", json!("d"));
        assert_eq!(refusal(legacy(&half, true)), (400, "M_BAD_JSON"));
        let whole: Value = serde_json::from_slice(&half).unwrap();
        let whole = with(whole, "/delay_timeout", json!(8000));
        let read = legacy(&whole, true).unwrap().delegation.unwrap();
        assert_eq!(
            (read.delay_id.as_str(), read.timeout),
            ("d", Duration::from_secs(8))
        );
        assert_eq!(refusal(legacy(&whole, false)), (400, "M_NOT_JSON"));
        assert_eq!(
            refusal(leave(token_body().to_string().as_bytes())),
            (400, "M_BAD_JSON")
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = (legacy(&bytes, true), token(&bytes, false), leave(&bytes));
        }
    }
}
