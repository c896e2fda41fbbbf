//! The board's profile, before settings can be read: the device tree alone decides.

use std::path::Path;

use board_api::profile::Profile;
use room_settings::{Appearance, Board};

pub const PROFILES: &str = "/usr/share/salle/board";
const TREE: &str = "/sys/firmware/devicetree/base/compatible";

/// What the device tree says this board is; nothing on a machine without one.
pub fn tree() -> Vec<u8> {
    std::fs::read(TREE).unwrap_or_default()
}

pub fn of(tree: &[u8], profiles: &Path) -> Option<Profile> {
    let choice = Appearance::of_file(Path::new("/nonexistent"))?
        .board
        .profile;
    match Board::find(&choice, profiles, tree) {
        Ok(Board::Linux(profile)) => Some(*profile),
        Ok(Board::Simulated) => None,
        Err(error) => {
            tracing::warn!(error = error.line(), "this board has no profile");
            None
        }
    }
}
