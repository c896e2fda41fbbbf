//! Calendar files that others wrote, and the changes a room makes to them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_meetings::ical::{Reading, Window, named, read, with_end, without};
use room_meetings::links::Instances;

const WINDOW: Window = Window {
    from_ms: 1_774_000_000_000,
    to_ms: 1_776_000_000_000,
};

fuzz_target!(|file: &[u8]| {
    let Some(zone) = named("Europe/Paris") else {
        return;
    };
    let reading = Reading {
        window: WINDOW,
        zone: &zone,
        visio: &Instances {
            hosts: vec!["visio.example.org".to_owned()],
            default: None,
        },
    };
    let Ok(found) = read(file, &reading) else {
        return;
    };
    for meeting in found.meetings.iter().take(4) {
        let _ = with_end(file, &meeting.key, WINDOW.to_ms, WINDOW.from_ms, &zone);
        let _ = without(file, &meeting.key, WINDOW.from_ms, &zone);
    }
});
