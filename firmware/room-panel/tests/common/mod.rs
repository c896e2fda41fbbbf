//! A room for tests and pictures: invented people and meetings, and a window in memory.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

pub mod gallery;
pub mod platform;
#[path = "../../../room-panel-model/tests/samples/mod.rs"]
pub mod samples;
