//! Received frames: whatever arrives, only what was sealed with the key opens.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_frames::{Codec, KeyRing, Opened, SifTrailer, open};

fuzz_target!(|data: &[u8]| {
    let mut keys = KeyRing::new();
    keys.set(0, &[7; 16]);
    let sif = SifTrailer::new(b"trailer of this SFU");
    for codec in [Codec::Opus, Codec::Vp8, Codec::H264] {
        let opened = open(codec, data, &mut keys, &sif);
        // Nobody can guess a tag; a fuzzer does not either.
        assert!(!matches!(opened, Opened::Frame(_)));
    }
});
