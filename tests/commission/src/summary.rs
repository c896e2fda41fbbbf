//! What is about to be written, without the secrets.

use room_messages::api::Language;

use crate::answers::{Answers, Value};
use crate::question::{Empty, Question, Topic};
use crate::table::QUESTIONS;
use crate::words::Words;

const GIVEN: Words = Words::new("given, not shown", "saisi, non affiché");

/// A line an answer.
pub(crate) fn lines(answers: &Answers) -> String {
    let language = answers.language();
    let shown: Vec<(&str, String)> = QUESTIONS
        .iter()
        .filter(|question| !matches!(question.topic, Topic::Replace | Topic::Write))
        .filter(|question| (question.when)(answers))
        .filter_map(|question| {
            let value = answers.get(question.topic)?;
            Some((question.name.of(language), shown(question, value, language)))
        })
        .collect();
    let width = shown.iter().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or_default();
    let line = |(name, value): (&str, String)| format!("  {name:<width$}  {value}\n");
    shown.into_iter().map(line).collect()
}

/// An answer for people.
pub(crate) fn shown(question: &Question, value: &Value, language: Language) -> String {
    match value {
        Value::Silent => match question.empty {
            Empty::Silent(what_counts) => what_counts.of(language).to_owned(),
            Empty::Refused { .. } | Empty::Choice(_) => String::new(),
        },
        Value::Line(text) => text.clone(),
        Value::List(entries) => entries.join(", "),
        Value::Secret(_) => GIVEN.of(language).to_owned(),
        Value::File { path, .. } => path.clone(),
        Value::Choice(choice) => choice.label.of(language).to_owned(),
    }
}
