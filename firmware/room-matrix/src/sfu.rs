//! Admission to an SFU: an OpenID token from the homeserver, exchanged at an authorization
//! service. What is asked and what the answers mean is `room_core::rtc::admission`'s.

use room_core::rtc::PeerDevice;
use room_core::rtc::admission::{self, OpenIdToken};
use serde_json::json;

use crate::error::{RequestError, SfuError};
use crate::http::{self, Api, Call};

pub use room_core::rtc::admission::Request as SfuRequest;
pub use room_core::sfus::{Endpoint as SfuEndpoint, Grant as SfuGrant};

/// Asks for both tokens, one after the other.
pub async fn grant(
    api: &Api,
    own: &PeerDevice,
    request: &SfuRequest,
) -> Result<SfuGrant, SfuError> {
    let plain = api.base.scheme() == "http";
    let address = request.address(plain).ok_or(SfuError::BadAddress)?;
    let token = open_id(api, &own.user).await.map_err(SfuError::OpenId)?;
    let response = api
        .http
        .post(address)
        .timeout(Call::get(&[]).time_out)
        .json(&request.body(own, &token))
        .send()
        .await
        .map_err(|error| SfuError::Unreachable(error.without_url().into()))?;
    let (status, wait) = (response.status(), http::retry_after(response.headers()));
    let body = match http::read(response, admission::MAX_ANSWER).await {
        Ok(body) => body,
        Err(RequestError::Network(error)) => return Err(SfuError::Unreachable(error)),
        Err(_) => return Err(SfuError::Unreadable),
    };
    Ok(admission::read(status.as_u16(), wait.as_deref(), &body)?)
}

async fn open_id(api: &Api, user: &str) -> Result<OpenIdToken, RequestError> {
    let path = ["v3", "user", user, "openid", "request_token"];
    let answer = api.send(Call::post(&path, &json!({}))).await?;
    OpenIdToken::read(&answer).ok_or(RequestError::Unreadable)
}
