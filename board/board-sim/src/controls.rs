//! The hand that moves the board, and the state both share.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use board_api::{Button, Colour, Kinds, Pattern, Percent, Touch, Touched};

use crate::Fault;

/// Presses kept while nobody reads them.
const MAX_PRESSES: usize = 64;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shine {
    pub colour: Colour,
    pub pattern: Pattern,
    pub brightness: Percent,
}

#[derive(Debug)]
pub(crate) struct State {
    pub presses: VecDeque<Button>,
    pub buttons_fault: Fault,
    pub asserted: bool,
    /// What the presence sensor sees; `None`: there is none until somebody moves it.
    pub movement: Option<bool>,
    pub line_fault: Fault,
    pub light: Shine,
    pub light_fault: Fault,
    pub call: Pattern,
    pub mute: Pattern,
    pub camera: bool,
    pub sound: bool,
    pub display_on: bool,
    pub touches: VecDeque<Touch>,
    pub words: Kinds,
}

impl Default for State {
    fn default() -> Self {
        Self {
            presses: VecDeque::new(),
            buttons_fault: Fault::None,
            asserted: false,
            movement: None,
            line_fault: Fault::None,
            light: Shine::default(),
            light_fault: Fault::None,
            call: Pattern::Dark,
            mute: Pattern::Dark,
            camera: true,
            sound: true,
            display_on: true,
            touches: VecDeque::new(),
            words: Kinds::default(),
        }
    }
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
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves plain values behind, which stay usable.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn change(&self, act: impl FnOnce(&mut State)) {
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

    /// Moves before the presence sensor, which is there from then on, or stands still.
    pub fn set_movement(&self, movement: bool) {
        self.change(|state| state.movement = Some(movement));
    }

    /// Whether the display is on.
    #[must_use]
    pub fn display_is_on(&self) -> bool {
        self.state().display_on
    }

    /// A finger goes down there and up again; 0.0 to 1.0 each.
    pub fn touch(&self, x: f32, y: f32) {
        self.change(|state| {
            for what in [Touched::Down, Touched::Up] {
                state.touches.push_back(Touch { what, x, y });
            }
            state.touches.truncate(MAX_PRESSES);
        });
    }

    pub fn plug_camera(&self, present: bool) {
        self.change(|state| (state.camera, state.words.camera) = (present, true));
    }

    /// Microphone and speaker.
    pub fn plug_sound(&self, present: bool) {
        self.change(|state| (state.sound, state.words.sound) = (present, true));
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
    pub fn light(&self) -> (Colour, Pattern, Percent) {
        let shine = self.state().light;
        (shine.colour, shine.pattern, shine.brightness)
    }

    #[must_use]
    pub fn call_lamp(&self) -> Pattern {
        self.state().call
    }

    #[must_use]
    pub fn mute_lamp(&self) -> Pattern {
        self.state().mute
    }

    /// Waits until `ready` finds something, at most `wait`.
    pub(crate) fn wait_for<T>(
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
