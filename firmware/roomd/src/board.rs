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

use std::time::{Duration, Instant};

use board_api::{Board, BoardError, Buttons, MuteLine, PresenceSensor, TouchPanel};
use board_sim::Controls;
use room_core::input::{BoardFact, Input};
use room_messages::api::Button;
use room_messages::api::Problem;
use room_settings::Board as Found;
use tokio::sync::watch;

use crate::mind::{Mind, Snapshot};
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
    let of_buttons = mind.clone();
    let buttons = board.buttons;
    std::thread::spawn(move || read_buttons("the buttons", buttons, &of_buttons));
    if let Some(remote) = board.remote {
        let mind = mind.clone();
        std::thread::spawn(move || read_buttons("the remote control", remote, &mind));
    }
    if let Some(line) = board.mute_line {
        let mind = mind.clone();
        // One that cannot be read counts as asserted: silence is the safe side.
        let tell = move |level: Option<bool>| {
            let asserted = level.unwrap_or(true);
            mind.tell_blocking(Input::Board(BoardFact::MuteLine { asserted }));
        };
        std::thread::spawn(move || follow("the mute line", line, tell));
    }
    if let Some(sensor) = board.presence {
        let mind = mind.clone();
        // One that cannot be read knows nothing: it neither wakes the room nor empties it.
        let tell = move |movement| mind.see_blocking(movement);
        std::thread::spawn(move || follow("the presence sensor", sensor, tell));
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

/// Waits for a snapshot that is another, or until it is time to try `again`; false once the mind has
/// ended.
async fn wait(
    snapshots: &mut watch::Receiver<Snapshot>,
    is_another: impl FnMut(&Snapshot) -> bool,
    again: Option<Duration>,
) -> bool {
    let changed = snapshots.wait_for(is_another);
    match again {
        None => changed.await.is_ok(),
        Some(again) => !matches!(tokio::time::timeout(again, changed).await, Ok(Err(_))),
    }
}

fn read_buttons(what: &'static str, mut buttons: Box<dyn Buttons>, mind: &Mind) {
    let mut answers = Answers::of(what);
    loop {
        let began = Instant::now();
        let pressed = buttons.next(WAIT);
        answers.note(pressed.err());
        match pressed {
            Ok(Some(button)) => mind.tell_blocking(Input::Board(BoardFact::Pressed(named(button)))),
            Ok(None) => {}
            // With one button out of reach the others have been waited for meanwhile.
            Err(_) => std::thread::sleep(WAIT.saturating_sub(began.elapsed())),
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

/// Something that stands one way or the other.
trait Level {
    fn now(&mut self) -> Result<bool, BoardError>;
    fn next_change(&mut self) -> Result<Option<bool>, BoardError>;
}

impl Level for Box<dyn MuteLine> {
    fn now(&mut self) -> Result<bool, BoardError> {
        self.is_asserted()
    }

    fn next_change(&mut self) -> Result<Option<bool>, BoardError> {
        MuteLine::next_change(self.as_mut(), WAIT)
    }
}

impl Level for Box<dyn PresenceSensor> {
    fn now(&mut self) -> Result<bool, BoardError> {
        self.sees_movement()
    }

    fn next_change(&mut self) -> Result<Option<bool>, BoardError> {
        PresenceSensor::next_change(self.as_mut(), WAIT)
    }
}

/// Tells how it stands, and whenever that changes; `None` while it cannot be read.
fn follow(what: &'static str, mut level: impl Level, tell: impl Fn(Option<bool>)) {
    let mut answers = Answers::of(what);
    let mut told = None;
    let mut say = |now: Option<bool>| {
        if told.replace(now) != Some(now) {
            tell(now);
        }
        now.is_some()
    };
    let mut sound = false;
    loop {
        if !sound {
            sound = say(level.now().ok());
        }
        let change = level.next_change();
        answers.note(change.err());
        match change {
            Ok(Some(now)) => sound = say(Some(now)),
            Ok(None) => {}
            Err(_) => {
                sound = false;
                std::thread::sleep(WAIT);
            }
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
