//! How a room looks and which devices it has: what can be said of it even when its settings
//! are wrong or missing.
//!
//! A unit whose settings are wrong still has to say so on its own screen. So every section
//! that is sound counts, and the defaults stand for those that are not.

use std::path::Path;

use toml::de::DeTable;

use crate::sections::{self, Sections};
use crate::{BoardSettings, RoomSettings, Settings, SimulationSettings, Video, migrate};

/// Settings without those of the Matrix account and the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appearance {
    pub room: RoomSettings,
    pub board: BoardSettings,
    pub simulation: SimulationSettings,
    pub video: Video,
}

impl Appearance {
    /// Of a file that may be wrong or missing. `None` never happens with the defaults this
    /// program carries.
    #[must_use]
    pub fn of_file(path: &Path) -> Option<Self> {
        Self::of_text(&crate::read_bounded(path).unwrap_or_default())
    }

    fn of_text(text: &str) -> Option<Self> {
        let text = migrate::to_current(text).unwrap_or_default();
        let file = sections::parse(&text).unwrap_or_default();
        let nothing = DeTable::new();
        let (own, default) = (Sections::of(&file)?, Sections::of(&nothing)?);
        Some(Self {
            room: own.room.or(default.room)?,
            board: own.board.or(default.board)?,
            simulation: own.simulation.or(default.simulation)?,
            video: own.video.or(default.video)?,
        })
    }
}

impl From<&Settings> for Appearance {
    fn from(settings: &Settings) -> Self {
        Self {
            room: settings.room.clone(),
            board: settings.board.clone(),
            simulation: settings.simulation.clone(),
            video: settings.video,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_sections_count_and_defaults_stand_for_the_others() {
        let text = "version = 1\n[room]\nname = \"Curie\"\nlanguage = \"fr\"\n[matrix]\nhomeserver = 7\n[video]\nwidth = 1\n";
        let looks = Appearance::of_text(text).unwrap();
        assert_eq!(looks.room.name.as_str(), "Curie");
        assert_eq!(looks.video.format().width, 1280);
    }

    #[test]
    fn without_any_settings_there_are_the_defaults() {
        for text in ["", "[room", "version = 99\n[room]\nname = \"Curie\"\n"] {
            let looks = Appearance::of_text(text).unwrap();
            assert_eq!(looks.room.name.as_str(), "Room", "{text}");
        }
    }
}
