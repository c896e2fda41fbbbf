//! Session descriptions of an SFU. The module as it is, without the crate around it, which links
//! GStreamer.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;

#[path = "../../../firmware/room-media/src/peer/sdp.rs"]
#[allow(dead_code, reason = "a part of another crate")]
mod sdp;

fuzz_target!(|sdp: &str| {
    let sections = sdp::sections(sdp);
    let ssrcs = sdp::ssrcs(sdp);
    let codecs = |codec: &str| -> BTreeMap<String, String> {
        let each = sections.iter();
        each.map(|section| (section.mid.clone(), codec.to_owned()))
            .collect()
    };
    let kept = sdp::keep_codecs(sdp, &codecs("VP8"));
    assert_eq!(sdp::sections(&kept).len(), sections.len());
    assert!(sdp::ssrcs(&kept).is_subset(&ssrcs));
    let name = sdp::TrackName {
        stream: "stream".to_owned(),
        cid: "cid".to_owned(),
    };
    let names = sections
        .iter()
        .map(|section| (section.mid.clone(), name.clone()));
    let named = sdp::name_tracks(sdp, &names.collect());
    assert_eq!(sdp::ssrcs(&named), ssrcs);
});
