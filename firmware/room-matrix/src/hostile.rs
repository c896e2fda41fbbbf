//! Whatever a homeserver, an authorization service or a member sends, nothing here panics.

use proptest::prelude::*;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// Names that mean something to some parser here, so that random objects reach the code behind.
const FIELDS: [&str; 16] = [
    "errcode",
    "retry_after_ms",
    "org.matrix.msc4140.max_delay",
    "url",
    "jwt",
    "rooms",
    "!r:h",
    "events",
    "event_id",
    "origin_server_ts",
    "unsigned",
    "msc4354_sticky_duration_ttl_ms",
    "msc4354_sticky",
    "duration_ms",
    "type",
    "rtc_transports",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("https://sfu.example")),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        let field = prop::sample::select(&FIELDS[..]).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(field, inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_answer_panics(status in 100_u16..1000, body in any_json(), cut in 0_usize..200) {
        let status = StatusCode::from_u16(status).unwrap();
        let text = body.to_string();
        let text = text.as_bytes();
        let _ = crate::http::answer(status, &HeaderMap::new(), text);
        let _ = crate::http::answer(status, &HeaderMap::new(), &text[..cut.min(text.len())]);
        let _ = crate::sfu::understand(status, &body);
        let _ = crate::transports::list(body.get("rtc_transports"));
    }

    #[test]
    fn no_sticky_event_panics_or_sticks_for_ever(extension in any_json(), now in any::<u64>()) {
        crate::sticky::try_any(&extension, now);
    }

    #[test]
    fn no_key_message_panics(message in any_json(), text in ".{0,200}") {
        crate::keys::try_any(&message.to_string());
        crate::keys::try_any(&text);
    }
}
