//! Checks every backend must pass: the same for the simulated board and for a real one, whose
//! buttons are pressed by the simulations the kernel has.
//!
//! A backend's tests give a board and a [`Hand`] that moves it to [`board_contract!`]. Checks wait
//! for conditions; [`LIMIT`] only ends those that will never come true.

mod lamps;
mod lines;
mod plugs;

use std::time::{Duration, Instant};

pub use lamps::{
    blinking_goes_on_by_itself, lamps_are_lit_and_go_dark, released_lamps_are_dark,
    the_light_takes_every_colour,
};
pub use lines::{
    a_press_is_told_once_and_in_order, a_quiet_board_returns_after_the_wait,
    lines_that_went_away_are_errors_and_come_back, movement_is_told_as_it_changes,
    the_mute_line_is_told_as_it_changes,
};
pub use plugs::{
    a_display_sleeps_and_wakes, a_finger_is_told_where_it_is,
    an_unplugged_camera_is_told_and_found_again, an_unplugged_sound_card_is_told_and_found_again,
};

use crate::{Board, Button, Ports};

/// No backend is this slow.
pub const LIMIT: Duration = Duration::from_secs(30);

/// What is wrong, for the person who reads the test's output.
pub type Checked = Result<(), String>;

/// A lamp as the hand sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LampName {
    Call,
    Mute,
    Status,
}

/// What can be plugged in and out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plug {
    Camera,
    /// Microphone and speaker.
    Sound,
    /// The chip all lines are on.
    Lines,
}

/// Whoever stands before the board. Panics when the simulation itself does not work: then there
/// is nothing to be checked.
pub trait Hand {
    /// Presses it, with bounce, and lets it go.
    fn press(&mut self, button: Button);
    fn set_mute_line(&mut self, asserted: bool);
    /// Moves before the presence sensor, or stands still.
    fn set_movement(&mut self, movement: bool);
    /// Whether the lamp is lit at this moment.
    fn is_lit(&mut self, lamp: LampName) -> bool;
    /// Puts a finger on the panel and takes it away; from 0.0 to 1.0 each.
    fn touch(&mut self, x: f32, y: f32);
    fn plug(&mut self, what: Plug, present: bool);
}

/// A board, its ports and a hand.
#[allow(missing_debug_implementations, reason = "trait objects")]
pub struct Bench {
    pub board: Board,
    pub ports: Ports,
    pub hand: Box<dyn Hand>,
}

/// Makes a test of every check. Attributes before the function that makes a [`Bench`] are put on
/// each test.
#[macro_export]
macro_rules! board_contract {
    ($(#[$attribute:meta])* $bench:path) => {
        $crate::board_contract!(@tests [$(#[$attribute])*] $bench:
            a_press_is_told_once_and_in_order,
            a_quiet_board_returns_after_the_wait,
            the_mute_line_is_told_as_it_changes,
            movement_is_told_as_it_changes,
            lines_that_went_away_are_errors_and_come_back,
            the_light_takes_every_colour,
            lamps_are_lit_and_go_dark,
            blinking_goes_on_by_itself,
            released_lamps_are_dark,
            a_finger_is_told_where_it_is,
            a_display_sleeps_and_wakes,
            an_unplugged_camera_is_told_and_found_again,
            an_unplugged_sound_card_is_told_and_found_again
        );
    };
    (@tests $attributes:tt $bench:path: $($check:ident),+) => {
        $($crate::board_contract!(@test $attributes $bench: $check);)+
    };
    (@test [$(#[$attribute:meta])*] $bench:path: $check:ident) => {
        #[test]
        $(#[$attribute])*
        fn $check() {
            if let Err(wrong) = $crate::contract::$check($bench()) {
                panic!("{wrong}");
            }
        }
    };
}

/// Looks until `found` says yes.
fn until(what: &str, mut found: impl FnMut() -> Result<bool, String>) -> Checked {
    let begun = Instant::now();
    while !found()? {
        if begun.elapsed() > LIMIT {
            return Err(format!("never: {what}"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: T, wanted: T) -> Checked {
    if is == wanted {
        return Ok(());
    }
    Err(format!("{what}: {is:?} instead of {wanted:?}"))
}
