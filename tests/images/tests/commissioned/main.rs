//! A unit that somebody commissioned, in a virtual board, with its servers outside: what it does for
//! people, and what it survives.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod boot;
mod call;
mod lacking;
mod unit;
mod updates;
