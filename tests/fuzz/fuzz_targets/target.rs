//! Links and codes typed or pasted by anybody.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_core::target::Target;

fuzz_target!(|text: &str| {
    let _ = Target::parse(text);
});
