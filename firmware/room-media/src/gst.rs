//! Starting GStreamer once per process, and paying the costs of a first call before there is one.
//!
//! The first offer of a process takes 0.4 s to 1.1 s (its DTLS certificate), later ones 1 ms;
//! [`warm_up`] makes that first offer on a throwaway connection.

use gstreamer as gst;
use gstreamer::prelude::*;
use std::sync::OnceLock;

use crate::peer;

/// Elements without which there is no call at all, with the Debian package that has each.
const NEEDED: [(&str, &str); 11] = [
    ("appsrc", "gstreamer1.0-plugins-base"),
    ("appsink", "gstreamer1.0-plugins-base"),
    ("audioconvert", "gstreamer1.0-plugins-base"),
    ("audioresample", "gstreamer1.0-plugins-base"),
    ("videoconvert", "gstreamer1.0-plugins-base"),
    ("videoscale", "gstreamer1.0-plugins-base"),
    ("opusenc", "gstreamer1.0-plugins-base"),
    ("vp8enc", "gstreamer1.0-plugins-good"),
    ("rtpbin", "gstreamer1.0-plugins-good"),
    ("webrtcbin", "gstreamer1.0-plugins-bad"),
    ("nicesrc", "gstreamer1.0-nice"),
];

/// GStreamer cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InitError {
    #[error("GStreamer does not start")]
    Start(#[source] gst::glib::Error),
    #[error("GStreamer's RTP plugin cannot be registered")]
    Register(#[source] gst::glib::BoolError),
    #[error("GStreamer's element {element} is missing; install {package}")]
    Missing {
        element: &'static str,
        package: &'static str,
    },
}

/// Starts GStreamer; calling it again is free.
///
/// # Errors
/// When GStreamer does not start or an element every call needs is not installed.
pub fn init() -> Result<(), InitError> {
    static STARTED: OnceLock<Result<(), InitError>> = OnceLock::new();
    STARTED.get_or_init(start).clone()
}

fn start() -> Result<(), InitError> {
    gst::init().map_err(InitError::Start)?;
    gstrsrtp::plugin_register_static().map_err(InitError::Register)?;
    // Its payloaders would win over the stock ones by rank where an element is chosen
    // automatically, and they parse payloads, which ours are encrypted.
    for (element, package) in NEEDED {
        if gst::ElementFactory::find(element).is_none() {
            return Err(InitError::Missing { element, package });
        }
    }
    Ok(())
}

/// Makes a throwaway offer, so that the first call does not wait for it. Blocks for up to
/// a second or two; run it beside start-up, not in its way. A failure is only logged: the
/// first call will say more.
pub fn warm_up() {
    if let Err(error) = init() {
        tracing::warn!(%error, "cannot warm up");
        return;
    }
    let begun = std::time::Instant::now();
    match peer::throwaway_offer() {
        Ok(()) => tracing::debug!(ms = begun.elapsed().as_millis(), "warmed up"),
        Err(error) => tracing::warn!(%error, "cannot warm up"),
    }
}

/// Clock time now, in nanoseconds: the clock every pipeline of this crate runs on.
#[must_use]
pub fn clock_now() -> u64 {
    gst::SystemClock::obtain().time().nseconds()
}

/// Ties a pipeline to the one clock, so that times mean the same in all of them.
pub(crate) fn tie_clock(pipeline: &gst::Pipeline) {
    pipeline.use_clock(Some(&gst::SystemClock::obtain()));
}

/// Makes an element; the error names it.
pub(crate) fn make(factory: &str) -> Result<gst::Element, gst::glib::BoolError> {
    gst::ElementFactory::make(factory).build()
}
