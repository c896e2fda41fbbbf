//! The handle of one connection and its steps.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer_sdp::SDPMessage;
use gstreamer_webrtc::{
    WebRTCRTPTransceiver, WebRTCRTPTransceiverDirection, WebRTCSDPType, WebRTCSessionDescription,
};
use tokio::sync::mpsc;

use super::ended::Ended;
use super::ice::addresses;
use super::sdp::{self, TrackName};
use super::worker::{Bench, Worker};
use super::{
    Candidate, PeerError, PeerEvent, PeerEvents, PeerOptions, PeerState, RemoteTrack, Subscription,
};
use crate::gst::{init, make, tie_clock};

/// How long the receiving side waits for a missing packet, in milliseconds. Packets in order are
/// not held back. At 5 % loss LiveKit's repair came too late for 50 ms (one or two broken
/// pictures a second) and in time for 150 ms (none).
const JITTER_MS: u32 = 150;

/// One connection. Dropping it ends the connection in the background; [`Self::close`] waits.
#[derive(Debug)]
pub struct PeerConnection {
    worker: Worker,
    /// Names of our own sections, by the number of the request pad.
    names: Arc<Mutex<Vec<TrackName>>>,
    subscription: Option<Subscription>,
    ended: Arc<Mutex<Ended>>,
}

/// An own media section: where its RTP goes in.
#[derive(Clone, Debug)]
pub struct Local {
    pub appsrc: gstreamer_app::AppSrc,
    transceiver: Option<WebRTCRTPTransceiver>,
}

impl PeerConnection {
    /// A connection; `subscription` takes what it receives, `None` on the publishing side.
    ///
    /// # Errors
    /// When GStreamer misses elements or the pipeline does not start.
    pub async fn new(
        options: PeerOptions,
        subscription: Option<Subscription>,
    ) -> Result<(Self, PeerEvents), PeerError> {
        init()?;
        let (events, inbox) = mpsc::unbounded_channel();
        let bench = build(&options)?;
        let worker = Worker::start(&options.name, bench)?;
        let watched = subscription.clone();
        let name = options.name.clone();
        worker
            .run(move |bench| {
                watch_bus(bench, &name, events.clone());
                watch_webrtc(bench, events);
                if let Some(subscription) = watched {
                    subscription.watch(&bench.pipeline, &bench.webrtc);
                }
                start(bench, &options)
            })
            .await?;
        let peer = Self {
            worker,
            names: Arc::default(),
            subscription,
            ended: Arc::default(),
        };
        Ok((peer, inbox))
    }

    /// Adds an own media section with these RTP caps. It is announced by the next offer.
    ///
    /// # Errors
    /// When the connection is closed or refuses the caps.
    pub async fn add_local(&self, name: TrackName, caps: gst::Caps) -> Result<Local, PeerError> {
        let names = Arc::clone(&self.names);
        self.worker
            .run(move |bench| {
                let local = add_local(bench, &caps)?;
                lock(&names).push(name);
                Ok(local)
            })
            .await
    }

