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

use board_api::contract::LIMIT;

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

#[test]
#[ignore = "moves the board of a guest: cargo xtask test devices"]
fn a_speakerphones_presses_come_in_its_lamps_go_out_and_it_is_found_again() {
    use board_api::{BoardError, Button, PhoneLamps};
    let mut bench = bench::bench();
    let phone = bench.board.phone.as_mut().unwrap();
    assert_eq!(phone.next(LIMIT), Err(BoardError::Unplugged));
    let calling = PhoneLamps {
        off_hook: true,
        ..PhoneLamps::default()
    };
    let muted = PhoneLamps {
        mute: true,
        ..calling
    };
    for _ in 0..2 {
        let mut handset = bench::handset::Handset::plug_in();
        let dark = PhoneLamps::default();
        bench::wait_for("the speakerphone", || phone.show(dark).is_ok());
        handset.is_told(&[2, 0b000]);
        handset.report(&[2, 0b01]);
        assert_eq!(phone.next(LIMIT), Ok(Some(Button::Join)));
        phone.show(calling).unwrap();
        handset.is_told(&[2, 0b001]);
        handset.report(&[2, 0b11]);
        assert_eq!(phone.next(LIMIT), Ok(Some(Button::Mute)));
        phone.show(muted).unwrap();
        handset.is_told(&[2, 0b011]);
        handset.report(&[2, 0b00]);
        assert_eq!(phone.next(LIMIT), Ok(Some(Button::HangUp)));
        drop(handset);
        bench::wait_for("it is gone", || phone.next(LIMIT).is_err());
    }
}

#[test]
#[ignore = "moves the board of a guest: cargo xtask test devices"]
fn a_relay_gives_the_display_its_power_from_the_moment_it_is_held() {
    let lit = || bench::lines::is_high("salle-display");
    let mut bench = bench::bench();
    assert!(lit());
    bench.board.display.as_mut().unwrap().set_on(false).unwrap();
    assert!(!lit());
    drop(bench);
    let _bench = bench::bench();
    assert!(lit());
}

#[test]
#[ignore = "moves the board of a guest: cargo xtask test devices"]
fn a_button_that_cannot_be_had_is_said_and_silences_no_other() {
    use board_api::{BoardError, Button};
    let profile = bench::PROFILES[1].1.replace("salle-help", "salle-nowhere");
    let mut bench = bench::with(&toml::from_str(&profile).unwrap());
    let buttons = &mut bench.board.buttons;
    let quiet = buttons.next(std::time::Duration::from_millis(100));
    assert_eq!(quiet, Err(BoardError::Unplugged));
    for button in [Button::Join, Button::Call] {
        bench.hand.press(button);
        assert_eq!(buttons.next(LIMIT), Ok(Some(button)));
    }
}

#[test]
#[ignore = "moves the board of a guest: cargo xtask test devices"]
fn a_display_is_woken_and_put_to_sleep_by_its_own_bus_and_its_remote_is_heard() {
    use board_api::Button;
    use linux_cec::operand::UiCommand;
    let others = "dpms = true\nrelay = { line = \"salle-display\" }";
    let profile = bench::PROFILES[1]
        .1
        .replace(others, "cec = { adapter = \"vivid-*-vid-out0\" }");
    let mut board = bench::with(&toml::from_str(&profile).unwrap()).board;
    let mut display = board.display.take().unwrap();
    let mut remote = board.remote.take().unwrap();
    for _ in 0..2 {
        let tv = bench::tv::Tv::plug_in();
        bench::wait_for("the display", || display.set_on(true).is_ok());
        bench::wait_for("it is awake", || tv.is_awake());
        assert_eq!(display.is_on(), Ok(true));
        display.set_on(false).unwrap();
        bench::wait_for("it sleeps", || !tv.is_awake());
        assert_eq!(display.is_on(), Ok(false));
        // Listens from here on.
        let _ = remote.next(std::time::Duration::from_millis(10));
        for (key, button) in [
            (UiCommand::Select, Button::Join),
            (UiCommand::Mute, Button::Mute),
            (UiCommand::Mute, Button::Mute),
            (UiCommand::VolumeUp, Button::VolumeUp),
            (UiCommand::Back, Button::HangUp),
        ] {
            tv.press(key);
            assert_eq!(remote.next(LIMIT), Ok(Some(button)), "{key:?}");
        }
        tv.press(UiCommand::Up);
        let none = remote.next(std::time::Duration::from_secs(1));
        assert_eq!(none, Ok(None));
    }
}
