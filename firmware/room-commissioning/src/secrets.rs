//! Which keys of `salle.toml` are secrets, and where they stand in the text.

use std::ops::Range;
use std::path::Path;

use room_messages::api::Text;
use room_settings::{Secret, SettingsProblem};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Longest secret, in bytes; the settings' reader of secret files has the same limit.
const MAX_SECRET: usize = 16 * 1024;

/// One of them: `section.key` here is `section.key_file` there.
pub(crate) struct Kind {
    pub(crate) section: &'static str,
    pub(crate) key: &'static str,
    /// Name of its file.
    file: &'static str,
    /// Certificates and keys have lines.
    lines: bool,
    reader: Reader,
}

/// Who reads a secret's file; nobody else may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// `roomd`.
    Room,
    /// The service that logs in to the network, as root.
    Network,
}

macro_rules! kinds {
    ($($section:literal $key:literal $file:literal $lines:literal $reader:ident;)+) => {
        &[$(Kind { section: $section, key: $key, file: $file, lines: $lines, reader: Reader::$reader }),+]
    };
}

pub(crate) const KINDS: &[Kind] = kinds! {
    "matrix" "password" "password" false Room;
    "matrix" "login_token" "login-token" false Room;
    "matrix" "access_token" "access-token" false Room;
    "matrix" "recovery_key" "recovery-key" false Room;
    "network" "password" "network-password" false Network;
    "network" "authority" "network-authority.pem" true Network;
    "network" "certificate" "network-certificate.pem" true Network;
    "network" "key" "network-key.pem" true Network;
};

/// A secret to be kept in a file of its own.
#[derive(Clone, Debug)]
pub struct Keep {
    /// Name of the file in the folder of secrets.
    pub file: &'static str,
    pub secret: Secret,
    pub reader: Reader,
}

/// A piece of the text that must not stay as it is.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    pub(crate) span: Range<usize>,
    key: &'static str,
    file: &'static str,
    /// `None` for what is no secret.
    pub(crate) keep: Option<Keep>,
}

impl Cut {
    /// What stands there in the settings.
    pub(crate) fn replacement(&self, folder: &Path) -> String {
        if self.file.is_empty() {
            return String::new();
        }
        format!(
            "{}_file = \"{}\"",
            self.key,
            folder.join(self.file).display()
        )
    }

    /// What stands there in the copy whose secrets are wiped.
    pub(crate) fn remark(&self) -> String {
        if self.file.is_empty() {
            return format!("{} = true", self.key);
        }
        format!("# {}: taken and wiped", self.key)
    }
}

/// Every secret, and the wish to wipe them, in the order of the text.
pub(crate) fn find(
    text: &str,
    table: &DeTable<'_>,
    problems: &mut Vec<SettingsProblem>,
) -> Vec<Cut> {
    let mut cuts = Vec::new();
    for kind in KINDS {
        let Some(section) = table.get(kind.section).and_then(|s| s.get_ref().as_table()) else {
            continue;
        };
        if let Some((key, value)) = entry(section, kind.key) {
            let secret = secret(kind, value).map_err(|why| {
                problems.push(problem(text, value.span().start, kind, why));
            });
            cuts.push(Cut {
                span: key.start..value.span().end,
                key: kind.key,
                file: kind.file,
                keep: secret.ok(),
            });
        }
        let named = format!("{}_file", kind.key);
        if let Some((key, _)) = entry(section, &named) {
            problems.push(problem(text, key.start, kind, Wrong::NamesAFile));
        }
    }
    if let Some((key, value)) = entry(table, super::WIPE) {
        cuts.push(Cut {
            span: key.start..value.span().end,
            key: super::WIPE,
            file: "",
            keep: None,
        });
    }
    cuts.sort_by_key(|cut| cut.span.start);
    cuts
}

fn entry<'a, 't>(
    table: &'a DeTable<'t>,
    key: &str,
) -> Option<(Range<usize>, &'a Spanned<DeValue<'t>>)> {
    let (name, value) = table.iter().find(|(name, _)| name.get_ref() == key)?;
    Some((name.span(), value))
}

enum Wrong {
    NotText,
    Empty,
    TooLong,
    Unprintable,
    NamesAFile,
}

fn secret(kind: &Kind, value: &Spanned<DeValue<'_>>) -> Result<Keep, Wrong> {
    let text = value.get_ref().as_str().ok_or(Wrong::NotText)?;
    let text = if kind.lines { text } else { text.trim() };
    let odd = |c: char| c.is_control() && !(kind.lines && (c == '\n' || c == '\r'));
    match text {
        text if text.trim().is_empty() => Err(Wrong::Empty),
        text if text.len() > MAX_SECRET => Err(Wrong::TooLong),
        text if text.chars().any(odd) => Err(Wrong::Unprintable),
        text => Ok(Keep {
            file: kind.file,
            secret: Secret::new(text.to_owned()),
            reader: kind.reader,
        }),
    }
}

fn problem(text: &str, at: usize, kind: &Kind, why: Wrong) -> SettingsProblem {
    let reason = match why {
        Wrong::NotText => Text::new(
            "this is not text in quotes",
            "ce n'est pas un texte entre guillemets",
        ),
        Wrong::Empty => Text::new("this secret is empty", "ce secret est vide"),
        Wrong::TooLong => Text::new(
            "this secret is longer than 16 KiB",
            "ce secret dépasse 16 Kio",
        ),
        Wrong::Unprintable => Text::new(
            "this secret has characters that cannot be typed",
            "ce secret contient des caractères qui ne se tapent pas",
        ),
        Wrong::NamesAFile => Text::new(
            "the unit has no such file yet",
            "l'unité n'a pas encore ce fichier",
        ),
    };
    let key = kind.key;
    let example = if kind.lines {
        format!("{key} = \"\"\"…\"\"\" with the PEM text between the quotes")
    } else {
        format!("{key} = \"…\"")
    };
    let exemple = if kind.lines {
        format!("{key} = \"\"\"…\"\"\" avec le texte PEM entre les guillemets")
    } else {
        example.clone()
    };
    SettingsProblem {
        line: line_of(text, at),
        field: format!("{}.{key}", kind.section),
        reason,
        instead: Text::new(format!("write {example}"), format!("écrivez {exemple}")),
    }
}

/// Line of byte `at`, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    before.matches('\n').count() + 1
}
