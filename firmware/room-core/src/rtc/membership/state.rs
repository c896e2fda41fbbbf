//! The state-event form: `org.matrix.msc3401.call.member`, as Element Call writes it.

use serde_json::{Value, json};

use super::{DEFAULT_EXPIRES_MS, Form, Membership, Publishes, Reading, Unreadable};
use super::{first_livekit, intent_at};
use crate::rtc::Intent;
use crate::rtc::event::{Event, id_at, is_id};
use crate::rtc::names::plain_identity;

pub const KIND: &str = "org.matrix.msc3401.call.member";

/// State key of a device's membership in the room's own call; widget hosts grant no other.
/// Room versions with owned state (MSC3757, MSC3779) need no leading underscore.
#[must_use]
pub fn state_key(user: &str, device: &str, room_version: &str) -> String {
    let owned = ["org.matrix.msc3757", "org.matrix.msc3779"]
        .iter()
        .any(|version| room_version.starts_with(version));
    let underscore = if owned { "" } else { "_" };
    format!("{underscore}{user}_{device}_m.call")
}

/// What goes into an own membership.
#[derive(Clone, Copy, Debug)]
pub struct Joining<'a> {
    pub user: &'a str,
    pub device: &'a str,
    pub room_id: &'a str,
    pub service_url: &'a str,
    pub intent: Intent,
    /// Milliseconds after creation; must grow with each refresh.
    pub expires_ms: u64,
    /// `None` in the first join, so that the server's time counts; then that time in every update.
    pub created_ms: Option<u64>,
}

/// Content that joins, or refreshes.
#[must_use]
pub fn join_content(joining: &Joining<'_>) -> Value {
    let mut content = json!({
        "application": "m.call",
        "call_id": "",
        "scope": "m.room",
        "device_id": joining.device,
        "membershipID": format!("{}:{}", joining.user, joining.device),
        "expires": joining.expires_ms,
        "m.call.intent": joining.intent.as_wire(),
        "focus_active": {"type": "livekit", "focus_selection": "multi_sfu"},
        "foci_preferred": [{
            "type": "livekit",
            "livekit_alias": joining.room_id,
            "livekit_service_url": joining.service_url,
        }],
    });
    if let (Some(created), Some(object)) = (joining.created_ms, content.as_object_mut()) {
        object.insert("created_ts".to_owned(), created.into());
    }
    content
}

/// Content that leaves.
#[must_use]
pub fn leave_content() -> Value {
    json!({})
}

/// # Errors
/// See [`Unreadable`].
pub fn parse(event: &Event) -> Result<Reading, Unreadable> {
    if event.state_key.is_none() {
        return Err(Unreadable::Field("state_key"));
    }
    let content = &event.content;
    let fields = content.as_object().map_or(0, serde_json::Map::len);
    if fields < 2 || content.get("application").is_none() {
        return Ok(Reading::Left);
    }
    check_call(content)?;
    let device = id_at(content, "device_id").ok_or(Unreadable::Field("device_id"))?;
    let created_ms = number(content, "created_ts")?.unwrap_or(event.sent_ms);
    let expires = number(content, "expires")?.unwrap_or(DEFAULT_EXPIRES_MS);
    let member_id = match content.get("membershipID") {
        None => format!("{}:{device}", event.sender),
        Some(Value::String(id)) if is_id(id) => id.clone(),
        Some(_) => return Err(Unreadable::Field("membershipID")),
    };
    Ok(Reading::Joined(Box::new(Membership {
        identity: plain_identity(&event.sender, &device),
        user: event.sender.clone(),
        device,
        member_id,
        publishes: publishes(content)?,
        created_ms,
        expires_ms: created_ms.saturating_add(expires),
        event_id: event.event_id.clone(),
        intent: intent_at(content),
        form: Form::State,
    })))
}

fn check_call(content: &Value) -> Result<(), Unreadable> {
    let text = |name: &'static str| {
        let text = content.get(name).and_then(Value::as_str);
        text.ok_or(Unreadable::Field(name))
    };
    let (application, call) = (text("application")?, text("call_id")?);
    if content.get("scope").is_some_and(|scope| !scope.is_string()) {
        return Err(Unreadable::Field("scope"));
    }
    let own = application == "m.call" && matches!(call, "" | "ROOM");
    if own {
        Ok(())
    } else {
        Err(Unreadable::OtherCall)
    }
}

fn publishes(content: &Value) -> Result<Publishes, Unreadable> {
    let active = content.get("focus_active");
    let field = |name| active.and_then(|a| a.get(name)).and_then(Value::as_str);
    field("type").ok_or(Unreadable::Field("focus_active"))?;
    let preferred = first_livekit(content.get("foci_preferred"));
    Ok(match field("focus_selection") {
        Some("multi_sfu") => preferred.map_or(Publishes::Nowhere, Publishes::On),
        Some("oldest_membership") => Publishes::WithOldest(preferred),
        _ => Publishes::Nowhere,
    })
}

/// A number of milliseconds. JavaScript writes whole numbers, but may write them as `1e13`.
fn number(content: &Value, name: &'static str) -> Result<Option<u64>, Unreadable> {
    let Some(value) = content.get(name) else {
        return Ok(None);
    };
    let whole = value.as_u64().or_else(|| {
        let real = value
            .as_f64()
            .filter(|real| real.is_finite() && *real >= 0.0)?;
        // Saturates, which is what an absurd time should do.
        Some(real as u64)
    });
    whole.map(Some).ok_or(Unreadable::Field(name))
}