    /// Sends nothing on this section any more; the next offer says so.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn end_local(&self, local: Local) -> Result<(), PeerError> {
        self.worker
            .run(move |_| {
                if let Some(transceiver) = &local.transceiver {
                    let inactive = WebRTCRTPTransceiverDirection::Inactive;
                    transceiver.set_property("direction", inactive);
                }
                Ok(())
            })
            .await
    }

    /// Makes an offer, sets it as the local description, and returns it as the server wants it.
    ///
    /// # Errors
    /// When `webrtcbin` makes none, or not within 15 s.
    pub async fn offer(&self) -> Result<String, PeerError> {
        let names = Arc::clone(&self.names);
        self.worker
            .run(move |bench| {
                let offer = describe(bench, "create-offer", "make an offer", "offer")?;
                let text = text_of(&offer)?;
                set(bench, "set-local-description", "take its own offer", &offer)?;
                Ok(sdp::name_tracks(&text, &by_mid(&text, &lock(&names))))
            })
            .await
    }

    /// Takes the server's answer to the last offer.
    ///
    /// # Errors
    /// When it is not a description, or does not fit the offer.
    pub async fn answered(&self, answer: String) -> Result<(), PeerError> {
        self.worker
            .run(move |bench| {
                let answer = parse(WebRTCSDPType::Answer, &answer, "answer")?;
                set(bench, "set-remote-description", "take the answer", &answer)
            })
            .await
    }

    /// Takes the server's offer and returns the answer to send. `tracks` says what the sections
    /// carry; sections are trimmed to the codec named there.
    ///
    /// # Errors
    /// When it is not a description or `webrtcbin` refuses it.
    pub async fn offered(
        &self,
        offer: String,
        tracks: Vec<RemoteTrack>,
    ) -> Result<String, PeerError> {
        if let Some(subscription) = &self.subscription {
            subscription.replace(&tracks);
        }
        let ended = Arc::clone(&self.ended);
        self.worker
            .run(move |bench| {
                let codecs: BTreeMap<String, String> = tracks
                    .into_iter()
                    .map(|track| (track.mid, track.codec))
                    .collect();
                let text = sdp::keep_codecs(&offer, &codecs);
                let offer = parse(WebRTCSDPType::Offer, &text, "offer")?;
                set(bench, "set-remote-description", "take the offer", &offer)?;
                let answer = describe(bench, "create-answer", "make an answer", "answer")?;
                set(
                    bench,
                    "set-local-description",
                    "take its own answer",
                    &answer,
                )?;
                lock(&ended).release(&text, &bench.webrtc);
                text_of(&answer)
            })
            .await
    }

    /// Takes a candidate of the server. Those that come before the description wait for it.
    pub fn add_candidate(&self, candidate: Candidate) {
        if !candidate.candidate.starts_with("candidate:") || candidate.candidate.len() > 1024 {
            return;
        }
        self.worker.order(move |bench| {
            let Candidate {
                candidate,
                sdp_mline_index,
            } = candidate;
            bench
                .webrtc
                .emit_by_name::<()>("add-ice-candidate", &[&sdp_mline_index, &candidate]);
        });
    }

    /// The `webrtcbin` itself, for those who listen to its RTP session.
    pub(crate) async fn webrtc(&self) -> Result<gst::Element, PeerError> {
        self.worker.run(|bench| Ok(bench.webrtc.clone())).await
    }

    /// The connection as Graphviz text, for a report of a fault. Holds no media and no keys.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn drawing(&self) -> Result<String, PeerError> {
        self.worker
            .run(|bench| {
                let all = gst::DebugGraphDetails::ALL;
                Ok(bench.pipeline.debug_to_dot_data(all).to_string())
            })
            .await
    }

    /// Ends the connection and waits until all it held is released.
    pub async fn close(self) {
        self.worker.close().await;
    }
}

/// Makes an offer nobody gets; see [`crate::gst::warm_up`].
///
/// # Errors
/// As [`PeerConnection::offer`].
pub fn throwaway_offer() -> Result<(), PeerError> {
    init()?;
    let bench = build(&PeerOptions::default())?;
    let caps = gst::Caps::builder("application/x-rtp")
        .field("media", "audio")
        .field("encoding-name", "OPUS")
        .field("payload", 111)
        .field("clock-rate", 48_000)
        .build();
    bench
        .pipeline
        .set_state(gst::State::Playing)
        .map_err(|error| build_error("start", error))?;
    let direction = WebRTCRTPTransceiverDirection::Sendrecv;
    bench
        .webrtc
        .emit_by_name::<WebRTCRTPTransceiver>("add-transceiver", &[&direction, &caps]);
    let done = describe(&bench, "create-offer", "make an offer", "offer");
    bench
        .pipeline
        .set_state(gst::State::Null)
        .map_err(|error| build_error("stop", error))?;
    done.map(|_| ())
}

fn build(options: &PeerOptions) -> Result<Bench, PeerError> {
    let pipeline = gst::Pipeline::new();
    tie_clock(&pipeline);
    allow_sending_again(&pipeline);
    let webrtc = make("webrtcbin").map_err(|error| build_error("webrtcbin", error))?;
    webrtc.set_property_from_str("bundle-policy", "max-bundle");
    webrtc.set_property("latency", JITTER_MS);
    if options.relay_only {
        webrtc.set_property_from_str("ice-transport-policy", "relay");
    }
    report_capture_times(&webrtc);
    for address in addresses(&options.ice_servers) {
        webrtc.emit_by_name::<bool>("add-turn-server", &[&address]);
    }
    pipeline
        .add(&webrtc)
        .map_err(|error| build_error("pipeline", error))?;
    Ok(Bench { pipeline, webrtc })
}

