//! Whether the hang-up button is held while the power comes: the way back to factory state for
//! whoever stands before the unit.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use board_api::profile::{Active, Line};
use gpiocdev::Request;
use gpiocdev::line::Value;
use room_settings::{Appearance, Board};

const TREE: &str = "/sys/firmware/devicetree/base/compatible";
const PROFILES: &str = "/usr/share/salle/board";
/// How long it must be held without a break; nobody leans on it by accident for so long.
const HELD: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(50);

/// Returns at once when it is not held, after five seconds when it is.
#[must_use]
pub fn is_held() -> bool {
    let tree = fs::read(TREE).unwrap_or_default();
    hang_up(&tree, Path::new(PROFILES)).is_some_and(|line| held(&line))
}

/// The hang-up button of this board: settings cannot be read yet, the device tree decides.
fn hang_up(tree: &[u8], profiles: &Path) -> Option<Line> {
    let choice = Appearance::of_file(Path::new("/nonexistent"))?
        .board
        .profile;
    match Board::find(&choice, profiles, tree) {
        Ok(Board::Linux(profile)) => profile.buttons.hang_up,
        Ok(Board::Simulated) => None,
        Err(error) => {
            tracing::warn!(error = error.line(), "no button can be read");
            None
        }
    }
}

fn held(line: &Line) -> bool {
    let Some(found) = gpiocdev::find_named_line(line.line.as_str()) else {
        return false;
    };
    let mut request = Request::builder();
    request
        .with_consumer("salle-reset")
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
        let name = |tree: &[u8]| Some(hang_up(tree, &folder)?.line.as_str().to_owned());
        assert_eq!(
            name(b"linux,dummy-virt\0").as_deref(),
            Some("salle-hang-up")
        );
        assert_eq!(name(b"acme,other\0"), None);
        assert_eq!(name(b""), None);
    }
}
