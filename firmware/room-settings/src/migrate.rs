//! Brings the text of an older file to the current version, one step at a time.
//!
//! Invariant: steps work on TOML tables only and import no live type, so that they go on
//! meaning what they meant when they were written.

use room_messages::api::Text;
use toml::de::DeTable;

use crate::error::{SettingsProblem, SettingsProblems};
use crate::reader::line_of;
use crate::sections::parse;

/// Version this program writes and reads.
pub const CURRENT_VERSION: u32 = 1;

/// Step `n` turns version `n + 1` into `n + 2`. Version 1 is the first there is.
const STEPS: [fn(&mut toml::Table); (CURRENT_VERSION - 1) as usize] = [];

/// The text in the current version; unchanged when it already is.
pub(crate) fn to_current(text: &str) -> Result<String, SettingsProblems> {
    let version = version_of(text, &parse(text)?)?;
    let steps = STEPS.get(version as usize - 1..).unwrap_or_default();
    if steps.is_empty() {
        return Ok(text.to_owned());
    }
    let mut table: toml::Table = toml::from_str(text).unwrap_or_default();
    for step in steps {
        step(&mut table);
    }
    table.insert(
        "version".to_owned(),
        toml::Value::Integer(CURRENT_VERSION.into()),
    );
    Ok(table.to_string())
}

fn version_of(text: &str, file: &DeTable<'_>) -> Result<u32, SettingsProblems> {
    let found = file.get("version");
    let line = found.map_or(1, |entry| line_of(text, entry.span().start));
    let number = found.and_then(|entry| entry.get_ref().as_integer());
    let number = number.and_then(|number| number.as_str().parse::<u32>().ok());
    number.filter(|version| (1..=CURRENT_VERSION).contains(version)).ok_or_else(|| SettingsProblems::from(SettingsProblem {
        line,
        field: "version".to_owned(),
        reason: Text::new(
            format!("the file's version is not one from 1 to {CURRENT_VERSION}"),
            format!("la version du fichier n'est pas comprise entre 1 et {CURRENT_VERSION}"),
        ),
        instead: Text::new(
            format!("write `version = {CURRENT_VERSION}` on the first line, or install the firmware the file was written for"),
            format!("écrivez `version = {CURRENT_VERSION}` sur la première ligne, ou installez le micrologiciel pour lequel il fut écrit"),
        ),
    }))
}
