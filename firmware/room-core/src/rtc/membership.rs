//! Memberships: who says to be in a call, and what the room says of itself.
//!
//! Two forms are read and written: the state event of Element Call's compatibility mode
//! ([`state`]) and the sticky event of Matrix 2.0 ([`sticky`]). The per-user state event of
//! 2023 (`memberships: […]`) is ignored, as current clients do.
//!
//! Invariant: the user of a membership is the sender of its event, never what its content says.

pub mod state;
pub mod sticky;

use room_messages::Identity;
use serde_json::Value;

use super::Intent;
use super::event::Event;

/// Longest `livekit_service_url` accepted, in bytes.
pub const MAX_URL: usize = 2048;
/// How long a membership lasts that names no `expires`, in milliseconds.
pub const DEFAULT_EXPIRES_MS: u64 = 4 * 3_600_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    State,
    Sticky,
}

/// The SFU a member publishes on, as the membership alone tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publishes {
    /// On the SFU of this `livekit_service_url`.
    On(String),
    /// Where the oldest member publishes; here when this member is the oldest.
    WithOldest(Option<String>),
    /// It does not say: shown without media.
    Nowhere,
}

/// One valid membership, before expiry and room membership are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub user: String,
    pub device: String,
    /// `user:device`, or the unique id of a sticky member.
    pub member_id: String,
    pub identity: Identity,
    pub publishes: Publishes,
    /// Unix milliseconds; orders the members.
    pub created_ms: u64,
    /// Unix milliseconds from which it no longer counts.
    pub expires_ms: u64,
    pub event_id: String,
    pub intent: Option<Intent>,
    pub form: Form,
}

/// What an event says about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    Joined(Box<Membership>),
    Left,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the event is of no type that carries a membership")]
    OtherKind,
    #[error("the membership is for another call than the room's own")]
    OtherCall,
    #[error("the membership has no usable `{0}`")]
    Field(&'static str),
}

/// Reads a membership of either form.
///
/// # Errors
/// When the event is none, belongs to another call, or Element Call would refuse it.
pub fn parse(event: &Event) -> Result<Reading, Unreadable> {
    match event.kind.as_str() {
        state::KIND => state::parse(event),
        sticky::KIND | sticky::STABLE_KIND => sticky::parse(event),
        _ => Err(Unreadable::OtherKind),
    }
}

/// The first entry of a list of transports, when it is a LiveKit one.
fn first_livekit(list: Option<&Value>) -> Option<String> {
    let first = list?.as_array()?.first()?;
    service_url(first)
}

/// The address in one transport object. It is compared as it stands, so nothing is normalised.
pub(super) fn service_url(transport: &Value) -> Option<String> {
    if transport.get("type")?.as_str()? != "livekit" {
        return None;
    }
    let text = transport.get("livekit_service_url")?.as_str()?;
    is_service_url(text).then(|| text.to_owned())
}

/// An absolute `http` or `https` address with a host and without credentials, at most
/// [`MAX_URL`] bytes. `http` is for installations on a closed network and for tests.
#[must_use]
pub fn is_service_url(text: &str) -> bool {
    text.len() <= MAX_URL
        && url::Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
        })
}

fn intent_at(value: &Value) -> Option<Intent> {
    Intent::from_wire(value.get("m.call.intent")?.as_str()?)
}

#[cfg(test)]
mod tests;
