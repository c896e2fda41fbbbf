//! What people choose on the panel itself.

use room_messages::api::Language;

/// Colours of the panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    Light,
    #[default]
    Dark,
    HighContrast,
}

impl Theme {
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::HighContrast];
}

/// Kept over a restart. The defaults are those of a new unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    pub theme: Theme,
    /// `None`: the room's own, as its settings say.
    pub language: Option<Language>,
    pub large_text: bool,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            theme: Theme::Dark,
            language: None,
            large_text: false,
        }
    }
}
