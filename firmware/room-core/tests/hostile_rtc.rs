//! Whatever a homeserver, a peer or an authorization service sends: read or refused, never a
//! panic, and never more kept than is bounded. The fuzz targets start from the same parsers.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the helpers of this test are tests too"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use room_core::Moment;
use room_core::homeserver;
use room_core::rtc::event::Event;
use room_core::rtc::hands::Hands;
use room_core::rtc::inbound::Inbound;
use room_core::rtc::key_message::Envelope;
use room_core::rtc::membership::{self, state, sticky};
use room_core::rtc::power::{Action, Rules};
use room_core::rtc::session::{self, Input};
use room_core::rtc::{
    Intent, Mode, PeerDevice, admission, hands, key_message, ring, sticky_sync, transports,
};
use room_messages::MediaKey;
use serde_json::{Value, json};

const NOW: u64 = 1_700_000_000_000;

/// A small generator: the same seed is the same story.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

fn odd_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(u64::MAX),
        json!(1e308),
        json!(""),
        json!("x".repeat(70_000)),
        json!("\u{0}\u{202e}é🖐️"),
        json!([]),
        json!({}),
        json!([[[[[]]]]]),
        json!({"type": "livekit", "livekit_service_url": "http://["}),
    ]
}

/// Puts something odd at a random place of `value`, or takes something away.
fn spoil(dice: &mut Dice, value: &mut Value) {
    let odd = odd_values();
    let here = dice.below(4) == 0;
    match value {
        Value::Object(map) if !here && !map.is_empty() => {
            let key = map.keys().nth(dice.below(map.len())).unwrap().clone();
            if dice.below(6) == 0 {
                map.remove(&key);
            } else {
                spoil(dice, map.get_mut(&key).unwrap());
            }
        }
        Value::Array(list) if !here && !list.is_empty() => {
            let place = dice.below(list.len());
            spoil(dice, list.get_mut(place).unwrap());
        }
        _ => *value = odd[dice.below(odd.len())].clone(),
    }
}

fn event(kind: &str, content: &Value, state_key: Option<&str>) -> Value {
    let mut event = json!({
        "type": kind, "sender": "@a:x", "event_id": "$1", "origin_server_ts": NOW,
        "content": content, "msc4354_sticky": {"duration_ms": 3_600_000},
        "unsigned": {"msc4354_sticky_duration_ttl_ms": 3_000_000},
    });
    if let Some(key) = state_key {
        event["state_key"] = json!(key);
    }
    event
}

fn good_events() -> Vec<Value> {
    let state_join = state::join_content(&state::Joining {
        user: "@a:x",
        device: "D",
        room_id: "!r",
        service_url: "https://sfu",
        intent: Intent::Video,
        expires_ms: 14_400_000,
        created_ms: Some(NOW),
    });
    let sticky_join = sticky::join_content(&sticky::Joining {
        user: "@a:x",
        device: "D",
        member_id: "uuid",
        service_url: "https://sfu",
        intent: Intent::Audio,
        previous: Some("$0"),
    });
    let ring = json!({"m.mentions": {"user_ids": ["@me:x"], "room": true}, "notification_type": "ring",
        "sender_ts": NOW, "lifetime": 90_000, "m.call.intent": "video"});
    let emoji =
        json!({"m.relates_to": {"rel_type": "m.reference", "event_id": "$1"}, "emoji": "👏"});
    let create = json!({"room_version": "12", "additional_creators": ["@b:x"]});
    vec![
        event(state::KIND, &state_join, Some("_@a:x_D_m.call")),
        event(sticky::KIND, &sticky_join, None),
        event(ring::KIND, &ring, None),
        event(ring::DECLINE_KIND, &ring::decline_content("$1"), None),
        event(hands::HAND_KIND, &hands::raise_content("$1"), None),
        event(hands::REACTION_KIND, &emoji, None),
        event(hands::REDACTION_KIND, &json!({"redacts": "$1"}), None),
        event("m.room.create", &create, Some("")),
    ]
}

