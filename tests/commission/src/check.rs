//! Whether an answer is sound: the unit's own reader says so, of a whole file with it in.

use std::path::Path;

use room_commissioning::{Commission, read};
use room_messages::api::Language;
use room_settings::{SettingsProblem, SettingsProblems};

use crate::answers::{Answers, Value};
use crate::question::{Form, Question};
use crate::salle_toml;

/// Where a unit keeps the secrets. Only names files in what the reader makes.
const SECRETS: &str = "/var/lib/salle-config/secrets";

/// Reads a file as the unit will.
pub(crate) fn as_the_unit(text: &str) -> Result<Commission, SettingsProblems> {
    read(text, Path::new(SECRETS))
}

/// Everything but this answer is sound or stands in, so what is complained of is this answer.
///
/// # Errors
/// The reason, and on a second line what to write instead.
pub(crate) fn answer(
    question: &Question,
    value: &Value,
    answers: &Answers,
    language: Language,
) -> Result<(), String> {
    let try_out = |value: Value| {
        let draft = salle_toml::draft(&answers.with(question.topic, value));
        let problems = as_the_unit(&draft).err()?;
        Some(sentence(problems.0.first()?, question.form, language))
    };
    if let Value::List(entries) = value {
        // One by one first, so that the wrong one is named.
        for entry in entries {
            if let Some(reason) = try_out(Value::List(vec![entry.clone()])) {
                return Err(match language {
                    Language::En => format!("{entry}: {reason}"),
                    Language::Fr => format!("{entry} : {reason}"),
                });
            }
        }
    }
    try_out(value.clone()).map_or(Ok(()), Err)
}

/// The reader speaks to somebody who has the file open in an editor: what it advises about quotes
/// is not for who answers a question.
fn sentence(problem: &SettingsProblem, form: Form, language: Language) -> String {
    let reason = problem.reason.in_language(language);
    if matches!(form, Form::Secret | Form::File) {
        return reason.to_owned();
    }
    let instead = problem.instead.in_language(language).replace('"', "");
    format!("{reason}\n{instead}")
}
