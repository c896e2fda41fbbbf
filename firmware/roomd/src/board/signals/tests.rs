use serde_json::{Value, json};

use super::*;

pub fn status(phase: &str, hardware_muted: bool, microphone: &str, ringing: Value) -> Status {
    let value = json!({
        "room": {
            "name": "Room", "language": "en", "user": null, "device": null,
            "homeserver": "online", "verified": true, "version": "0",
        },
        "call": {
            "phase": phase, "target": null, "room_id": null, "name": null, "since_ms": null,
            "security": { "level": "none", "reasons": [] }, "participants": [],
            "hand_raised": false, "leaves_by_itself": true, "problem": null,
        },
        "microphone": { "muted": false, "hardware_muted": hardware_muted, "device": microphone },
        "camera": { "on": true, "device": "off" },
        "speaker": { "volume": 50, "device": "off" },
        "share": { "active": false },
        "ringing": ringing,
        "faults": [],
    });
    serde_json::from_value(value).unwrap()
}

#[test]
fn the_call_lamp_follows_the_call() {
    let ring = json!([{ "room_id": "!r", "name": "r", "caller": "c", "until_ms": 1 }]);
    for (phase, ringing, pattern) in [
        ("idle", json!([]), Pattern::Dark),
        ("failed", json!([]), Pattern::Dark),
        ("idle", ring.clone(), Pattern::Flashing),
        ("joining", json!([]), Pattern::Blinking),
        ("in_call", ring, Pattern::Steady),
        ("reconnecting", json!([]), Pattern::Blinking),
    ] {
        let status = status(phase, false, "live", ringing);
        assert_eq!(signals(Lamp::Live, &status).call, pattern, "{phase}");
    }
}

#[test]
fn the_mute_lamp_is_dark_in_a_call_only_while_the_microphone_is_open() {
    for (phase, line, microphone, pattern) in [
        ("idle", false, "off", Pattern::Dark),
        ("idle", true, "off", Pattern::Steady),
        ("joining", false, "off", Pattern::Steady),
        ("in_call", false, "live", Pattern::Dark),
        ("in_call", false, "off", Pattern::Steady),
        ("in_call", false, "failed", Pattern::Steady),
        ("in_call", false, "absent", Pattern::Steady),
        ("in_call", true, "live", Pattern::Steady),
    ] {
        let status = status(phase, line, microphone, json!([]));
        assert_eq!(
            signals(Lamp::Free, &status).mute,
            pattern,
            "{phase} {microphone}"
        );
    }
}

#[test]
fn no_two_states_of_the_room_share_a_pattern_so_that_none_needs_its_colour_to_be_known() {
    let lights = Lamp::ALL.map(light);
    for (place, (colour, pattern)) in lights.into_iter().enumerate() {
        assert!(colour != Colour::Off && pattern != Pattern::Dark);
        for (_, other) in lights.into_iter().skip(place + 1) {
            assert_ne!(pattern, other);
        }
    }
    let mut phases: Vec<_> = lights.iter().map(|(_, one)| one.phases_ms()).collect();
    phases.sort_unstable();
    phases.dedup();
    assert_eq!(phases.len(), lights.len(), "named apart, and lit alike");
}
