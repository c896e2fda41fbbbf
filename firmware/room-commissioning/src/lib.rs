//! `salle.toml`, as an installer writes it on a stick or on the image's boot partition → settings
//! of the room and the secrets beside them.
//!
//! It is the settings file with the secrets themselves in it (`password = "…"`) where settings
//! name files (`password_file = "/…"`), and `wipe_secrets = true` when the copy it was read from
//! is to forget them. Invariant: no line moves, so that every complaint names the line the
//! installer has before him; no secret is in a complaint, in `Debug`, or in the settings made.
//! Deliberately absent: files. `fleetd` reads and writes them.

pub mod files;
mod secrets;
mod wrong;

use std::path::Path;

use room_messages::api::Text;
use room_settings::{Settings, SettingsProblem, SettingsProblems};
use toml::de::DeTable;

use secrets::{Cut, KINDS, Kind};
pub use secrets::{Keep, Reader};

/// Longest `salle.toml`, in bytes.
pub const MAX_FILE: usize = 256 * 1024;
const WIPE: &str = "wipe_secrets";

/// A sound `salle.toml`.
#[derive(Clone, Debug)]
pub struct Commission {
    /// What goes into `room.toml`.
    pub text: String,
    pub settings: Settings,
    pub secrets: Vec<Keep>,
    /// The copy this came from is to lose its secrets.
    pub wipe: bool,
}

/// Reads `salle.toml`; the settings made name secrets in `folder`.
///
/// # Errors
/// Every mistake, with its line, the reason and what to write instead.
pub fn read(text: &str, folder: &Path) -> Result<Commission, SettingsProblems> {
    if text.len() > MAX_FILE {
        return Err(too_long().into());
    }
    let table = parse(text)?;
    let mut problems = Vec::new();
    let wipe = wish(text, &table, &mut problems);
    let cuts = secrets::find(text, &table, &mut problems);
    let made = rewrite(text, &cuts, |cut| cut.replacement(folder));
    match Settings::parse(&made) {
        Ok(settings) if problems.is_empty() => Ok(Commission {
            text: made,
            settings,
            secrets: cuts.into_iter().filter_map(|cut| cut.keep).collect(),
            wipe,
        }),
        Ok(_) => Err(SettingsProblems(problems)),
        Err(found) => {
            problems.extend(found.0.into_iter().map(as_written));
            problems.sort_by_key(|problem| problem.line);
            Err(SettingsProblems(problems))
        }
    }
}

/// The text without its secrets, each line where it was; `None` when it cannot be read as TOML.
#[must_use]
pub fn without_secrets(text: &str) -> Option<String> {
    let table = parse(text).ok()?;
    let cuts = secrets::find(text, &table, &mut Vec::new());
    Some(rewrite(text, &cuts, Cut::remark))
}

fn parse(text: &str) -> Result<DeTable<'_>, SettingsProblems> {
    // The settings' own reader has the words for a file that is no TOML.
    match DeTable::parse(text) {
        Ok(table) => Ok(table.into_inner()),
        Err(_) => Err(Settings::parse(text)
            .err()
            .unwrap_or_else(|| too_long().into())),
    }
}

fn wish(text: &str, table: &DeTable<'_>, problems: &mut Vec<SettingsProblem>) -> bool {
    let Some(entry) = table.get(WIPE) else {
        return false;
    };
    let said = entry.get_ref().as_bool();
    if said.is_none() {
        problems.push(SettingsProblem {
            line: secrets::line_of(text, entry.span().start),
            field: WIPE.to_owned(),
            reason: Text::new(
                "this is neither true nor false",
                "ce n'est ni true ni false",
            ),
            instead: Text::new(
                "write wipe_secrets = true or remove it",
                "écrivez wipe_secrets = true ou retirez-le",
            ),
        });
    }
    said.unwrap_or(false)
}

/// The text with each cut replaced; as many line ends as before.
fn rewrite(text: &str, cuts: &[Cut], replacement: impl Fn(&Cut) -> String) -> String {
    let mut made = String::with_capacity(text.len());
    let mut from = 0;
    for cut in cuts {
        made.push_str(text.get(from..cut.span.start).unwrap_or_default());
        made.push_str(&replacement(cut));
        let lost = text.get(cut.span.clone()).unwrap_or_default();
        made.extend(lost.matches('\n'));
        from = cut.span.end;
    }
    made.push_str(text.get(from..).unwrap_or_default());
    made
}

/// A complaint about the settings made, in the words of the file it was made from.
fn as_written(mut problem: SettingsProblem) -> SettingsProblem {
    let rename = |text: &str| {
        let mut text = text.to_owned();
        for Kind { key, .. } in KINDS {
            text = text.replace(&format!("{key}_file"), key);
        }
        text.replace("\"/etc/salle/password\"", "\"…\"")
    };
    problem.field = rename(&problem.field);
    for words in [&mut problem.reason, &mut problem.instead] {
        *words = Text::new(rename(&words.en), rename(&words.fr));
    }
    problem
}

fn too_long() -> SettingsProblem {
    SettingsProblem {
        line: 1,
        field: "salle.toml".to_owned(),
        reason: Text::new(
            "the file is longer than 256 KiB",
            "le fichier dépasse 256 Kio",
        ),
        instead: Text::new(
            "write only settings into it",
            "n'y écrivez que des réglages",
        ),
    }
}

#[cfg(test)]
mod tests;
