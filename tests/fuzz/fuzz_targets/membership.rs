//! Call events of a Matrix room, from any of its members.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use room_core::rtc::event::Event;
use room_core::rtc::session::{Input, members};
use room_core::rtc::{PeerDevice, membership};

fuzz_target!(|texts: Vec<&[u8]>| {
    let events: Vec<Event> = texts
        .iter()
        .filter_map(|text| Event::parse(text, 1_700_000_000_000).ok())
        .collect();
    for event in &events {
        let _ = membership::parse(event);
    }
    let joined: BTreeSet<String> = events.iter().map(|event| event.sender.clone()).collect();
    let own = PeerDevice::new("@room:example.org", "ROOM");
    let _ = members(&Input {
        events: &events,
        joined: &joined,
        slot: events.first().map(|event| &event.content),
        own: &own,
        now_ms: 1_700_000_000_000,
    });
});
