//! What an instance's answers mean.
//!
//! Errors come in four shapes and are partly translated, so only the status counts. Of a success
//! every field may be missing; what is there is bounded. Names are left as they came: whoever
//! shows them cleans them.

use std::fmt;
use std::time::Duration;

use room_messages::Token;
use serde_json::Value;
use url::Url;

use super::{Cookie, Pass, is_loopback};

/// Longest answer that is read, in bytes: a token has about a thousand.
pub const MAX_ANSWER: usize = 64 * 1024;
const MAX_URL: usize = 2048;
const MAX_TOKEN: usize = 16 * 1024;
const MAX_NAME: usize = 1024;
const MAX_ID: usize = 256;

/// An HTTP answer as it came. `Debug` shows its status only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// `Retry-After`, as it came.
    pub retry_after: Option<String>,
    /// `Set-Cookie`, each.
    pub cookies: Vec<String>,
    /// At most [`MAX_ANSWER`] bytes.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({})", self.status)
    }
}

/// Why something was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 404.
    Unknown,
    /// 429, or 503 that says for how long; the wait as far as it is told.
    Throttled { wait: Option<Duration> },
    /// 5xx, or no answer at all: trying again may help.
    Failing,
    /// Any other 4xx.
    Refused,
    /// A redirect, or a success that is no JSON: this is no such instance, or none any more.
    Foreign,
}

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The instance knows the meeting: its `id` is not null.
    pub registered: bool,
    /// Only a public meeting gives one here; not used for registered ones, because each look-up
    /// makes another identity.
    pub pass: Option<Pass>,
}

/// Where a guest stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Accepted(Pass),
    Denied,
    /// Any other word: keep asking.
    Waiting,
}

impl Answer {
    /// The JSON of a success.
    fn value(&self) -> Result<Value, Refusal> {
        match self.status {
            200..=299 if self.body.len() <= MAX_ANSWER => {
                let value = serde_json::from_slice::<Value>(&self.body).ok();
                value.filter(Value::is_object).ok_or(Refusal::Foreign)
            }
            404 => Err(Refusal::Unknown),
            429 => Err(Refusal::Throttled { wait: self.wait() }),
            503 if self.wait().is_some() => Err(Refusal::Throttled { wait: self.wait() }),
            500..=599 => Err(Refusal::Failing),
            400..=499 => Err(Refusal::Refused),
            _ => Err(Refusal::Foreign),
        }
    }

    /// Only seconds are taken; a date would need a clock.
    fn wait(&self) -> Option<Duration> {
        let text = self.retry_after.as_deref()?;
        text.trim().parse().ok().map(Duration::from_secs)
    }

    /// Answer of [`super::Ask::look_up`]; `plain` when the instance is reached without TLS.
    ///
    /// # Errors
    /// Each [`Refusal`].
    pub fn found(&self, plain: bool) -> Result<Found, Refusal> {
        let value = self.value()?;
        // Missing is not null: every field is optional, and only null means unregistered.
        Ok(Found {
            registered: !matches!(value.get("id"), Some(Value::Null)),
            pass: pass(&value, plain),
        })
    }

    /// Answer of [`super::Ask::enter`], with the guest's cookie when it is set.
    ///
    /// # Errors
    /// Each [`Refusal`].
    pub fn entry(&self, plain: bool) -> Result<(Entry, Option<Cookie>), Refusal> {
        let value = self.value()?;
        let id = text(&value, "id", MAX_ID);
        let cookie = Cookie::find(self.cookies.iter().map(String::as_str), id);
        let entry = match (text(&value, "status", MAX_NAME), pass(&value, plain)) {
            (Some("accepted"), Some(pass)) => Entry::Accepted(pass),
            (Some("denied"), _) => Entry::Denied,
            _ => Entry::Waiting,
        };
        Ok((entry, cookie))
    }

    /// Answer of an order that tells nothing but whether it was done.
    ///
    /// # Errors
    /// Each [`Refusal`].
    pub fn done(&self) -> Result<(), Refusal> {
        match self.value() {
            Err(Refusal::Foreign) if (200..300).contains(&self.status) => Ok(()),
            other => other.map(drop),
        }
    }
}

/// Shorter texts only: a shortened one could be taken for another.
fn text<'a>(value: &'a Value, field: &str, most: usize) -> Option<&'a str> {
    let text = value.get(field)?.as_str()?;
    (text.len() <= most).then_some(text)
}

fn pass(value: &Value, plain: bool) -> Option<Pass> {
    let livekit = value.get("livekit")?;
    let address = text(livekit, "url", MAX_URL)?;
    let url = Url::parse(address).ok().filter(Url::has_host)?;
    let secure = match url.scheme() {
        "https" | "wss" => true,
        "http" | "ws" => plain && is_loopback(&url),
        _ => false,
    };
    let token = text(livekit, "token", MAX_TOKEN)?;
    let fit = !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic());
    (secure && fit).then(|| Pass {
        url: address.to_owned(),
        token: Token::new(token.to_owned()),
    })
}

#[cfg(test)]
mod tests;
