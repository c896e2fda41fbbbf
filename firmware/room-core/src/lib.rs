//! The room's mind: what to do, never how.
//!
//! Every state machine here is a plain value: facts and time go in, orders come out.
//! Invariant: no I/O, no clock, no task, no lock; no tokio, GStreamer or matrix-sdk.

mod moment;
pub mod rtc;

pub use moment::Moment;
