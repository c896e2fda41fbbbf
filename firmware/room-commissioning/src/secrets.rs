//! Which keys of `salle.toml` are secrets, and where they stand in the text.

use std::ops::{Range, RangeInclusive};
use std::path::Path;

use room_messages::api::Text;
use room_settings::{Secret, SettingsProblem};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::wrong::Wrong;

/// Longest secret, in bytes; the settings' reader of secret files has the same limit.
const MAX_SECRET: usize = 16 * 1024;
/// Digits of a PIN: four are what people remember, and the panel's row has room for twelve.
const PIN: RangeInclusive<usize> = 4..=12;

/// One of them: `section.key` here is `section.key_file` there.
pub(crate) struct Kind {
    pub(crate) section: &'static str,
    pub(crate) key: &'static str,
    /// Name of its file.
    file: &'static str,
    form: Form,
    reader: Reader,
}

/// What such a secret looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Password, token: one line.
    Line,
    /// Certificates in PEM.
    Certificate,
    /// A private key in PEM. Without a password of its own: nobody is there to type it.
    Key,
    /// What the touch panel's keypad can type.
    Pin,
}

impl Form {
    fn has_lines(self) -> bool {
        matches!(self, Self::Certificate | Self::Key)
    }
}

/// Who reads a secret's file; nobody else may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// `roomd`.
    Room,
    /// `fleetd` as root, at each start, for the one service that needs it.
    Unit,
}

macro_rules! kinds {
    ($($section:literal $key:literal $file:literal $form:ident $reader:ident;)+) => {
        &[$(Kind { section: $section, key: $key, file: $file, form: Form::$form, reader: Reader::$reader }),+]
    };
}

pub(crate) const KINDS: &[Kind] = kinds! {
    "matrix" "password" "password" Line Room;
    "matrix" "login_token" "login-token" Line Room;
    "matrix" "access_token" "access-token" Line Room;
    "matrix" "recovery_key" "recovery-key" Line Room;
    "calendar" "password" "calendar-password" Line Room;
    "network" "password" "network-password" Line Unit;
    "network" "authority" "network-authority.pem" Certificate Unit;
    "network" "certificate" "network-certificate.pem" Certificate Unit;
    "network" "key" "network-key.pem" Key Unit;
    "panel" "pin" "panel-pin" Pin Unit;
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

fn secret(kind: &Kind, value: &Spanned<DeValue<'_>>) -> Result<Keep, Wrong> {
    let text = value.get_ref().as_str().ok_or(Wrong::NotText)?;
    let lines = kind.form.has_lines();
    let text = if lines { text } else { text.trim() };
    let odd = |c: char| c.is_control() && !(lines && matches!(c, '\n' | '\r'));
    match text {
        text if text.trim().is_empty() => Err(Wrong::Empty),
        text if text.len() > MAX_SECRET => Err(Wrong::TooLong),
        text if text.chars().any(odd) => Err(Wrong::Unprintable),
        text => shape(kind.form, text).map(|()| Keep {
            file: kind.file,
            secret: Secret::new(text.to_owned()),
            reader: kind.reader,
        }),
    }
}

/// A key where a certificate belongs, or one with a password, would only show when the network
/// refuses the unit.
fn shape(form: Form, text: &str) -> Result<(), Wrong> {
    let begins = |what: &str| text.contains(&format!("-----BEGIN {what}-----"));
    match form {
        Form::Line => Ok(()),
        Form::Pin if text.bytes().all(|b| b.is_ascii_digit()) && PIN.contains(&text.len()) => {
            Ok(())
        }
        Form::Pin => Err(Wrong::NoPin),
        Form::Certificate if begins("CERTIFICATE") => Ok(()),
        Form::Certificate => Err(Wrong::NoCertificate),
        Form::Key if begins("ENCRYPTED PRIVATE KEY") => Err(Wrong::LockedKey),
        Form::Key if text.contains("Proc-Type: 4,ENCRYPTED") => Err(Wrong::LockedKey),
        Form::Key if text.contains("PRIVATE KEY-----") => Ok(()),
        Form::Key => Err(Wrong::NoKey),
    }
}

fn problem(text: &str, at: usize, kind: &Kind, why: Wrong) -> SettingsProblem {
    let key = kind.key;
    let same = |example: String| (example.clone(), example);
    let (example, exemple) = match kind.form {
        Form::Line => same(format!("{key} = \"…\"")),
        Form::Pin => same(format!("{key} = \"2468\"")),
        Form::Certificate | Form::Key => (
            format!("{key} = \"\"\"…\"\"\" with the PEM text between the quotes"),
            format!("{key} = \"\"\"…\"\"\" avec le texte PEM entre les guillemets"),
        ),
    };
    SettingsProblem {
        line: line_of(text, at),
        field: format!("{}.{key}", kind.section),
        reason: why.reason(),
        instead: Text::new(format!("write {example}"), format!("écrivez {exemple}")),
    }
}

/// Line of byte `at`, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    before.matches('\n').count() + 1
}
