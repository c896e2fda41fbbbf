//! RTP packets and payloads from the SFU, in any order, cut anywhere.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_frames::{Codec, Depayloader};
use room_frames::rtp::{ExtensionIds, parse};

fuzz_target!(|packets: Vec<(u16, bool, Vec<u8>)>| {
    let ids = ExtensionIds {
        mid: Some(1),
        rid: Some(2),
        twcc: Some(3),
        audio_level: Some(4),
    };
    for codec in [Codec::Opus, Codec::Vp8, Codec::H264] {
        let mut depayloader = Depayloader::new(codec);
        for (sequence, marker, payload) in &packets {
            let _ = depayloader.push(*sequence, *marker, payload);
        }
    }
    for (_, _, packet) in &packets {
        let _ = parse(packet, &ids);
    }
});
