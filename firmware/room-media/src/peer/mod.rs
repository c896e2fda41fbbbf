//! One connection to an SFU: `webrtcbin` in a pipeline of its own.
//!
//! LiveKit uses two per client: on the publisher's we offer, on the subscriber's the server
//! does. [`PeerConnection`] is a handle; everything that touches `webrtcbin` runs on one worker
//! thread per connection, so no async task ever waits for a GStreamer lock.
//!
//! Invariants: transceiver directions are never set (`webrtcbin` 1.26 aborts on it); errors of
//! the data channel are not errors of the connection; dropping the handle ends the connection.
//!
//! Deliberately absent: signalling, retry, any idea of what a track means, and restarting ICE by
//! our own offer: `webrtcbin` 1.22 cannot, so a publishing connection that lost its way is
//! replaced by a new one. (A restart by the server's offer is its normal way on the other one.)

mod connection;
mod ended;
pub mod ice;
mod remote;
pub mod sdp;
mod worker;

pub use connection::{Local, PeerConnection, throwaway_offer};
pub use ice::IceServer;
pub use remote::{IncomingTrack, RemoteTrack, Subscription, TrackSink};

use tokio::sync::mpsc;

/// What a connection is made with.
#[derive(Clone, Debug, Default)]
pub struct PeerOptions {
    /// For logs: `sfu0-publisher`.
    pub name: String,
    pub ice_servers: Vec<IceServer>,
    /// Use TURN only (LiveKit's `force_relay`).
    pub relay_only: bool,
    /// Offer 127.0.0.1 and nothing else: the stack of profile `sim`.
    pub loopback: bool,
}

/// An ICE candidate, as it is trickled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// `candidate:…`; empty at the end of candidates.
    pub candidate: String,
    pub sdp_mline_index: u32,
}

/// `RTCPeerConnection.connectionState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerState {
    New,
    Connecting,
    Connected,
    Disconnected,
    Failed,
    Closed,
}

/// What a connection reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerEvent {
    Candidate(Candidate),
    State(PeerState),
    /// The pipeline stopped on an error: the connection is lost, make a new one.
    Broken {
        detail: String,
    },
}

/// Events of one connection, in order. Ends when the connection does.
pub type PeerEvents = mpsc::UnboundedReceiver<PeerEvent>;

/// A step of a connection did not work.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PeerError {
    #[error("GStreamer cannot be used")]
    Init(#[from] crate::gst::InitError),
    #[error("cannot build the connection: {what}")]
    Build { what: String },
    #[error("the {what} is not a valid session description")]
    Description { what: &'static str },
    #[error("the connection refused to {step}: {detail}")]
    Refused { step: &'static str, detail: String },
    #[error("the connection did not {step} in time")]
    TimedOut { step: &'static str },
    #[error("the connection is closed")]
    Closed,
}
