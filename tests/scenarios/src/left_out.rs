//! Tests that this machine cannot run.
//!
//! Invariant: none is left out silently: the summary of `cargo xtask test` counts it, and where
//! `CI` is set it fails, because there everything has to be looked at.

use std::io::Write as _;

/// Says that the running test is left out, and why. `cargo xtask test` looks for this beginning.
///
/// # Panics
/// In continuous integration.
pub fn left_out(why: &str) {
    let ci = std::env::var("CI").is_ok_and(|ci| !ci.is_empty() && ci != "false");
    assert!(!ci, "left out, which may not be here: {why}");
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    // Past the test harness, which keeps what a test prints while it succeeds. It has begun a line.
    let mut out = std::io::stdout().lock();
    // Nobody is left to tell when standard output is closed.
    let _ = writeln!(out, "\nleft out: {test}: {why}");
}
