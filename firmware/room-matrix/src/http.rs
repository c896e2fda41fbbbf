//! Single requests to the homeserver by plain HTTP: one try, a bounded answer, a typed error.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use room_core::homeserver;
use room_messages::Token;
use serde_json::Value;
use url::Url;

use crate::RequestError;

/// Longest answer to a single request.
pub const MAX_ANSWER: usize = 1024 * 1024;
const CONNECT: Duration = Duration::from_secs(5);
/// A keeper restarts its delayed leave every 4 s and has 18 s: slower answers help nobody.
const ANSWER: Duration = Duration::from_secs(10);
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
        json(response, call.max_answer).await
    }
}

/// JSON of a success, else the error it means.
pub async fn json(response: reqwest::Response, max: usize) -> Result<Value, RequestError> {
    let (status, wait) = (response.status(), retry_after(response.headers()));
    let body = read(response, max).await?;
    Ok(homeserver::read(status.as_u16(), wait.as_deref(), &body)?)
}

/// The header of that name, as it came.
pub fn retry_after(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(RETRY_AFTER)?.to_str().ok()?.to_owned())
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

/// A text field every answer of this kind has.
pub fn string(answer: &Value, field: &str) -> Result<String, RequestError> {
    let text = answer.get(field).and_then(Value::as_str);
    text.map(str::to_owned).ok_or(RequestError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
