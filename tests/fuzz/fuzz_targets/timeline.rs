//! Ringing, declines, hands, reactions and power levels, from any member of a Matrix room.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_core::rtc::event::Event;
use room_core::rtc::hands::Hands;
use room_core::rtc::power::Rules;
use room_core::rtc::ring;

const NOW_MS: u64 = 1_700_000_000_000;

fuzz_target!(|texts: Vec<&[u8]>| {
    let mut hands = Hands::default();
    for text in texts {
        let Ok(event) = Event::parse(text, NOW_MS) else {
            continue;
        };
        hands.observe(NOW_MS, &event);
        let _ = ring::parse(&event);
        let _ = ring::declines(&event);
        let rules = Rules::new(Some(&event), Some(&event.content), true);
        let _ = rules.may_notify_room(&event.sender);
    }
    let _ = hands.next_end_ms(NOW_MS);
});
