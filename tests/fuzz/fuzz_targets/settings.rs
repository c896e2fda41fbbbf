//! Settings files as people write them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_settings::Settings;

fuzz_target!(|text: &str| {
    let _ = Settings::parse(text);
});
