//! Whether a button is held while the power comes: what only whoever stands before the unit can
//! ask for.

use std::path::Path;
use std::time::{Duration, Instant};

use board_api::profile::{Active, ButtonLines, Line};
use gpiocdev::Request;
use gpiocdev::line::Value;

use super::profile::{self, PROFILES};

/// How long it must be held without a break; nobody leans on it by accident for so long.
const HELD: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(50);

/// A button, and what it asks for.
#[derive(Clone, Copy, Debug)]
pub enum Button {
    /// Back to factory state.
    HangUp,
    /// A service shell for whoever has the key.
    Join,
}

/// Returns at once when it is not held, after five seconds when it is.
#[must_use]
pub fn is_held(button: Button) -> bool {
    line_of(button, &profile::tree(), Path::new(PROFILES)).is_some_and(|line| held(&line))
}

impl Button {
    fn of(self, buttons: ButtonLines) -> Option<Line> {
        match self {
            Self::HangUp => buttons.hang_up,
            Self::Join => buttons.join,
        }
    }
}

/// Where this board has it.
fn line_of(button: Button, tree: &[u8], profiles: &Path) -> Option<Line> {
    let profile = profile::of(tree, profiles)?;
    button.of(profile.buttons)
}

fn held(line: &Line) -> bool {
    let Some(found) = gpiocdev::find_named_line(line.line.as_str()) else {
        return false;
    };
    let mut request = Request::builder();
    request
        .with_consumer("salle-power-on")
        .with_found_line(&found)
        .as_input();
    if line.active == Active::Low {
        request.as_active_low();
    }
    let Ok(request) = request.request() else {
        return false;
    };
    let pressed = || {
        request
            .value(found.info.offset)
            .is_ok_and(|v| v == Value::Active)
    };
    let began = Instant::now();
    while pressed() {
        if began.elapsed() >= HELD {
            return true;
        }
        std::thread::sleep(LOOK);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_of_this_board_is_found_by_its_device_tree() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../board/profiles");
        let name = |button, tree: &[u8]| {
            let line = line_of(button, tree, &folder)?;
            Some(line.line.as_str().to_owned())
        };
        for (button, line) in [
            (Button::HangUp, "salle-hang-up"),
            (Button::Join, "salle-join"),
        ] {
            assert_eq!(name(button, b"linux,dummy-virt\0").as_deref(), Some(line));
            assert_eq!(name(button, b"acme,other\0"), None);
            assert_eq!(name(button, b""), None);
        }
    }
}