/// Sender reports say when a packet was captured. When it is sent, which is the default, is the
/// latency later, and as long as nobody has told the session its latency, the reports are wrong by
/// all the time the session runs; LiveKit then cannot go from one layer of a camera to another.
fn report_capture_times(webrtc: &gst::Element) {
    let bin = webrtc.downcast_ref::<gst::Bin>();
    match bin.and_then(|bin| bin.by_name("rtpbin")) {
        Some(rtpbin) => rtpbin.set_property("rtcp-sync-send-time", false),
        None => tracing::warn!("no rtpbin: sender reports will be wrong"),
    }
}

/// A packet the SFU asks for again goes out again on its own SSRC; SRTP refuses that unless
/// told, and then stops the whole stream. It is safe with the profiles in use here (AES-CM with
/// HMAC-SHA1) because the payload is the same byte for byte; it would not be with AES-GCM, which
/// this GStreamer does not negotiate.
fn allow_sending_again(pipeline: &gst::Pipeline) {
    pipeline.connect_deep_element_added(|_, _, element| {
        let factory = element.factory();
        if factory.is_some_and(|factory| factory.name() == "srtpenc") {
            element.set_property("allow-repeat-tx", true);
        }
    });
}

fn start(bench: &Bench, options: &PeerOptions) -> Result<(), PeerError> {
    let ice = bench.webrtc.property::<Option<glib::Object>>("ice-agent");
    if let Some(ice) = ice {
        if options.loopback {
            // libnice leaves loopback out unless told to use it.
            ice.emit_by_name::<bool>("add-local-ip-address", &[&"127.0.0.1"]);
        }
        stay_behind_the_router(&ice);
    }
    bench
        .pipeline
        .set_state(gst::State::Playing)
        .map(|_| ())
        .map_err(|error| build_error("start", error))
}

/// libnice would look for the network's router by multicast and ask it to open ports (UPnP). An
/// SFU is reached without, and nobody has allowed the room to.
fn stay_behind_the_router(ice: &glib::Object) {
    let agent = ice.find_property("agent");
    let agent = agent.and_then(|_| ice.property::<Option<glib::Object>>("agent"));
    match agent.filter(|agent| agent.find_property("upnp").is_some()) {
        Some(agent) => agent.set_property("upnp", false),
        None => tracing::warn!("the network's router may be asked to open ports"),
    }
}

fn add_local(bench: &Bench, caps: &gst::Caps) -> Result<Local, PeerError> {
    let appsrc = gstreamer_app::AppSrc::builder()
        .caps(caps)
        .format(gst::Format::Time)
        .is_live(true)
        .do_timestamp(false)
        .max_bytes(0)
        .max_buffers(0)
        // More than half a second of packets in the queue means the network stands still.
        .max_time(gst::ClockTime::from_mseconds(500))
        .leaky_type(gstreamer_app::AppLeakyType::Downstream)
        .build();
    bench
        .pipeline
        .add(&appsrc)
        .map_err(|error| build_error("appsrc", error))?;
    let template = bench.webrtc.pad_template("sink_%u");
    let pad = template
        .and_then(|template| bench.webrtc.request_pad(&template, None, Some(caps)))
        .ok_or_else(|| build_error("pad", "webrtcbin gives none"))?;
    let transceiver = transceiver(&pad);
    if let Some(transceiver) = &transceiver {
        transceiver.set_property("codec-preferences", caps);
    }
    appsrc
        .static_pad("src")
        .ok_or_else(|| build_error("appsrc", "no pad"))?
        .link(&pad)
        .map_err(|error| build_error("link", error))?;
    appsrc
        .sync_state_with_parent()
        .map_err(|error| build_error("appsrc", error))?;
    Ok(Local {
        appsrc,
        transceiver,
    })
}

