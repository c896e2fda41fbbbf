//! The board: buttons, mute line and presence to the mind, the room's state to lamps and display.
//!
//! One thread per physical thing, because drivers block. Start-up picks the backend here and
//! nowhere else.

mod answers;
mod choice;
mod display;
mod phone;
mod show;
mod signals;

use std::time::Duration;

use board_api::{Board, BoardError, Buttons, MuteLine, PresenceSensor, TouchPanel};
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
    if let Some(sensor) = board.presence {
        let mind = mind.clone();
        std::thread::spawn(move || read_presence(sensor, &mind));
    }
    if let Some(panel) = board.touch {
        let mind = mind.clone();
        std::thread::spawn(move || read_touches(panel, &mind));
    }
    if let Some(phone) = board.phone {
        let mind = mind.clone();
        std::thread::spawn(move || phone::run(phone, &mind));
    }
    if let Some(power) = board.display {
        tokio::spawn(display::run(power, mind.snapshots()));
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
        board_api::Button::VolumeUp => Button::VolumeUp,
        board_api::Button::VolumeDown => Button::VolumeDown,
        board_api::Button::Camera => Button::Camera,
        board_api::Button::Help => Button::Help,
        board_api::Button::Call => Button::Call,
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

/// A sensor that cannot be read knows nothing: it neither wakes the room nor empties it.
fn read_presence(mut sensor: Box<dyn PresenceSensor>, mind: &Mind) {
    let mut answers = Answers::of("the presence sensor");
    let mut told = None;
    loop {
        let seen = sensor.sees_movement().ok();
        if seen != told {
            mind.see_blocking(seen);
            told = seen;
        }
        let change = sensor.next_change(WAIT);
        answers.note(change.err());
        match change {
            Ok(Some(movement)) => {
                mind.see_blocking(Some(movement));
                told = Some(movement);
            }
            Ok(None) => {}
            Err(_) => std::thread::sleep(WAIT),
        }
    }
}

/// What a touch means is the panel program's affair; here it only wakes the room. Most units have
/// no panel, which is nothing to tell.
fn read_touches(mut panel: Box<dyn TouchPanel>, mind: &Mind) {
    loop {
        match panel.next(WAIT) {
            Ok(Some(touch)) if touch.what == board_api::Touched::Down => mind.touched_blocking(),
            Ok(_) => {}
            Err(_) => std::thread::sleep(WAIT),
        }
    }
}
