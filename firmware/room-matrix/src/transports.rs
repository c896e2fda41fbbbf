//! Where calls are carried: each source at the homeserver in its turn. What an answer says is
//! `room_core::rtc::transports`'s.
//!
//! Invariant: a source that fails is only logged and the next one asked; its error is told when
//! no source names anything, so that a homeserver that asks to wait is not taken for one that
//! carries no calls.

use std::time::Duration;

use room_core::rtc::transports::{of_endpoint, of_well_known};
use serde_json::Value;
use url::Url;

use crate::RequestError;
use crate::http::{self, Api, Call};

const WELL_KNOWN: &str = ".well-known/matrix/client";
/// Longest answer of the host that the user's server name leads to.
const PATIENCE: Duration = Duration::from_secs(5);

/// The endpoint (unstable, then stable); where it names nothing, the well-known file of the
/// user's server, which older servers still fill.
pub async fn discover(api: &Api, server_name: &str) -> Result<Vec<String>, RequestError> {
    let unstable = ["unstable", "org.matrix.msc4143", "rtc", "transports"];
    let stable = ["v1", "rtc", "transports"];
    let mut failed = None;
    for path in [&unstable[..], &stable[..]] {
        match api.send(Call::get(path)).await {
            Ok(answer) => {
                let found = of_endpoint(&answer);
                if !found.is_empty() {
                    return Ok(found);
                }
            }
            Err(RequestError::Unsupported | RequestError::NotFound { .. }) => {}
            Err(error) => {
                tracing::warn!(%error, "the homeserver does not say where calls are carried");
                failed.get_or_insert(error);
            }
        }
    }
    let found = well_known(api, server_name).await;
    match failed {
        Some(error) if found.is_empty() => Err(error),
        _ => Ok(found),
    }
}

async fn well_known(api: &Api, server_name: &str) -> Vec<String> {
    let named = Url::parse(&format!("https://{server_name}/{WELL_KNOWN}")).ok();
    let beside = api.base.join(&format!("/{WELL_KNOWN}")).ok();
    for address in [named, beside].into_iter().flatten() {
        let found = fetch(&api.http, address).await;
        let found = found.as_ref().map(of_well_known).unwrap_or_default();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

/// Any failure means the same: nothing is named there.
async fn fetch(client: &reqwest::Client, address: Url) -> Option<Value> {
    let response = client.get(address).timeout(PATIENCE).send().await.ok()?;
    http::json(response, http::MAX_ANSWER).await.ok()
}
