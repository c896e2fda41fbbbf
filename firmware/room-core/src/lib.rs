//! The room's mind: what to do, never how.
//!
//! Every state machine here is a plain value: facts and time go in, orders come out.
//! Invariant: no I/O, no clock, no task, no lock; no tokio, GStreamer or matrix-sdk.

pub mod bells;
pub mod call;
mod entropy;
pub mod help;
pub mod homeserver;
pub mod input;
pub mod invitations;
pub mod lens;
pub mod matrix;
pub mod media;
mod moment;
pub mod mute;
mod pause;
pub mod presence;
pub mod problem;
pub mod prompts;
mod request;
pub mod room;
pub mod rtc;
pub mod security;
pub mod sfus;
pub mod share;
pub mod staging;
pub mod standby;
pub mod target;
pub mod visio;

pub use entropy::Entropy;
pub use moment::Moment;
pub use request::RequestId;
