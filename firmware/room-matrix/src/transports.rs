//! Where calls are carried, as the homeserver says (MSC4143).

use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::RequestError;
use crate::http::{self, Api, Call};

/// Most transports looked at.
const MAX_TRANSPORTS: usize = 16;
const WELL_KNOWN: &str = ".well-known/matrix/client";

/// Transport objects of the homeserver, raw, first wins; empty when it names none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transports {
    pub transports: Vec<Value>,
}

/// The endpoint (unstable, then stable); where it is missing or names nothing, the well-known
/// file of the user's server, which older servers still fill.
pub async fn discover(api: &Api, server_name: &str) -> Result<Transports, RequestError> {
    let unstable = ["unstable", "org.matrix.msc4143", "rtc", "transports"];
    let stable = ["v1", "rtc", "transports"];
    for path in [&unstable[..], &stable[..]] {
        match api.send(Call::get(path)).await {
            Ok(answer) => {
                let found = list(answer.get("rtc_transports"));
                if !found.transports.is_empty() {
                    return Ok(found);
                }
            }
            Err(RequestError::Unsupported | RequestError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(well_known(api, server_name).await)
}

async fn well_known(api: &Api, server_name: &str) -> Transports {
    let named = Url::parse(&format!("https://{server_name}/{WELL_KNOWN}")).ok();
    let beside = api.base.join(&format!("/{WELL_KNOWN}")).ok();
    for address in [named, beside].into_iter().flatten() {
        if let Some(answer) = fetch(&api.http, address).await {
            let found = list(answer.get("org.matrix.msc4143.rtc_foci"));
            if !found.transports.is_empty() {
                return found;
            }
        }
    }
    Transports::default()
}

/// Any failure means the same: nothing is named there.
async fn fetch(client: &reqwest::Client, address: Url) -> Option<Value> {
    let request = client.get(address).timeout(Duration::from_secs(5));
    let response = request.send().await.ok()?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = http::read(response, http::MAX_ANSWER).await.ok()?;
    http::answer(status, &headers, &body).ok()
}

pub fn list(value: Option<&Value>) -> Transports {
    let entries = value
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let objects = entries.iter().filter(|entry| entry.is_object());
    Transports {
        transports: objects.take(MAX_TRANSPORTS).cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_objects_are_transports_and_a_missing_list_is_an_empty_one() {
        let one = json!({"type": "livekit", "livekit_service_url": "https://x"});
        let mixed = json!([1, one, "two"]);
        assert_eq!(list(Some(&mixed)).transports, [one]);
        assert!(list(None).transports.is_empty());
        assert!(list(Some(&json!({}))).transports.is_empty());
    }
}
