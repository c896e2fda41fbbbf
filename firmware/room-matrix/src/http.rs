//! Single requests to the homeserver by plain HTTP: one try, a bounded answer, a typed error.

use std::time::Duration;

use reqwest::{Method, StatusCode, header::HeaderMap};
use room_messages::Token;
use serde_json::Value;
use url::Url;

use crate::RequestError;

/// Longest answer to a single request.
pub const MAX_ANSWER: usize = 1024 * 1024;
const CONNECT: Duration = Duration::from_secs(5);
/// A keeper restarts its delayed leave every 4 s and has 18 s: slower answers help nobody.
const ANSWER: Duration = Duration::from_secs(10);
/// `Retry-After` beyond this is a mistake or an attack.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// A dead network is noticed by the kernel within three of these.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// A client that follows no redirect (an access token must not travel to another host) and gives
/// a connection up whose other end has gone without a word, as after a change of network.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .tcp_keepalive(KEEP_ALIVE)
        .tcp_keepalive_interval(KEEP_ALIVE)
        .tcp_keepalive_retries(2)
        .tcp_user_timeout(KEEP_ALIVE * 3)
        .user_agent(concat!("salle/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The homeserver's client-server API with the session's token.
#[derive(Clone, Debug)]
pub struct Api {
    pub http: reqwest::Client,
    pub base: Url,
    pub token: Option<Token>,
}

/// One request, before it is sent.
#[derive(Debug)]
pub struct Call<'a> {
    pub method: Method,
    /// Path segments below `/_matrix/client/`; encoded here.
    pub path: &'a [&'a str],
    pub query: &'a [(&'a str, String)],
    pub body: Option<&'a Value>,
    pub time_out: Duration,
    pub max_answer: usize,
}

impl<'a> Call<'a> {
    pub fn new(method: Method, path: &'a [&'a str]) -> Self {
        Self {
            method,
            path,
            query: &[],
            body: None,
            time_out: ANSWER,
            max_answer: MAX_ANSWER,
        }
    }

    pub fn get(path: &'a [&'a str]) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: &'a [&'a str], body: &'a Value) -> Self {
        Self::new(Method::POST, path).body(body)
    }

    pub fn put(path: &'a [&'a str], body: &'a Value) -> Self {
        Self::new(Method::PUT, path).body(body)
    }

    pub fn body(mut self, body: &'a Value) -> Self {
        self.body = Some(body);
        self
    }

    pub fn query(mut self, query: &'a [(&'a str, String)]) -> Self {
        self.query = query;
        self
    }
}

impl Api {
    /// Sends one request; the answer's JSON.
    pub async fn send(&self, call: Call<'_>) -> Result<Value, RequestError> {
        let url = address(&self.base, call.path, call.query)?;
        let mut request = self.http.request(call.method, url).timeout(call.time_out);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose());
        }
        if let Some(body) = call.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(network)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(response, call.max_answer).await?;
        answer(status, &headers, &body)
    }
}

