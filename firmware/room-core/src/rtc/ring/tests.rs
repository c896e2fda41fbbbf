use std::collections::BTreeSet;

use super::*;
use crate::rtc::PeerDevice;
use crate::rtc::session::{Input, members};

fn event(kind: &str, sender: &str, content: Value) -> Event {
    Event {
        kind: kind.into(),
        sender: sender.into(),
        event_id: "$n".into(),
        sent_ms: 1_000_000,
        state_key: None,
        content,
        sticky_until_ms: None,
    }
}

fn ring() -> Value {
    json!({
        "m.mentions": {"user_ids": ["@room:x"], "room": false},
        "notification_type": "ring",
        "m.relates_to": {"rel_type": "m.reference", "event_id": "$caller"},
        "sender_ts": 1_000_500,
        "lifetime": 30_000,
        "m.call.intent": "video",
    })
}

fn session_of(users: &[&str]) -> Session {
    let events: Vec<Event> = users
        .iter()
        .map(|user| crate::rtc::session::tests::state(user, "D", 1_000_000))
        .collect();
    let joined: BTreeSet<String> = users.iter().map(|user| (*user).to_owned()).collect();
    members(&Input {
        events: &events,
        joined: &joined,
        slot: None,
        own: &PeerDevice::new("@room:x", "OWN"),
        now_ms: 1_000_000,
    })
}

fn rings(content: Value, users: &[&str], now_ms: u64, declined: bool) -> Option<u64> {
    let notification = parse(&event(KIND, "@caller:x", content)).unwrap();
    rings_until(
        &notification,
        &Situation {
            session: &session_of(users),
            own_user: "@room:x",
            sender_may_notify_room: false,
            declined,
            now_ms,
        },
    )
}

#[test]
fn a_mentioned_room_rings_while_the_caller_waits() {
    assert_eq!(
        rings(ring(), &["@caller:x"], 1_000_600, false),
        Some(1_030_500)
    );
}

#[test]
fn ringing_stops_for_every_reason_there_is() {
    let caller = ["@caller:x"];
    assert_eq!(
        rings(ring(), &caller, 1_030_500, false),
        None,
        "lifetime over"
    );
    assert_eq!(rings(ring(), &[], 1_000_600, false), None, "caller gone");
    assert_eq!(
        rings(ring(), &["@caller:x", "@room:x"], 1_000_600, false),
        None,
        "answered elsewhere"
    );
    assert_eq!(rings(ring(), &caller, 1_000_600, true), None, "declined");
    let mut content = ring();
    content["notification_type"] = "notification".into();
    assert_eq!(
        rings(content, &caller, 1_000_600, false),
        None,
        "only a notification"
    );
    let mut content = ring();
    content["m.mentions"] = json!({"user_ids": ["@other:x"]});
    assert_eq!(
        rings(content, &caller, 1_000_600, false),
        None,
        "not mentioned"
    );
    let mut content = ring();
    content["m.mentions"] = json!({"room": true});
    assert_eq!(
        rings(content, &caller, 1_000_600, false),
        None,
        "no power to mention all"
    );
}

#[test]
fn a_senders_wrong_clock_and_an_endless_lifetime_are_not_believed() {
    let mut content = ring();
    content["sender_ts"] = json!(9_000_000_000_u64);
    content["lifetime"] = json!(u64::MAX);
    let notification = parse(&event(STABLE_KIND, "@caller:x", content)).unwrap();
    assert_eq!(notification.until_ms, 1_000_000 + MAX_LIFETIME_MS);
}

#[test]
fn a_decline_names_the_notification() {
    let decline = event(DECLINE_KIND, "@room:x", decline_content("$n"));
    assert_eq!(declines(&decline).as_deref(), Some("$n"));
    assert_eq!(declines(&event(DECLINE_KIND, "@room:x", json!({}))), None);
    assert_eq!(parse(&decline), None);
}
