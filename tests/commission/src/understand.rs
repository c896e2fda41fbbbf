//! What was typed → an answer.

use room_messages::api::Language;
use room_settings::Secret;

use crate::answers::{Answers, Value};
use crate::check;
use crate::dialogue::{FileTrouble, Input};
use crate::question::{Choice, Empty, Form, Question};
use crate::words::Words;

const NO_SUCH_CHOICE: Words = Words::new("write a number from 1 to", "écrivez un nombre de 1 à");
const YES_OR_NO: Words = Words::new("write yes or no", "écrivez oui ou non");
const NO_PATH: Words = Words::new("write the path of a file", "écrivez le chemin d'un fichier");
const UNREADABLE: Words = Words::new("this file cannot be read:", "ce fichier est illisible :");
const NOT_TEXT: Words = Words::new(
    "this file is not text, so it is not PEM\nof a certificate, this makes PEM: openssl x509 -inform der -in FILE -out FILE.pem",
    "ce fichier n'est pas du texte, donc pas du PEM\npour convertir un certificat : openssl x509 -inform der -in FICHIER -out FICHIER.pem",
);

/// # Errors
/// Why it is no answer to this question.
pub(crate) fn value(question: &Question, input: Input, answers: &Answers) -> Result<Value, String> {
    let language = answers.language();
    let typed = match &input {
        Input::Line(text) | Input::File { path: text, .. } => text.trim().to_owned(),
    };
    if typed.is_empty()
        && let Some(value) = taken_by_enter(question, answers)
    {
        return Ok(value);
    }
    if typed == "-" && matches!(question.empty, Empty::Silent(_)) {
        return Ok(Value::Silent);
    }
    let value = match question.form {
        Form::Line => Value::Line(typed),
        Form::List => match entries(&typed) {
            // A list of nobody would let nobody in.
            none if none.is_empty() => Value::Silent,
            entries => Value::List(entries),
        },
        Form::Secret => Value::Secret(Secret::new(typed)),
        Form::File => file(typed, input, language)?,
        Form::Choice(_) | Form::YesNo(_) => {
            let chosen = choice(question.form, &typed).map(Value::Choice);
            return chosen.ok_or_else(|| no_such_choice(question.form, language));
        }
    };
    check::answer(question, &value, answers, language).map(|()| value)
}

/// The answer of before, or what the question says.
pub(crate) fn taken_by_enter(question: &Question, answers: &Answers) -> Option<Value> {
    if let Some(value) = answers.get(question.topic) {
        return Some(value.clone());
    }
    match question.empty {
        Empty::Refused { .. } => None,
        Empty::Silent(_) => Some(Value::Silent),
        Empty::Choice(at) => question.form.choices().get(at).map(Value::Choice),
    }
}

fn entries(typed: &str) -> Vec<String> {
    let divided = typed.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
    divided
        .filter(|entry| !entry.is_empty())
        .map(str::to_owned)
        .collect()
}

fn file(path: String, input: Input, language: Language) -> Result<Value, String> {
    let Input::File { text, .. } = input else {
        return Err(NO_PATH.of(language).to_owned());
    };
    match text {
        _ if path.is_empty() => Err(NO_PATH.of(language).to_owned()),
        Ok(text) => Ok(Value::File {
            path,
            text: Secret::new(text),
        }),
        Err(FileTrouble::Unreadable(why)) => Err(format!("{} {why}", UNREADABLE.of(language))),
        Err(FileTrouble::NotText) => Err(NOT_TEXT.of(language).to_owned()),
    }
}

fn no_such_choice(form: Form, language: Language) -> String {
    match form {
        Form::Choice(choices) => format!("{} {}", NO_SUCH_CHOICE.of(language), choices.len()),
        _ => YES_OR_NO.of(language).to_owned(),
    }
}

/// By number in a list that shows numbers, else by word.
pub(crate) fn choice(form: Form, typed: &str) -> Option<&'static Choice> {
    let typed = typed.to_lowercase();
    let choices = form.choices();
    let number = typed.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    if let (Form::Choice(_), Some(at)) = (form, number) {
        return choices.get(at);
    }
    choices.iter().find(|choice| {
        let labels = [choice.label.en, choice.label.fr].map(str::to_lowercase);
        choice.word == typed || choice.also.contains(&typed.as_str()) || labels.contains(&typed)
    })
}
