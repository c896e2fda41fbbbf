//! Draws the touch panel with Slint: what `room-panel-model` says is put on the screen, and what
//! fingers do is told as [`Touch`].
//!
//! Invariant: nothing is decided here. Every text that depends on a value comes from the model;
//! fixed labels are translated in `lang/`.
//! Deliberately absent: the choice of a display. The program gives the platform (a window under
//! weston, or one in memory for tests).
//!
//! The files are GPL-3.0-or-later; linked with Slint the program is GPL-3.0-only in effect.

mod fingers;
mod lists;
mod show;

pub mod ui {
    //! What Slint makes of `ui/panel.slint`.
    #![allow(
        missing_debug_implementations,
        unused_qualifications,
        clippy::todo,
        clippy::unimplemented,
        clippy::unwrap_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::large_futures,
        reason = "generated"
    )]
    slint::include_modules!();
}

use std::cell::RefCell;
use std::fmt;

use room_panel_model::{Touch, View};
use slint::PlatformError;

use lists::Lists;
use ui::PanelWindow;

/// The panel's window.
pub struct Screen {
    window: PanelWindow,
    lists: Lists,
    shown: RefCell<Option<View>>,
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Screen").finish_non_exhaustive()
    }
}

impl Screen {
    /// The window, not shown yet; `touched` is called for each touch.
    ///
    /// # Errors
    /// When the platform has no window.
    pub fn new(touched: impl Fn(Touch) + 'static) -> Result<Self, PlatformError> {
        let window = PanelWindow::new()?;
        fingers::listen(&window, touched);
        let lists = Lists::of(&window);
        Ok(Self {
            window,
            lists,
            shown: RefCell::new(None),
        })
    }

    /// Puts the view on the screen; what has not changed is not drawn again.
    pub fn show(&self, view: &View) {
        let mut shown = self.shown.borrow_mut();
        if shown.as_ref() == Some(view) {
            return;
        }
        show::show(&self.window, &self.lists, view);
        *shown = Some(view.clone());
    }

    #[must_use]
    pub fn window(&self) -> &PanelWindow {
        &self.window
    }
}
