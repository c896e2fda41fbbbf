//! What the kernel offers keeps the contract every board keeps, on the simulations the kernel
//! has for real things: gpio-sim, uinput, vivid, snd-aloop and virtio-gpu.
//!
//! Runs as root in a guest made for it (`cargo xtask test devices`), one test at a time, because
//! all share one board. The machine it is built on is left alone.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod bench;

board_api::board_contract!(
    #[ignore = "moves the board of a guest: cargo xtask test devices"]
    bench::bench
);

#[test]
fn every_profile_describes_a_board() {
    for (file, text) in bench::PROFILES {
        let profile: board_api::profile::Profile = toml::from_str(text).unwrap();
        assert_eq!(profile.name.as_str(), file);
    }
}

#[test]
#[ignore = "moves the board of a guest: cargo xtask test devices"]
fn a_board_that_is_darkened_is_dark_and_one_that_is_held_says_so() {
    let mut bench = bench::bench();
    let profile = bench::profile();
    let lamp = bench.board.call_lamp.as_mut().unwrap();
    lamp.set(board_api::Pattern::Steady).unwrap();
    let busy = board_linux::darken(&profile);
    assert_eq!(busy, Err(board_api::BoardError::Busy));
    drop(bench.board);
    assert_eq!(board_linux::darken(&profile), Ok(()));
}
