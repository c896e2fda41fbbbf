//! What is wrong with a settings file, for the person who has it open in an editor.

use std::fmt;
use std::path::PathBuf;

use room_messages::api::{Language, Text};

/// One thing to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    /// Line in the file, from 1.
    pub line: usize,
    /// Dotted name, e.g. `matrix.mode`.
    pub field: String,
    pub reason: Text,
    /// What to write instead.
    pub instead: Text,
}

impl SettingsProblem {
    /// One line for people.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        let reason = self.reason.in_language(language);
        let instead = self.instead.in_language(language);
        match language {
            Language::En => format!("line {}, {}: {reason}; {instead}", self.line, self.field),
            Language::Fr => format!("ligne {}, {} : {reason} ; {instead}", self.line, self.field),
        }
    }
}

/// Every problem of one file; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingsProblems(pub Vec<SettingsProblem>);

impl SettingsProblems {
    #[must_use]
    pub fn sentences(&self, language: Language) -> String {
        let lines: Vec<_> = self.0.iter().map(|p| p.sentence(language)).collect();
        lines.join("\n")
    }
}

impl From<SettingsProblem> for SettingsProblems {
    fn from(problem: SettingsProblem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for SettingsProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentences(Language::En))
    }
}

/// Why a settings file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("the settings file {path} cannot be read", path = path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the settings file {path} has mistakes", path = path.display())]
    Content {
        path: PathBuf,
        #[source]
        problems: SettingsProblems,
    },
}

impl LoadError {
    /// In short: the file or its first mistake.
    #[must_use]
    pub fn first(&self) -> Text {
        match self {
            Self::Read { path, source } => {
                let text = format!("{}: {source}", path.display());
                Text::new(text.clone(), text)
            }
            Self::Content { problems, .. } => {
                let first = |language| {
                    let mut all = problems.0.iter();
                    all.next().map(|p| p.sentence(language)).unwrap_or_default()
                };
                Text::new(first(Language::En), first(Language::Fr))
            }
        }
    }

    /// The whole message for people, with its cause.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Read { path, source } => Text::new(
                format!(
                    "The settings file {} cannot be read: {source}. Check the path given to --settings and the file's permissions.",
                    path.display()
                ),
                format!(
                    "Le fichier de réglages {} est illisible : {source}. Vérifiez le chemin donné à --settings et les droits du fichier.",
                    path.display()
                ),
            ),
            Self::Content { path, problems } => Text::new(
                format!(
                    "The settings file {} has mistakes:\n{}",
                    path.display(),
                    problems.sentences(Language::En)
                ),
                format!(
                    "Le fichier de réglages {} contient des erreurs :\n{}",
                    path.display(),
                    problems.sentences(Language::Fr)
                ),
            ),
        }
    }
}
