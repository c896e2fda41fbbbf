//! `paneld`: the room's touch panel. Shows what `roomd` says and asks it for what is pressed.
//!
//! Invariant: it holds no state of the room; it can be restarted at any moment of a call.
//! What is shown and what a touch means is decided in `room-panel-model`.
//! A library too, for the tests and the bench that press on the very panel that is shipped.

mod alive;
pub mod args;
mod clock;
pub mod desk;
pub mod headless;
mod link;
mod store;

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use room_panel::Screen;
use room_panel_model::{Heard, Panel};
use slint::{ComponentHandle as _, PhysicalSize};

use args::{Cli, Size};
use clock::Clock;
use desk::Desk;
use store::Store;

/// What `app-ids` of an output in `weston.ini` names.
const APP_ID: &str = "paneld";

/// Without a display and without `--size`.
const SIZE_IN_MEMORY: Size = Size(1280, 800);

/// Why the panel cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the display cannot be used; is weston running, and WAYLAND_DISPLAY set?")]
    Display(#[source] slint::PlatformError),
    #[error("a display is set up already")]
    Twice(#[source] slint::platform::SetPlatformError),
    #[error("the link to roomd cannot be started")]
    Link(#[source] std::io::Error),
}

/// Shows the panel on this thread until the loop that draws ends.
///
/// # Errors
/// [`StartError`].
pub fn run(cli: &Cli) -> Result<(), StartError> {
    choose_display(cli)?;
    let clock = Rc::new(Clock::start());
    let store = Store::in_directory(&cli.state);
    let pin = cli.pin_file.as_deref().and_then(read_pin);
    let panel = Panel::new(store.read(), pin, clock.now());
    let screen = Screen::new(desk::touch).map_err(StartError::Display)?;
    let window = screen.window().clone_strong();
    match cli.size {
        Some(Size(width, height)) => window.window().set_size(PhysicalSize::new(width, height)),
        None => window.window().set_fullscreen(!cli.headless),
    }
    let ear: link::Ear = Arc::new(|heard: Heard| {
        // Fails only when the loop is over, and the process with it.
        let _ = slint::invoke_from_event_loop(move || desk::hear(heard));
    });
    let wishes = link::start(cli.runtime.clone(), ear).map_err(StartError::Link)?;
    Desk::set_up(panel, screen, clock, wishes, store);
    let _watchdog = alive::start();
    window.run().map_err(StartError::Display)
}

fn choose_display(cli: &Cli) -> Result<(), StartError> {
    if cli.headless {
        let Size(width, height) = cli.size.unwrap_or(SIZE_IN_MEMORY);
        return headless::set_up(width, height).map_err(StartError::Twice);
    }
    let selector = slint::BackendSelector::new()
        .backend_name("winit".to_owned())
        .renderer_name("software".to_owned())
        .select();
    // The kiosk shell finds the panel's output by this name.
    selector
        .and_then(|()| slint::set_xdg_app_id(APP_ID))
        .map_err(StartError::Display)
}

/// A PIN that cannot be read closes the settings page: it is not left open by a mistake.
fn read_pin(path: &Path) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text.trim().to_owned()),
        // The unit names the file whether its settings have a PIN or not.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error,
                "the PIN cannot be read; the settings page stays closed");
            Some("-".to_owned())
        }
    }
}
