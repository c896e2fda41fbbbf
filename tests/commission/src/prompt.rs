//! How a question looks.

use std::fmt::Write as _;

use room_messages::api::Language;

use crate::answers::{Answers, Value};
use crate::question::{Empty, Form, Question, Topic};
use crate::words::Words;
use crate::{summary, understand};

const INTRODUCTION: Words = Words::new(
    "These questions make a salle.toml, with which a room unit is commissioned.\nEnter takes what stands in brackets. Ctrl-C ends; nothing is written before the end.",
    "Ces questions font un salle.toml, avec lequel une unité de salle est mise en service.\nEntrée prend ce qui est entre crochets. Ctrl-C arrête ; rien n'est écrit avant la fin.",
);
const SUMMARY: Words = Words::new("What is written to", "Ce qui sera écrit dans");
const REPLACED: Words = Words::new(
    "There is a salle.toml already:",
    "Il y a déjà un salle.toml :",
);
const UNCHANGED: Words = Words::new("unchanged", "inchangé");

pub(crate) fn introduction(language: Language) -> &'static str {
    INTRODUCTION.of(language)
}

/// A question with everything that belongs to it, up to where the answer is typed.
pub(crate) fn whole(question: &Question, answers: &Answers, place: &str) -> String {
    let language = answers.language();
    let mut text = String::from("\n");
    // Writing to a String cannot fail.
    match question.topic {
        Topic::Write => {
            let (heading, lines) = (SUMMARY.of(language), summary::lines(answers));
            let _ = writeln!(text, "{heading} {place}\n\n{lines}");
        }
        Topic::Replace => {
            let _ = writeln!(text, "{} {place}", REPLACED.of(language));
        }
        _ => {}
    }
    let (name, why) = (question.name.of(language), question.why.of(language));
    let _ = writeln!(text, "{name}\n  {why}");
    if let Form::Choice(choices) = question.form {
        for (number, choice) in (1..).zip(choices) {
            let _ = writeln!(text, "  {number}  {}", choice.label.of(language));
        }
    }
    text + &line(question, answers)
}

/// Where the answer is typed, with what Enter takes.
pub(crate) fn line(question: &Question, answers: &Answers) -> String {
    let taken = understand::taken_by_enter(question, answers);
    taken.map_or_else(
        || "> ".to_owned(),
        |value| format!("[{}] > ", in_brackets(question, &value, answers.language())),
    )
}

fn in_brackets(question: &Question, value: &Value, language: Language) -> String {
    let shown = match value {
        Value::Choice(choice) => numbered(question.form, choice.word)
            .unwrap_or_else(|| choice.label.of(language).to_owned()),
        Value::Secret(_) => UNCHANGED.of(language).to_owned(),
        _ => summary::shown(question, value, language),
    };
    match question.empty {
        // Given before, and may be taken back.
        Empty::Silent(what_counts) if !matches!(value, Value::Silent) => {
            format!("{shown}; -: {}", what_counts.of(language))
        }
        _ => shown,
    }
}

/// The number of a choice in a list that shows numbers.
fn numbered(form: Form, word: &str) -> Option<String> {
    let Form::Choice(choices) = form else {
        return None;
    };
    let at = choices.iter().position(|choice| choice.word == word)?;
    Some((at + 1).to_string())
}
