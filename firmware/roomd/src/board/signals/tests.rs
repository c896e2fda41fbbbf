use serde_json::{Value, json};

use super::*;

fn status(phase: &str, hardware_muted: bool, microphone: &str, ringing: Value) -> Status {
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
            signals(Lamp::Ready, &status).mute,
            pattern,
            "{phase} {microphone}"
        );
    }
}

#[test]
fn every_state_of_the_room_has_its_own_light() {
    let lights = [
        Lamp::Ready,
        Lamp::Connecting,
        Lamp::Muted,
        Lamp::Live,
        Lamp::Fault,
    ]
    .map(light);
    for (place, one) in lights.iter().enumerate() {
        assert!(!lights.iter().skip(place + 1).any(|other| other == one));
        assert!(one.1 != Pattern::Dark);
    }
}