fn transceiver(pad: &gst::Pad) -> Option<WebRTCRTPTransceiver> {
    pad.property("transceiver")
}

/// Own sections in the order of their pads are those of the offer that are not data.
fn by_mid(offer: &str, names: &[TrackName]) -> BTreeMap<String, TrackName> {
    sdp::sections(offer)
        .into_iter()
        .filter(|section| section.kind != "application")
        .map(|section| section.mid)
        .zip(names.iter().cloned())
        .collect()
}

fn describe(
    bench: &Bench,
    action: &str,
    step: &'static str,
    field: &'static str,
) -> Result<WebRTCSessionDescription, PeerError> {
    let reply = bench.ask(step, |webrtc, promise| {
        webrtc.emit_by_name::<()>(action, &[&None::<gst::Structure>, promise]);
    })?;
    reply
        .and_then(|reply| reply.get::<WebRTCSessionDescription>(field).ok())
        .ok_or(PeerError::Refused {
            step,
            detail: "it made none".into(),
        })
}

fn set(
    bench: &Bench,
    action: &str,
    step: &'static str,
    description: &WebRTCSessionDescription,
) -> Result<(), PeerError> {
    bench
        .ask(step, |webrtc, promise| {
            webrtc.emit_by_name::<()>(action, &[description, promise]);
        })
        .map(|_| ())
}

fn parse(
    kind: WebRTCSDPType,
    text: &str,
    what: &'static str,
) -> Result<WebRTCSessionDescription, PeerError> {
    if text.len() > sdp::MAX_SDP {
        return Err(PeerError::Description { what });
    }
    SDPMessage::parse_buffer(text.as_bytes())
        .map(|message| WebRTCSessionDescription::new(kind, message))
        .map_err(|_| PeerError::Description { what })
}

fn text_of(description: &WebRTCSessionDescription) -> Result<String, PeerError> {
    description
        .sdp()
        .as_text()
        .map_err(|_| PeerError::Description {
            what: "own description",
        })
}

fn watch_webrtc(bench: &Bench, events: mpsc::UnboundedSender<PeerEvent>) {
    let sender = events.clone();
    bench
        .webrtc
        .connect("on-ice-candidate", false, move |values| {
            let sdp_mline_index = values.get(1)?.get::<u32>().ok()?;
            let candidate = values.get(2)?.get::<String>().ok()?;
            let _ = sender.send(PeerEvent::Candidate(Candidate {
                candidate,
                sdp_mline_index,
            }));
            None
        });
    bench
        .webrtc
        .connect_notify(Some("connection-state"), move |webrtc, _| {
            let _ = events.send(PeerEvent::State(state(webrtc)));
        });
}

fn state(webrtc: &gst::Element) -> PeerState {
    use gstreamer_webrtc::WebRTCPeerConnectionState as Theirs;
    match webrtc.property::<Theirs>("connection-state") {
        Theirs::Connecting => PeerState::Connecting,
        Theirs::Connected => PeerState::Connected,
        Theirs::Disconnected => PeerState::Disconnected,
        Theirs::Failed => PeerState::Failed,
        Theirs::Closed => PeerState::Closed,
        _ => PeerState::New,
    }
}

/// Errors of the connection's pipeline. Those of the data channel are harmless: sctpenc posts
/// one whenever the other side leaves.
fn watch_bus(bench: &Bench, name: &str, events: mpsc::UnboundedSender<PeerEvent>) {
    let Some(bus) = bench.pipeline.bus() else {
        return;
    };
    let peer = name.to_owned();
    bus.set_sync_handler(move |_, message| {
        if let gst::MessageView::Error(error) = message.view() {
            let source = error.src().map(|source| source.name().to_string());
            let source = source.unwrap_or_default();
            if source.contains("sctp") {
                tracing::debug!(%peer, source, "data channel ended");
            } else {
                let detail = format!("{source}: {}", error.error());
                tracing::warn!(%peer, detail, "connection broken");
                let _ = events.send(PeerEvent::Broken { detail });
            }
        }
        gst::BusSyncReply::Drop
    });
}

fn build_error(what: &str, detail: impl std::fmt::Display) -> PeerError {
    PeerError::Build {
        what: format!("{what}: {detail}"),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
