//! What a homeserver, or whoever answers in its name, says of where calls are carried.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_core::homeserver::{self, LONGEST_WAIT, Refusal};
use room_core::rtc::membership::is_service_url;
use room_core::rtc::transports::{MAX_TRANSPORTS, of_endpoint, of_well_known};

fuzz_target!(|answer: (u16, Option<&str>, &[u8])| {
    let (status, retry_after, body) = answer;
    if let Err(Refusal::RateLimited {
        retry_after: Some(wait),
    }) = homeserver::read(status, retry_after, body)
    {
        assert!(wait <= LONGEST_WAIT);
    }
    if let Ok(answer) = homeserver::read(200, None, body) {
        for named in [of_endpoint(&answer), of_well_known(&answer)] {
            assert!(named.len() <= MAX_TRANSPORTS);
            assert!(named.iter().all(|url| is_service_url(url)));
        }
    }
});
