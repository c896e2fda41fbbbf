//! Key messages that other devices send by Olm.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_core::rtc::key_message;

fuzz_target!(|json: &[u8]| {
    if let Ok(message) = key_message::parse_json(json) {
        // Nothing of the key may be printable.
        assert!(!format!("{message:?}").contains(&hex_of(json)));
    }
});

fn hex_of(json: &[u8]) -> String {
    json.iter().map(|byte| format!("{byte:02x}")).collect()
}
