//! What the room sends: camera and microphone, encoded, sealed, cut into packets.
//!
//! ```text
//! Camera, Microphone -> Outlet -> Publisher (seal, packets) -> peer connection
//!        ^                            |
//!        +-- key frames, bit rates ---+
//! ```
//!
//! A capture outlives the connection it feeds: after a full reconnect the new [`Publisher`] is
//! put behind the same [`Outlet`].
//!
//! Invariants: a camera that is off and a microphone that is muted have no pipeline; in an
//! encrypted call no frame leaves unsealed, without a key none leaves at all.

pub mod bitrate;
mod camera;
mod capture;
pub mod control;
mod frame;
pub mod history;
pub mod ladder;
mod microphone;
mod publisher;
mod source;
mod thinning;

pub use camera::{Camera, CameraOptions};
pub use frame::{EncodedFrame, Outlet};
pub use ladder::Layer;
pub use microphone::{Microphone, MicrophoneOptions};
pub use publisher::{Entry, Publisher, PublisherOptions, SendEvent, SendEvents, VideoTrack};
pub use room_frames::Codec;
