//! The room's media: what leaves the camera and the microphone, what arrives from others, and
//! the connections that carry both.
//!
//! ```text
//! camera, microphone -> send -> EncodedFrame -> send::Publisher -> peer (webrtcbin) -> SFU
//! SFU -> peer (webrtcbin) -> receive -> stage, voice
//! ```
//!
//! Encoded frames are plain values between pipelines: a capture pipeline lives as long as the
//! camera is on, a peer connection as long as the SFU keeps it, and neither waits for the other.
//!
//! Invariant: nothing here speaks LiveKit or Matrix; `mediad` carries session descriptions,
//! candidates and keys between this crate and the signalling.

pub mod gst;
pub mod peer;
pub mod receive;
pub mod send;
pub mod stage;
pub mod voice;
