//! Answers of homeservers and authorization services.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_core::rtc::transports;

fuzz_target!(|body: &[u8]| {
    let _ = transports::parse_transports(body);
    let _ = transports::parse_well_known(body);
    let _ = transports::parse_access(body);
    let _ = transports::parse_openid(body);
});
