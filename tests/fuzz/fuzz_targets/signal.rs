//! Signalling messages of an SFU, in any order and at any time.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use livekit_protocol::SignalResponse;
use prost::Message as _;
use room_livekit::machine::{Input, Machine, Rules};
use room_messages::Token;

fuzz_target!(|messages: Vec<(u8, Vec<u8>)>| {
    let rules = Rules {
        publishing: true,
        resume: true,
        jitter: Duration::ZERO,
    };
    let mut now = Duration::ZERO;
    let (mut machine, _) = Machine::start(rules, Token::new("token".to_owned()), now);
    let _ = machine.handle(now, Input::Opened);
    for (wait, bytes) in messages {
        now += Duration::from_secs(wait.into());
        let input = match SignalResponse::decode(bytes.as_slice()) {
            Ok(message) => Input::Received(Box::new(message)),
            Err(_) if wait % 3 == 0 => Input::Closed,
            Err(_) if wait % 3 == 1 => Input::Opened,
            Err(_) => Input::Tick,
        };
        let _ = machine.handle(now, input);
    }
});
