//! Answers of an authorization service, whose address anybody in a call can name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_core::rtc::admission;
use room_core::rtc::membership::MAX_URL;

fuzz_target!(|answer: (u16, Option<&str>, &[u8])| {
    let (status, retry_after, body) = answer;
    // Most statuses are no success, so every body is read as one too.
    for status in [status, 200] {
        if let Ok(grant) = admission::read(status, retry_after, body) {
            assert!(!grant.token.expose().is_empty());
            assert!(grant.url.starts_with("ws") || grant.url.starts_with("http"));
            // An address that is made regular can grow: each byte to three at most.
            assert!(grant.url.len() <= 3 * MAX_URL + 16);
        }
    }
});
