//! The receiving side of a connection: from a media section to the one who plays it.
//!
//! `webrtcbin` adds a pad for a section; LiveKit says beside its offer which track a section
//! (mid) carries. LiveKit uses sections again for other tracks, and then `webrtcbin` may go on
//! using the same pad, so a pad's track can change: [`TrackSink::changed`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer::prelude::*;

/// What an offer says about one media section that carries a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteTrack {
    pub mid: String,
    /// LiveKit's track id, `TR_…`.
    pub sid: String,
    /// Codec as in SDP: `VP8`, `H264`, `opus`.
    pub codec: String,
}

/// A pad on which a track's RTP arrives.
#[derive(Clone, Debug)]
pub struct IncomingTrack {
    pub mid: String,
    /// LiveKit's track id, `TR_…`; empty when the offer named none.
    pub sid: String,
    /// From the pad's caps: `VP8`, `H264`, `OPUS`.
    pub codec: String,
    pub pad: gst::Pad,
    /// The connection's pipeline: add elements here, link `pad`, and bring them to the
    /// pipeline's state.
    pub pipeline: gst::Pipeline,
}

/// Takes received tracks. Called from streaming threads; must not block for long.
pub trait TrackSink: Send + Sync {
    /// A new pad. It has to be linked before this returns.
    fn added(&self, track: IncomingTrack);
    /// The section `mid`, whose pad was added before, carries another track now; `None` when
    /// it carries none.
    fn changed(&self, mid: &str, sid: Option<&str>);
    /// The pad of section `mid` is gone. What was linked to it has to be removed.
    fn removed(&self, mid: &str, pad: &gst::Pad);
}

/// Which track each section carries now.
#[derive(Clone)]
pub struct Subscription {
    sink: Arc<dyn TrackSink>,
    tracks: Arc<Mutex<BTreeMap<String, RemoteTrack>>>,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

impl Subscription {
    #[must_use]
    pub fn new(sink: Arc<dyn TrackSink>) -> Self {
        Self {
            sink,
            tracks: Arc::default(),
        }
    }

    /// Takes the map of a new offer, and tells the sink of sections that changed their track.
    pub(super) fn replace(&self, tracks: &[RemoteTrack]) {
        let fresh: BTreeMap<String, RemoteTrack> = tracks
            .iter()
            .map(|track| (track.mid.clone(), track.clone()))
            .collect();
        let old = std::mem::replace(
            &mut *self.tracks.lock().unwrap_or_else(PoisonError::into_inner),
            fresh.clone(),
        );
        for (mid, track) in &old {
            let now = fresh.get(mid).map(|track| track.sid.as_str());
            if now != Some(track.sid.as_str()) {
                self.sink.changed(mid, now);
            }
        }
        for (mid, track) in fresh.iter().filter(|(mid, _)| !old.contains_key(*mid)) {
            self.sink.changed(mid, Some(&track.sid));
        }
    }

    /// Hands `webrtcbin`'s pads on.
    pub(super) fn watch(&self, pipeline: &gst::Pipeline, webrtc: &gst::Element) {
        let (this, weak) = (self.clone(), pipeline.downgrade());
        webrtc.connect_pad_added(move |_, pad| {
            if let (gst::PadDirection::Src, Some(pipeline)) = (pad.direction(), weak.upgrade()) {
                this.added(pad, pipeline);
            }
        });
        let this = self.clone();
        webrtc.connect_pad_removed(move |_, pad| {
            if pad.direction() == gst::PadDirection::Src {
                this.sink.removed(&mid_of(pad), pad);
            }
        });
    }

    fn added(&self, pad: &gst::Pad, pipeline: gst::Pipeline) {
        let mid = mid_of(pad);
        let named = {
            let tracks = self.tracks.lock().unwrap_or_else(PoisonError::into_inner);
            tracks.get(&mid).cloned()
        };
        let caps = pad.current_caps().unwrap_or_else(|| pad.query_caps(None));
        let codec = caps
            .structure(0)
            .and_then(|fields| fields.get::<String>("encoding-name").ok())
            .or_else(|| named.as_ref().map(|track| track.codec.clone()))
            .unwrap_or_default();
        self.sink.added(IncomingTrack {
            mid,
            sid: named.map(|track| track.sid).unwrap_or_default(),
            codec,
            pad: pad.clone(),
            pipeline,
        });
    }
}

/// The section a `webrtcbin` pad belongs to; empty when it does not say.
fn mid_of(pad: &gst::Pad) -> String {
    if pad.find_property("transceiver").is_none() {
        return String::new();
    }
    pad.property::<Option<gstreamer_webrtc::WebRTCRTPTransceiver>>("transceiver")
        .and_then(|transceiver| transceiver.property::<Option<String>>("mid"))
        .unwrap_or_default()
}