fn read_everything(json: &[u8]) {
    let Ok(event) = Event::parse(json, NOW) else {
        return;
    };
    let _ = membership::parse(&event);
    let _ = ring::parse(&event);
    let _ = ring::declines(&event);
    let rules = Rules::new(Some(&event), Some(&event.content), true);
    let _ = rules.may("@a:x", Action::Join(Mode::Matrix20));
    let mut hands = Hands::default();
    hands.observe(NOW, &event);
    let joined = BTreeSet::from([event.sender.clone()]);
    let own = PeerDevice::new("@me:x", "OWN");
    let content = event.content.clone();
    let session = session::members(&Input {
        events: &[event],
        joined: &joined,
        slot: Some(&content),
        own: &own,
        now_ms: NOW,
    });
    for member in &session.others {
        assert!(member.user.len() <= 255 && member.device.len() <= 255);
        assert!(
            member
                .transport
                .as_ref()
                .is_none_or(|url| url.len() <= 2048)
        );
        let _ = hands.is_raised(member);
    }
}

#[test]
fn spoilt_events_are_read_or_refused() {
    let mut dice = Dice(1);
    let good = good_events();
    for _ in 0..20_000 {
        let mut value = good[dice.below(good.len())].clone();
        for _ in 0..=dice.below(3) {
            spoil(&mut dice, &mut value);
        }
        read_everything(value.to_string().as_bytes());
    }
}

fn read_answers(bytes: &[u8]) {
    let watched = BTreeSet::from(["!r".to_owned()]);
    for status in [200, 302, 400, 404, 429, 503] {
        let _ = admission::read(status, Some("5"), bytes);
        let Ok(answer) = homeserver::read(status, Some("x"), bytes) else {
            continue;
        };
        let named = transports::of_endpoint(&answer);
        assert!(named.iter().all(|url| membership::is_service_url(url)));
        let _ = transports::of_well_known(&answer);
        let _ = admission::OpenIdToken::read(&answer);
        let _ = sticky_sync::read(&answer, &watched, NOW);
    }
    if let Some(envelope) = std::str::from_utf8(bytes).ok().and_then(Envelope::read) {
        let _ = key_message::parse(&envelope.content);
    }
}

fn good_answers() -> Vec<Value> {
    let transport = json!([{"type": "livekit", "livekit_service_url": "https://sfu"}]);
    let sticky = json!({"next_batch": "s", "rooms": {"!r": {"events": [good_events()[1]]}}});
    let key = MediaKey::new(vec![1; 16]).unwrap();
    let own = PeerDevice::new("@a:x", "D");
    let content = key_message::content("!r", &own, "@a:x:D", 0, &key, NOW);
    vec![
        json!({"rtc_transports": transport, "org.matrix.msc4143.rtc_foci": transport}),
        json!({"url": "wss://sfu", "jwt": "t"}),
        json!({"access_token": "s", "token_type": "Bearer", "matrix_server_name": "x",
            "expires_in": 3600}),
        json!({"pos": "1", "extensions": {"org.matrix.msc4354.sticky_events": sticky}}),
        json!({"type": key_message::KIND, "sender": "@a:x", "content": content}),
        json!({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1000}),
    ]
}

#[test]
fn spoilt_answers_are_read_or_refused() {
    let mut dice = Dice(4);
    let good = good_answers();
    for _ in 0..20_000 {
        let mut value = good[dice.below(good.len())].clone();
        spoil(&mut dice, &mut value);
        read_answers(value.to_string().as_bytes());
    }
}

#[test]
fn spoilt_bytes_are_read_or_refused() {
    let mut dice = Dice(2);
    let good = good_events();
    for _ in 0..20_000 {
        let mut bytes = good[dice.below(good.len())].to_string().into_bytes();
        for _ in 0..=dice.below(4) {
            let place = dice.below(bytes.len());
            bytes[place] = u8::try_from(dice.below(256)).unwrap();
        }
        read_everything(&bytes);
        read_answers(&bytes);
    }
}

#[test]
fn spoilt_key_messages_are_installed_or_refused() {
    let mut dice = Dice(3);
    let key = MediaKey::new(vec![1; 16]).unwrap();
    let own = PeerDevice::new("@a:x", "D");
    let good = key_message::content("!r", &own, "@a:x:D", 0, &key, NOW);
    let mut inbound = Inbound::new("!r".into());
    let now = Moment {
        since_start: Duration::ZERO,
        unix_ms: NOW,
    };
    for _ in 0..20_000 {
        let mut content = good.clone();
        spoil(&mut dice, &mut content);
        let _ = inbound.received(now, "@a:x", Some("D"), &content);
    }
    assert!(inbound.all().is_empty());
}
