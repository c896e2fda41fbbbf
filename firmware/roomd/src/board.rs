//! The board: buttons and mute line to the mind, the room's state to the lamps.
//!
//! One thread per physical thing, because drivers block. Start-up picks the backend here and
//! nowhere else.

mod answers;
mod choice;
mod show;
mod signals;

use std::time::Duration;

use board_api::{Board, BoardError, Buttons, MuteLine};
use board_sim::Controls;
use room_core::input::{BoardFact, Input};
use room_messages::api::Button;
use room_messages::api::Problem;
use room_settings::Board as Found;

use crate::mind::Mind;
use answers::Answers;

/// Longest wait in a driver; also the pause after a fault.
const WAIT: Duration = Duration::from_secs(1);

pub use choice::{equip, find};

/// The board that was found, and the hand that moves a simulated one.
pub fn open(found: &Result<Found, Problem>) -> Option<(Board, Option<Controls>)> {
    match found {
        Ok(Found::Simulated) => {
            let (board, controls) = board_sim::board();
            Some((board, Some(controls)))
        }
        Ok(Found::Linux(profile)) => Some((board_linux::board(profile), None)),
        Err(_) => None,
    }
}

/// Darkens every lamp: for the service manager, after this daemon ended in whatever way.
/// Cameras and microphones are `mediad`'s, which never outlives it.
///
/// # Errors
/// When a lamp does not answer.
pub fn make_safe(found: &Result<Found, Problem>) -> Result<(), BoardError> {
    match found {
        Ok(Found::Linux(profile)) => board_linux::darken(profile),
        Ok(Found::Simulated) | Err(_) => Ok(()),
    }
}

/// Starts the threads; they end with the process.
pub fn start(board: Board, mind: &Mind) {
    let (one, two) = (mind.clone(), mind.clone());
    let buttons = board.buttons;
    std::thread::spawn(move || read_buttons(buttons, &one));
    if let Some(line) = board.mute_line {
        std::thread::spawn(move || read_mute_line(line, &two));
    }
    let lamps = show::Lamps {
        light: board.light,
        call: board.call_lamp,
        mute: board.mute_lamp,
    };
    tokio::spawn(show::run(lamps, mind.snapshots()));
}

fn read_buttons(mut buttons: Box<dyn Buttons>, mind: &Mind) {
    let mut answers = Answers::of("the buttons");
    loop {
        let pressed = buttons.next(WAIT);
        answers.note(pressed.err());
        match pressed {
            Ok(Some(button)) => mind.tell_blocking(Input::Board(BoardFact::Pressed(named(button)))),
            Ok(None) => {}
            Err(_) => std::thread::sleep(WAIT),
        }
    }
}

fn named(button: board_api::Button) -> Button {
    match button {
        board_api::Button::Join => Button::Join,
        board_api::Button::HangUp => Button::HangUp,
        board_api::Button::Mute => Button::Mute,
    }
}

/// A line that cannot be read counts as asserted: silence is the safe side.
fn read_mute_line(mut line: Box<dyn MuteLine>, mind: &Mind) {
    let tell = |asserted| mind.tell_blocking(Input::Board(BoardFact::MuteLine { asserted }));
    let mut answers = Answers::of("the mute line");
    let mut sound = false;
    loop {
        if !sound {
            let asserted = line.is_asserted();
            sound = asserted.is_ok();
            tell(asserted.unwrap_or(true));
        }
        let change = line.next_change(WAIT);
        answers.note(change.err());
        match change {
            Ok(Some(asserted)) => tell(asserted),
            Ok(None) => {}
            Err(_) => {
                sound = false;
                std::thread::sleep(WAIT);
            }
        }
    }
}
