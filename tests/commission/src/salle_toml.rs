//! Answers → the text of `salle.toml`.

use room_messages::api::Language;
use room_settings::CURRENT_VERSION;
use toml::Value as Toml;

use crate::answers::{Answers, Value};
use crate::question::{Empty, Question};
use crate::table::QUESTIONS;

/// In their order in the file; keys of no section come first.
const SECTIONS: [&str; 6] = ["", "room", "matrix", "network", "time", "panel"];

/// The file. `written` says when: it is for people, and it tells two files of the same settings
/// apart, because a unit takes each text once.
pub(crate) fn text(answers: &Answers, written: &str) -> String {
    let remark = match answers.language() {
        Language::En => format!("# Written {written} by `cargo xtask image commission`.\n"),
        Language::Fr => format!("# Écrit le {written} par `cargo xtask image commission`.\n"),
    };
    remark + &body(answers, |_| None)
}

/// The file with what is still missing stood in for, so that the unit's reader can read it.
pub(crate) fn draft(answers: &Answers) -> String {
    body(answers, |question| match question.empty {
        Empty::Refused { example } => Some(quoted(example)),
        Empty::Silent(_) | Empty::Choice(_) => None,
    })
}

fn body(answers: &Answers, stand_in: impl Fn(&Question) -> Option<String>) -> String {
    let mut text = format!("version = {CURRENT_VERSION}\n");
    for section in SECTIONS {
        let lines: Vec<String> = QUESTIONS
            .iter()
            .filter(|question| (question.when)(answers))
            .filter_map(|question| {
                let (_, key) = question.key.filter(|(of, _)| *of == section)?;
                let value = match answers.get(question.topic) {
                    Some(value) => written(value),
                    None => stand_in(question),
                };
                Some(format!("{key} = {}\n", value?))
            })
            .collect();
        if !section.is_empty() && !lines.is_empty() {
            text.push_str(&format!("\n[{section}]\n"));
        }
        text.extend(lines);
    }
    text
}

/// How an answer stands in TOML; `None` where the file is silent.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Silent => None,
        Value::Line(text) => Some(quoted(text)),
        Value::List(entries) => Some(Toml::from(entries.clone()).to_string()),
        Value::Secret(secret) | Value::File { text: secret, .. } => Some(quoted(secret.expose())),
        Value::Choice(choice) => choice.toml.map(str::to_owned),
    }
}

fn quoted(text: &str) -> String {
    Toml::from(text).to_string()
}
