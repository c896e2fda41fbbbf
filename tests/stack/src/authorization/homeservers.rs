//! What the service asks of homeservers: who owns an OpenID token, where the client API is,
//! and to restart or send a delayed event. All by TLS on the server's name, except the last.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::requests::OpenIdToken;

const DELAYED: &str = "_matrix/client/unstable/org.matrix.msc4140/delayed_events";
const LIMIT: Duration = Duration::from_secs(10);

/// How an action on a delayed event went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// The event was sent or cancelled already.
    Gone,
    /// Try again, after this long if the server said so.
    Again(Option<Duration>),
}

/// A client that trusts the stack's authority and asks no proxy.
#[derive(Debug, Clone)]
pub(crate) struct Homeservers {
    http: Client,
}

impl Homeservers {
    pub(crate) fn new(authority: &str) -> Result<Self, reqwest::Error> {
        let root = reqwest::Certificate::from_pem(authority.as_bytes())?;
        let builder = Client::builder().no_proxy().timeout(LIMIT);
        Ok(Self {
            http: builder.tls_certs_only([root]).build()?,
        })
    }

    /// The user id behind a token, if the server that is said to have given it out says so
    /// and the user is one of its own.
    pub(crate) async fn owner(&self, token: &OpenIdToken) -> Option<String> {
        let mut url = self.server(
            &token.matrix_server_name,
            "_matrix/federation/v1/openid/userinfo",
        )?;
        url.query_pairs_mut()
            .append_pair("access_token", &token.access_token);
        let answer = self.get(url).await?;
        let user = answer.get("sub")?.as_str()?.to_owned();
        let (_, server) = user.strip_prefix('@')?.split_once(':')?;
        (server == token.matrix_server_name).then_some(user)
    }

    /// The address of a server's client API, by its `.well-known/matrix/client`.
    pub(crate) async fn client_api(&self, server_name: &str) -> Option<Url> {
        let answer = self
            .get(self.server(server_name, ".well-known/matrix/client")?)
            .await?;
        let base = answer.pointer("/m.homeserver/base_url")?.as_str()?;
        Url::parse(base)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
    }

    /// `restart` or `send` on a delayed event (MSC4140).
    pub(crate) async fn act(&self, api: &Url, delay_id: &str, action: &str) -> Outcome {
        let mut url = api.clone();
        let Ok(mut path) = url.path_segments_mut() else {
            return Outcome::Again(None);
        };
        path.pop_if_empty()
            .extend(DELAYED.split('/'))
            .extend([delay_id, action]);
        drop(path);
        let Ok(answer) = self.http.post(url).json(&json!({})).send().await else {
            return Outcome::Again(None);
        };
        match answer.status() {
            status if status.is_success() => Outcome::Done,
            StatusCode::NOT_FOUND => Outcome::Gone,
            StatusCode::TOO_MANY_REQUESTS => Outcome::Again(retry_after(answer).await),
            _ => Outcome::Again(None),
        }
    }

    fn server(&self, name: &str, path: &str) -> Option<Url> {
        // The name comes from the client: it must stay a host with a port, nothing more.
        let plain = name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
        plain.then(|| Url::parse(&format!("https://{name}/{path}")).ok())?
    }

    async fn get(&self, url: Url) -> Option<Value> {
        let answer = self.http.get(url).send().await.ok()?;
        answer.error_for_status().ok()?.json().await.ok()
    }
}

async fn retry_after(answer: reqwest::Response) -> Option<Duration> {
    let header = answer
        .headers()
        .get("retry-after")
        .and_then(|v| v.to_str().ok()?.parse().ok());
    if let Some(seconds) = header {
        return Some(Duration::from_secs(seconds));
    }
    let body: Value = answer.json().await.ok()?;
    body.get("retry_after_ms")?
        .as_u64()
        .map(Duration::from_millis)
}
