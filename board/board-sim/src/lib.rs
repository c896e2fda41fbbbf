//! A scripted board that can misbehave.
//!
//! Invariant: everything a real board can do wrong can be ordered here: unplugged, slow, stuck.
//! Deliberately absent: cameras, microphones and displays, which `mediad` simulates.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use board_api::{Board, BoardError, Button, Buttons, Colour, MuteLine, Percent, StatusLight};

/// Presses kept while nobody reads them.
const MAX_PRESSES: usize = 64;
/// Limit of [`StatusLight::set`].
const LIGHT_LIMIT: Duration = Duration::from_millis(50);

/// How a thing misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    Unplugged,
    /// Answers after this long.
    Slow(Duration),
    /// Keeps its last state whatever happens.
    Stuck,
}

#[derive(Debug, Default)]
struct State {
    presses: VecDeque<Button>,
    buttons_fault: Fault,
    asserted: bool,
    line_fault: Fault,
    colour: Colour,
    brightness: Percent,
    light_fault: Fault,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// The hand that presses the buttons.
#[derive(Clone, Debug, Default)]
pub struct Controls(Arc<Shared>);

impl Controls {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain values behind, which stay usable.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, act: impl FnOnce(&mut State)) {
        act(&mut self.state());
        self.0.changed.notify_all();
    }

    /// Presses a button and lets it go. Beyond 64 presses nobody read, nothing happens.
    pub fn press(&self, button: Button) {
        self.change(|state| {
            if state.buttons_fault == Fault::None && state.presses.len() < MAX_PRESSES {
                state.presses.push_back(button);
            }
        });
    }

    pub fn set_mute_line(&self, asserted: bool) {
        self.change(|state| {
            if state.line_fault != Fault::Stuck {
                state.asserted = asserted;
            }
        });
    }

    pub fn break_buttons(&self, fault: Fault) {
        self.change(|state| state.buttons_fault = fault);
    }

    pub fn break_mute_line(&self, fault: Fault) {
        self.change(|state| state.line_fault = fault);
    }

    pub fn break_light(&self, fault: Fault) {
        self.change(|state| state.light_fault = fault);
    }

    /// What the status light shows.
    #[must_use]
    pub fn light(&self) -> (Colour, Percent) {
        let state = self.state();
        (state.colour, state.brightness)
    }

    /// Waits until `ready` finds something, at most `wait`.
    fn wait_for<T>(
        &self,
        wait: Duration,
        mut ready: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let end = Instant::now() + wait;
        let mut state = self.state();
        loop {
            if let Some(found) = ready(&mut state) {
                return Some(found);
            }
            let left = end.checked_duration_since(Instant::now())?;
            let waited = self.0.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A simulated board and the hand that moves it.
#[must_use]
pub fn board() -> (Board, Controls) {
    let controls = Controls::default();
    let board = Board {
        light: Box::new(Light(controls.clone())),
        buttons: Box::new(Panel(controls.clone())),
        mute_line: Box::new(Line {
            controls: controls.clone(),
            told: false,
        }),
    };
    (board, controls)
}

struct Light(Controls);

impl StatusLight for Light {
    fn set(&mut self, colour: Colour, brightness: Percent) -> Result<(), BoardError> {
        let fault = self.0.state().light_fault;
        match fault {
            Fault::Unplugged => return Err(BoardError::Unplugged),
            Fault::Slow(delay) if delay > LIGHT_LIMIT => return Err(BoardError::TimedOut),
            Fault::Slow(delay) => std::thread::sleep(delay),
            Fault::Stuck => return Ok(()),
            Fault::None => {}
        }
        self.0
            .change(|state| (state.colour, state.brightness) = (colour, brightness));
        Ok(())
    }
}

struct Panel(Controls);

impl Buttons for Panel {
    fn next(&mut self, wait: Duration) -> Result<Option<Button>, BoardError> {
        if self.0.state().buttons_fault == Fault::Unplugged {
            std::thread::sleep(wait);
            return Err(BoardError::Unplugged);
        }
        Ok(self.0.wait_for(wait, |state| state.presses.pop_front()))
    }
}

struct Line {
    controls: Controls,
    told: bool,
}

impl MuteLine for Line {
    fn is_asserted(&mut self) -> Result<bool, BoardError> {
        let state = self.controls.state();
        if state.line_fault == Fault::Unplugged {
            return Err(BoardError::Unplugged);
        }
        self.told = state.asserted;
        Ok(self.told)
    }

    fn next_change(&mut self, wait: Duration) -> Result<Option<bool>, BoardError> {
        if self.controls.state().line_fault == Fault::Unplugged {
            std::thread::sleep(wait);
            return Err(BoardError::Unplugged);
        }
        let told = self.told;
        let change = self.controls.wait_for(wait, |state| {
            (state.asserted != told).then_some(state.asserted)
        });
        self.told = change.unwrap_or(told);
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use board_api::contract;

    const WAIT: Duration = Duration::from_secs(30);

    #[test]
    fn the_simulated_board_keeps_the_contract() {
        let (mut board, _) = board();
        contract::light_takes_every_colour(board.light.as_mut()).unwrap();
        contract::quiet_line_returns_after_the_wait(board.mute_line.as_mut()).unwrap();
    }

    #[test]
    fn a_press_and_the_line_are_told_once() {
        let (mut board, hand) = board();
        hand.press(Button::Join);
        hand.set_mute_line(true);
        assert_eq!(board.buttons.next(WAIT), Ok(Some(Button::Join)));
        assert_eq!(board.buttons.next(Duration::ZERO), Ok(None));
        assert_eq!(board.mute_line.next_change(WAIT), Ok(Some(true)));
        assert_eq!(board.mute_line.next_change(Duration::ZERO), Ok(None));
        assert_eq!(board.mute_line.is_asserted(), Ok(true));
    }

    #[test]
    fn each_thing_can_be_broken() {
        let (mut board, hand) = board();
        hand.break_light(Fault::Slow(Duration::from_secs(1)));
        assert_eq!(
            board.light.set(Colour::Red, Percent::FULL),
            Err(BoardError::TimedOut)
        );
        hand.break_mute_line(Fault::Stuck);
        hand.set_mute_line(true);
        assert_eq!(board.mute_line.is_asserted(), Ok(false));
        hand.break_mute_line(Fault::Unplugged);
        assert_eq!(board.mute_line.is_asserted(), Err(BoardError::Unplugged));
        hand.break_buttons(Fault::Unplugged);
        hand.press(Button::Mute);
        assert_eq!(
            board.buttons.next(Duration::ZERO),
            Err(BoardError::Unplugged)
        );
    }
}
