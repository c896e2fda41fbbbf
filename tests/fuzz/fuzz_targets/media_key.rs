//! To-device messages that other devices send by Olm, keys among them.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use room_core::Moment;
use room_core::rtc::inbound::Inbound;
use room_core::rtc::key_message::{self, Envelope};
use room_messages::MediaKey;

const NOW: Moment = Moment {
    since_start: Duration::ZERO,
    unix_ms: 1_700_000_000_000,
};

fuzz_target!(|messages: Vec<(&str, &str)>| {
    let mut inbound = Inbound::new("!r".into());
    for (text, device) in messages {
        // Whole messages are hard to guess, so each text is tried as bare content too.
        let content = match Envelope::read(text) {
            Some(envelope) => envelope.content,
            None => serde_json::from_str(text).unwrap_or_default(),
        };
        if let Ok(message) = key_message::parse(&content) {
            // Nothing of the key may be printable.
            let other = MediaKey::new(vec![0; 16]).ok();
            let (key, other) = (
                format!("{:?}", message.key),
                other.map(|k| format!("{k:?}")),
            );
            assert_eq!(Some(key), other);
        }
        let _ = inbound.received(NOW, "@a:x", Some(device), &content);
    }
});
