//! LiveKit signalling, two peer connections (`/rtc`, protocol 16), without any media.
//!
//! [`machine`] decides: joining, keep-alive, resuming, reconnecting without end, and when it is
//! over. It is pure: time and random delay are handed in. [`connect`] spawns the one task that
//! owns the WebSocket and carries the machine's orders out.
//!
//! Invariant: everything the server sends is bounded and parsed into own types before it leaves
//! this crate, and no token or SDP reaches a log.
//!
//! Deliberately absent: peer connections, media, encryption (`room-media`); how a token is
//! obtained (`room-matrix`); the single peer connection protocol (`/rtc/v1`), regions, data
//! tracks, chat.

mod address;
mod bounds;
mod command;
mod event;
pub mod machine;
mod shell;
mod socket;

pub use address::{Address, AddressError};
pub use command::{Command, Encryption, Kind, Layer, Quality, Target};
pub use event::{Event, IceServer, LayerWanted, Own, Participant, Session, Speaker, State, Track};
pub use shell::{Busy, Connection, Settings, connect};
