//! What received a track ends with the track.
//!
//! `webrtcbin` keeps the jitter buffer of every SSRC it ever saw, with its two threads, until the
//! connection ends; in a room that stays while others come and go they would grow without end.

use std::collections::BTreeSet;

use gstreamer as gst;
use gstreamer::prelude::*;

use super::sdp;

/// SSRCs that offers have named so far.
#[derive(Debug, Default)]
pub(super) struct Ended {
    named: BTreeSet<u32>,
}

impl Ended {
    /// Releases what belongs to SSRCs that earlier offers named and this one does not. A packet
    /// that comes late makes some of it anew, which then goes after the next offer.
    pub fn release(&mut self, offer: &str, webrtc: &gst::Element) {
        let live = sdp::ssrcs(offer);
        self.named.extend(&live);
        for demux in demultiplexers(webrtc) {
            for ssrc in demux.src_pads().iter().filter_map(ssrc_of) {
                if self.named.contains(&ssrc) && !live.contains(&ssrc) {
                    demux.emit_by_name::<()>("clear-ssrc", &[&ssrc]);
                }
            }
        }
    }
}

fn demultiplexers(webrtc: &gst::Element) -> Vec<gst::Element> {
    let bin = webrtc.downcast_ref::<gst::Bin>();
    let inside = bin.map(gst::Bin::iterate_recurse);
    let elements = inside.into_iter().flatten().flatten();
    elements
        .filter(|element| {
            let factory = element.factory();
            factory.is_some_and(|factory| factory.name() == "rtpssrcdemux")
        })
        .collect()
}

/// The pads are called `src_<SSRC>`, those of RTCP `rtcp_src_<SSRC>`.
fn ssrc_of(pad: &gst::Pad) -> Option<u32> {
    pad.name().strip_prefix("src_")?.parse().ok()
}
