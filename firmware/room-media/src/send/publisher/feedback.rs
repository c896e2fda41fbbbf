//! What the SFU asks of what we send: key frames and packets (RFC 4585, RFC 5104).
//!
//! `webrtcbin` hands requests on only for sections without layers, so they are taken from its
//! RTP session.

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;

/// A request of the SFU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Request {
    KeyFrame { ssrc: u32 },
    Packets { ssrc: u32, fci: Vec<u8> },
}

/// RTCP transport and payload feedback, and formats in them.
const TRANSPORT: u32 = 205;
const PAYLOAD: u32 = 206;
const NACK: u32 = 1;
const PLI: u32 = 1;
const FIR: u32 = 4;

/// The RTP session all sections share; `None` before the first description is set.
pub(super) fn session(webrtc: &gst::Element) -> Option<glib::Object> {
    let bin = webrtc.downcast_ref::<gst::Bin>()?;
    let rtpbin = bin.by_name("rtpbin")?;
    rtpbin.emit_by_name::<Option<glib::Object>>("get-internal-session", &[&0_u32])
}

/// Calls `take` with every request, on a thread of the session.
pub(super) fn watch(session: &glib::Object, take: impl Fn(Request) + Send + Sync + 'static) {
    session.connect("on-feedback-rtcp", false, move |values| {
        let number = |place: usize| values.get(place)?.get::<u32>().ok();
        let fci = values.get(5)?.get::<Option<gst::Buffer>>().ok()?;
        let fci = fci
            .and_then(|buffer| buffer.map_readable().ok().map(|bytes| bytes.to_vec()))
            .unwrap_or_default();
        for request in requests(number(1)?, number(2)?, number(4)?, fci) {
            take(request);
        }
        None
    });
}

fn requests(kind: u32, format: u32, ssrc: u32, fci: Vec<u8>) -> Vec<Request> {
    match (kind, format) {
        (PAYLOAD, PLI) => vec![Request::KeyFrame { ssrc }],
        (PAYLOAD, FIR) => fir(&fci),
        (TRANSPORT, NACK) => vec![Request::Packets { ssrc, fci }],
        _ => Vec::new(),
    }
}

/// A FIR names its streams in entries of 8 bytes.
fn fir(fci: &[u8]) -> Vec<Request> {
    fci.chunks_exact(8)
        .take(16)
        .filter_map(|entry| entry.first_chunk())
        .map(|ssrc| Request::KeyFrame {
            ssrc: u32::from_be_bytes(*ssrc),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_key_frame_request_are_understood() {
        assert_eq!(
            requests(206, 1, 7, Vec::new()),
            [Request::KeyFrame { ssrc: 7 }]
        );
        let fci = vec![0, 0, 0, 9, 1, 0, 0, 0, 0, 0, 0, 8, 1, 0, 0, 0, 5];
        let expected = [Request::KeyFrame { ssrc: 9 }, Request::KeyFrame { ssrc: 8 }];
        assert_eq!(requests(206, 4, 0, fci), expected);
        assert!(requests(206, 15, 0, vec![1; 64]).is_empty());
        assert!(requests(205, 15, 0, vec![1; 64]).is_empty());
    }
}
