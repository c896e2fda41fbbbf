//! Rooms as guests of Visio meetings: real daemons and a real LiveKit, with an imitation of La
//! Suite Meet's guest API.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod door;
#[allow(dead_code, reason = "what Visio meetings need of it")]
#[path = "../calls/meet.rs"]
mod meet;
mod meeting;
mod outage;
mod visitors;
