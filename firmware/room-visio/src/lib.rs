//! The requests to an instance of La Suite Meet (Visio).
//!
//! What to ask and what an answer means is `room_core::visio`'s; here it is sent once and read
//! within bounds of size and time. No redirect is followed: a POST would be asked again as a GET,
//! and a guest's cookie and token must not travel to another host.
//! Deliberately absent: trying again, a cookie jar, and any log line that names what was asked.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, COOKIE, HeaderValue, RETRY_AFTER, SET_COOKIE};
use room_core::visio::answer::MAX_ANSWER;
use room_core::visio::{Answer, Ask};

const CONNECT: Duration = Duration::from_secs(5);
/// Of a whole answer: a waiting place is lost 3 s after the last question, and a slow answer to
/// one is still better than none.
const ANSWER: Duration = Duration::from_secs(10);
/// Longest header that is kept, in bytes, and most of one kind.
const MAX_HEADER: usize = 4096;
const MAX_HEADERS: usize = 16;

/// Requests to any instance; cheap to clone.
#[derive(Clone, Debug)]
pub struct Visio {
    http: reqwest::Client,
}

/// The system gives no client: no random numbers, or no certificates.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client")]
pub struct NoClient(#[source] reqwest::Error);

impl Visio {
    /// # Errors
    /// [`NoClient`].
    pub fn new() -> Result<Self, NoClient> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .user_agent(concat!("salle/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(NoClient)?;
        Ok(Self { http })
    }

    /// Asks once; `None` when nothing came in time, or more than is read.
    pub async fn ask(&self, ask: Ask) -> Option<Answer> {
        match self.send(ask).await {
            Ok(answer) => answer,
            Err(error) => {
                // Without the address: it holds the meeting's code.
                let error = error.without_url();
                tracing::debug!(%error, "no answer of a Visio instance");
                None
            }
        }
    }

    async fn send(&self, ask: Ask) -> Result<Option<Answer>, reqwest::Error> {
        let mut request = match &ask.body {
            Some(body) => self.http.post(ask.url).json(body),
            None => self.http.get(ask.url),
        };
        if let Some(cookie) = &ask.cookie {
            request = request.header(COOKIE, secret(cookie.header()));
        }
        if let Some(token) = &ask.bearer {
            request = request.header(AUTHORIZATION, secret(&format!("Bearer {}", token.expose())));
        }
        read(request.send().await?).await
    }
}

/// A header that no `Debug` shows; empty when it is none, and the instance then refuses.
fn secret(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

async fn read(mut response: reqwest::Response) -> Result<Option<Answer>, reqwest::Error> {
    let text = |value: &HeaderValue| {
        let text = value.to_str().ok()?;
        (text.len() <= MAX_HEADER).then(|| text.to_owned())
    };
    let headers = response.headers();
    let cookies = headers.get_all(SET_COOKIE).iter().take(MAX_HEADERS);
    let mut answer = Answer {
        status: response.status().as_u16(),
        retry_after: headers.get(RETRY_AFTER).and_then(text),
        cookies: cookies.filter_map(text).collect(),
        body: Vec::new(),
    };
    while let Some(part) = response.chunk().await? {
        if answer.body.len() + part.len() > MAX_ANSWER {
            tracing::warn!("an answer of a Visio instance is too long");
            return Ok(None);
        }
        answer.body.extend_from_slice(&part);
    }
    Ok(Some(answer))
}
