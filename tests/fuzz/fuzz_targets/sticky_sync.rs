//! Answers of a homeserver's sync that bring sticky events of anybody in a Matrix room.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use room_core::homeserver;
use room_core::rtc::event::{Event, MAX_STICKY_MS};
use room_core::rtc::{membership, sticky_sync};

const NOW_MS: u64 = 1_700_000_000_000;

fuzz_target!(|body: &[u8]| {
    let Ok(answer) = homeserver::read(200, None, body) else {
        return;
    };
    // The second is short, so that the fuzzer finds it.
    let watched = BTreeSet::from(["!room:example.org".to_owned(), "!".to_owned()]);
    let Some(read) = sticky_sync::read(&answer, &watched, NOW_MS) else {
        return;
    };
    for came in read.events {
        assert!(watched.contains(&came.room));
        assert!(came.expires_ms <= NOW_MS + MAX_STICKY_MS);
        let _ = sticky_sync::sent_ms(&came.event);
        if let Ok(event) = Event::from_value(came.event, NOW_MS) {
            let _ = membership::parse(&event);
        }
    }
    let _ = sticky_sync::request(&watched, read.since.as_deref());
});
