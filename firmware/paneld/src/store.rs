//! What people chose on the panel, kept over a restart.
//!
//! Invariant: a file that is missing or cannot be read means the defaults, never a panel that
//! does not start.

use std::io;
use std::path::{Path, PathBuf};

use room_messages::api::Language;
use room_panel_model::{Choices, Theme};
use serde::{Deserialize, Serialize};

/// As it is in the file; a field that is missing has its default.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    theme: Option<KeptTheme>,
    language: Option<Language>,
    large_text: bool,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeptTheme {
    Light,
    Dark,
    HighContrast,
}

#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
}

impl Store {
    pub fn in_directory(directory: &Path) -> Self {
        Self {
            path: directory.join("choices.json"),
        }
    }

    pub fn read(&self) -> Choices {
        let text = match std::fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Choices::default(),
            Err(error) => {
                tracing::warn!(path = %self.path.display(), %error, "the choices cannot be read");
                return Choices::default();
            }
        };
        match serde_json::from_slice::<Kept>(&text) {
            Ok(kept) => kept.into(),
            Err(error) => {
                tracing::warn!(path = %self.path.display(), %error, "the choices are unreadable");
                Choices::default()
            }
        }
    }

    /// All or nothing: a power cut leaves the old file or the new one.
    pub fn write(&self, choices: Choices) {
        if let Err(error) = self.try_write(choices) {
            tracing::warn!(path = %self.path.display(), %error,
                "the choices cannot be kept; they count until the next restart");
        }
    }

    fn try_write(&self, choices: Choices) -> io::Result<()> {
        let text = serde_json::to_vec(&Kept::from(choices))?;
        let new = self.path.with_extension("new");
        std::fs::write(&new, text)?;
        std::fs::rename(&new, &self.path)
    }
}

impl From<Kept> for Choices {
    fn from(kept: Kept) -> Self {
        let default = Self::default();
        Self {
            theme: match kept.theme {
                Some(KeptTheme::Light) => Theme::Light,
                Some(KeptTheme::Dark) => Theme::Dark,
                Some(KeptTheme::HighContrast) => Theme::HighContrast,
                None => default.theme,
            },
            language: kept.language,
            large_text: kept.large_text,
        }
    }
}

impl From<Choices> for Kept {
    fn from(choices: Choices) -> Self {
        Self {
            theme: Some(match choices.theme {
                Theme::Light => KeptTheme::Light,
                Theme::Dark => KeptTheme::Dark,
                Theme::HighContrast => KeptTheme::HighContrast,
            }),
            language: choices.language,
            large_text: choices.large_text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_come_back_after_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::in_directory(directory.path());
        assert_eq!(store.read(), Choices::default());
        let chosen = Choices {
            theme: Theme::HighContrast,
            language: Some(Language::Fr),
            large_text: true,
        };
        store.write(chosen);
        assert_eq!(store.read(), chosen);
    }

    #[test]
    fn a_broken_file_means_the_defaults() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("choices.json"), "{").unwrap();
        assert_eq!(
            Store::in_directory(directory.path()).read(),
            Choices::default()
        );
    }
}
