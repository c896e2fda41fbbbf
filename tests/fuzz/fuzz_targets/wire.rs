//! Orders and facts between the daemons, cut anywhere.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_messages::wire::decode;
use room_messages::{Fact, Order};

fuzz_target!(|data: &[u8]| {
    let mut buffer = data.to_vec();
    while let Ok(Some(_)) = decode::<Order>(&mut buffer) {}
    let mut buffer = data.to_vec();
    while let Ok(Some(_)) = decode::<Fact>(&mut buffer) {}
});
