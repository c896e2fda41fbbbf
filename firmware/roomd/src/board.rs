//! The board: buttons and mute line to the mind, the room's state to the lamp.
//!
//! One thread per physical thing, because drivers block. Start-up picks the backend here and
//! nowhere else.

use std::time::Duration;

use board_api::{Board, Buttons, Colour, MuteLine, Percent, StatusLight};
use board_sim::Controls;
use room_core::input::{BoardFact, Input};
use room_core::room::Lamp;
use room_messages::api::Button;
use room_settings::Profile;
use tokio::sync::watch;

use crate::mind::{Mind, Snapshot};

/// Longest wait in a driver; also the pause after a fault.
const WAIT: Duration = Duration::from_secs(1);

/// The board of this profile, and the hand that moves a simulated one. Profiles other than
/// `sim` have no backend in this version; their rooms are moved by the control API alone.
pub fn of_profile(profile: &Profile) -> Option<(Board, Controls)> {
    profile.is_simulated().then(board_sim::board)
}

/// Starts the threads; they end with the process.
pub fn start(board: Board, mind: &Mind) {
    let Board {
        light,
        buttons,
        mute_line,
    } = board;
    let (one, two) = (mind.clone(), mind.clone());
    std::thread::spawn(move || read_buttons(buttons, &one));
    std::thread::spawn(move || read_mute_line(mute_line, &two));
    tokio::spawn(show(light, mind.snapshots()));
}

fn read_buttons(mut buttons: Box<dyn Buttons>, mind: &Mind) {
    loop {
        match buttons.next(WAIT) {
            Ok(Some(button)) => mind.tell_blocking(Input::Board(BoardFact::Pressed(named(button)))),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "the buttons cannot be read");
                std::thread::sleep(WAIT);
            }
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
    let mut sound = false;
    loop {
        if !sound {
            let asserted = line.is_asserted();
            sound = asserted.is_ok();
            tell(asserted.unwrap_or(true));
        }
        match line.next_change(WAIT) {
            Ok(Some(asserted)) => tell(asserted),
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, "the mute line cannot be read");
                sound = false;
                std::thread::sleep(WAIT);
            }
        }
    }
}

async fn show(mut light: Box<dyn StatusLight>, mut snapshots: watch::Receiver<Snapshot>) {
    loop {
        let lamp = snapshots.borrow_and_update().lamp;
        // At most 50 ms, by the trait's own promise.
        if let Err(error) = light.set(colour(lamp), Percent::FULL) {
            tracing::warn!(%error, "the status light does not answer");
        }
        if snapshots
            .wait_for(|snapshot| snapshot.lamp != lamp)
            .await
            .is_err()
        {
            return;
        }
    }
}

fn colour(lamp: Lamp) -> Colour {
    match lamp {
        Lamp::Ready => Colour::Green,
        Lamp::Connecting | Lamp::Muted => Colour::Amber,
        Lamp::Live | Lamp::Fault => Colour::Red,
    }
}