/// `base` + `_matrix/client` + segments + query.
pub fn address(base: &Url, path: &[&str], query: &[(&str, String)]) -> Result<Url, RequestError> {
    let mut url = base.clone();
    url.path_segments_mut()
        .map_err(|()| RequestError::BadId {
            what: "homeserver address",
        })?
        .pop_if_empty()
        .extend(["_matrix", "client"])
        .extend(path);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

/// Without the URL: it holds ids.
pub fn network(error: reqwest::Error) -> RequestError {
    RequestError::Network(error.without_url().into())
}

/// Body of an answer, refused when longer than `max`.
pub async fn read(mut response: reqwest::Response, max: usize) -> Result<Vec<u8>, RequestError> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(network)? {
        if body.len() + part.len() > max {
            return Err(RequestError::Unreadable);
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// JSON of a 200, else the error it means.
pub fn answer(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<Value, RequestError> {
    let json = serde_json::from_slice::<Value>(body);
    if status.is_success() {
        return json.map_err(|_| RequestError::Unreadable);
    }
    Err(refusal(status, headers, &json.unwrap_or_default()))
}

fn refusal(status: StatusCode, headers: &HeaderMap, body: &Value) -> RequestError {
    let errcode = errcode(body);
    let code = status.as_u16();
    match (code, errcode.as_str()) {
        (429, _) => RequestError::RateLimited {
            retry_after: retry_after(headers, body),
        },
        (401, _) if errcode != "M_UNAUTHORIZED" => RequestError::LoggedOut,
        (_, "ORG.MATRIX.MSC4140_DELAY_TOO_LARGE" | "M_MAX_DELAY_EXCEEDED") => {
            RequestError::TooLong {
                max: max_delay(body),
            }
        }
        (400, _) if text(body, "org.matrix.msc4140.errcode") == "M_MAX_DELAY_EXCEEDED" => {
            RequestError::TooLong {
                max: max_delay(body),
            }
        }
        (404 | 405 | 501, "M_UNRECOGNIZED" | "") => RequestError::Unsupported,
        (403, _) => RequestError::Forbidden { errcode },
        (404, _) => RequestError::NotFound { errcode },
        (500.., _) => RequestError::Server { status: code },
        (400.., _) => RequestError::Refused {
            status: code,
            errcode,
        },
        _ => RequestError::Unreadable,
    }
}

/// `errcode`, cleaned: it is shown to people and written to logs.
pub fn errcode(body: &Value) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    text(body, "errcode")
        .chars()
        .filter(allowed)
        .take(64)
        .collect()
}

fn text<'a>(body: &'a Value, field: &str) -> &'a str {
    body.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A text field every answer of this kind has.
pub fn string(answer: &Value, field: &str) -> Result<String, RequestError> {
    let text = answer.get(field).and_then(Value::as_str);
    text.map(str::to_owned).ok_or(RequestError::Unreadable)
}

fn max_delay(body: &Value) -> Option<Duration> {
    let ms = body.get("org.matrix.msc4140.max_delay")?.as_u64()?;
    Some(Duration::from_millis(ms))
}

/// From `retry_after_ms`, else from a `Retry-After` header in seconds.
pub fn retry_after(headers: &HeaderMap, body: &Value) -> Option<Duration> {
    let in_body = body.get("retry_after_ms").and_then(Value::as_u64);
    let in_header = || {
        let text = headers.get(reqwest::header::RETRY_AFTER)?.to_str().ok()?;
        Some(Duration::from_secs(text.trim().parse().ok()?))
    };
    in_body
        .map(Duration::from_millis)
        .or_else(in_header)
        .map(|wait| wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(status: u16, body: &Value) -> RequestError {
        let status = StatusCode::from_u16(status).unwrap();
        answer(status, &HeaderMap::new(), body.to_string().as_bytes()).unwrap_err()
    }

    #[test]
    fn ids_cannot_leave_their_path_segment() {
        let base = Url::parse("http://127.0.0.1:8008/sub/").unwrap();
        let path = [
            "v3",
            "rooms",
            "!a/../b?c#d",
            "state",
            "t",
            "_@u:h:1_D_m.call",
        ];
        let url = address(&base, &path, &[("x.y", "1 2".into())]).unwrap();
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:8008/sub/_matrix/client/v3/rooms/!a%2F..%2Fb%3Fc%23d/state/t/_@u:h:1_D_m.call?x.y=1+2"
        );
    }

    #[test]
    fn a_rate_limit_carries_the_wait_of_body_or_header() {
        let error = refused(
            429,
            &json!({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500}),
        );
        assert!(matches!(
            error,
            RequestError::RateLimited { retry_after: Some(wait) } if wait.as_millis() == 1500
        ));
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", "7".parse().unwrap());
        assert_eq!(
            retry_after(&headers, &json!({})),
            Some(Duration::from_secs(7))
        );
        headers.insert("retry-after", "99999999999".parse().unwrap());
        assert_eq!(retry_after(&headers, &json!({})), Some(LONGEST_WAIT));
        headers.insert("retry-after", "soon".parse().unwrap());
        assert_eq!(retry_after(&headers, &json!({})), None);
    }

    #[test]
    fn every_spelling_of_a_delay_that_is_too_long_is_understood() {
        let synapse = json!({"errcode": "ORG.MATRIX.MSC4140_DELAY_TOO_LARGE"});
        assert!(matches!(
            refused(400, &synapse),
            RequestError::TooLong { max: None }
        ));
        let older = json!({
            "errcode": "M_UNKNOWN",
            "org.matrix.msc4140.errcode": "M_MAX_DELAY_EXCEEDED",
            "org.matrix.msc4140.max_delay": 5000,
        });
        assert!(matches!(
            refused(400, &older),
            RequestError::TooLong { max: Some(max) } if max.as_secs() == 5
        ));
    }

    #[test]
    fn refusals_are_told_apart() {
        let with = |code: &str| json!({ "errcode": code });
        assert!(matches!(
            refused(401, &with("M_UNKNOWN_TOKEN")),
            RequestError::LoggedOut
        ));
        assert!(matches!(
            refused(403, &with("M_FORBIDDEN")),
            RequestError::Forbidden { .. }
        ));
        assert!(matches!(
            refused(404, &with("M_NOT_FOUND")),
            RequestError::NotFound { .. }
        ));
        assert!(matches!(
            refused(404, &with("M_UNRECOGNIZED")),
            RequestError::Unsupported
        ));
        assert!(matches!(
            refused(502, &Value::Null),
            RequestError::Server { status: 502 }
        ));
        assert!(matches!(
            refused(302, &Value::Null),
            RequestError::Unreadable
        ));
        assert!(matches!(
            refused(400, &with("M_BAD_JSON\u{1b}[31m")),
            RequestError::Refused { errcode, .. } if errcode == "M_BAD_JSON31m"
        ));
    }
}
