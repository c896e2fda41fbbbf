//! A room in calls with Element Call: real daemons, real servers, real Chromium.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test states what it expects and says what it measured; clippy sees only test functions as tests"
)]

mod arrivals;
mod callees;
mod congestion;
mod failures;
mod federation;
mod gestures;
mod homeservers;
mod keys;
mod leaks;
mod limits;
mod meet;
mod meetings;
mod privacy;
mod sabotage;
mod share;
mod spoken;
mod steady;
mod targets;
mod tls;
mod two;
mod views;
