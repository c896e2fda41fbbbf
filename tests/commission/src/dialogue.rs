//! One dialogue: what is to be shown next, and what an answer makes of it.

use room_messages::api::Language;
use room_settings::Secret;

use crate::answers::{Answers, Value};
use crate::question::{Form, Question, Topic};
use crate::table::QUESTIONS;
use crate::{check, prompt, salle_toml, understand};

/// What is to be done next.
#[derive(Clone, Debug)]
pub enum Step {
    Ask(Prompt),
    /// Every answer is there, and they are wanted: this is the file.
    Write(Secret),
    /// The file that is there is to stay.
    Leave,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What is shown; the answer is typed behind it.
    pub text: String,
    /// The answer must not be shown.
    pub hidden: bool,
    /// The answer names a file: [`Input::File`] is wanted.
    pub file: bool,
}

/// What was typed.
#[derive(Debug)]
pub enum Input {
    Line(String),
    File {
        path: String,
        text: Result<String, FileTrouble>,
    },
}

/// Why the text of a file cannot be had.
#[derive(Debug)]
pub enum FileTrouble {
    Unreadable(String),
    NotText,
}

/// See the crate.
#[derive(Debug)]
pub struct Dialogue {
    answers: Answers,
    /// Where in the table it is; behind its end when all is answered.
    at: usize,
    begun: bool,
    /// What was wrong with the last answer.
    refusal: Option<String>,
    /// Where the file is to go, as it is shown.
    place: String,
    /// When the file is written, as it is remarked in it.
    written: String,
    left: bool,
}

impl Dialogue {
    /// Begins in `language`, which is also the one proposed for the room. `occupied`: there is a
    /// file at `place` already.
    #[must_use]
    pub fn new(language: Language, place: &str, occupied: bool, written: &str) -> Self {
        let mut answers = Answers::new(occupied);
        let word = match language {
            Language::En => "en",
            Language::Fr => "fr",
        };
        let question = QUESTIONS.iter().find(|q| q.topic == Topic::Language);
        if let Some(choice) = question.and_then(|question| understand::choice(question.form, word))
        {
            answers.set(Topic::Language, Value::Choice(choice));
        }
        Self {
            answers,
            at: 0,
            begun: false,
            refusal: None,
            place: place.to_owned(),
            written: written.to_owned(),
            left: false,
        }
    }

    /// The language chosen so far.
    #[must_use]
    pub fn language(&self) -> Language {
        self.answers.language()
    }

    /// What is to be done next; the same until an answer comes.
    #[must_use]
    pub fn step(&self) -> Step {
        match QUESTIONS.get(self.at) {
            _ if self.left => Step::Leave,
            None => Step::Write(Secret::new(self.file())),
            Some(question) => Step::Ask(Prompt {
                text: self.shown(question),
                hidden: matches!(question.form, Form::Secret),
                file: matches!(question.form, Form::File),
            }),
        }
    }

    fn file(&self) -> String {
        salle_toml::text(&self.answers, &self.written)
    }

    fn shown(&self, question: &Question) -> String {
        if let Some(refusal) = &self.refusal {
            let refusal = refusal.replace('\n', "\n    ");
            return format!("  ! {refusal}\n{}", prompt::line(question, &self.answers));
        }
        let whole = prompt::whole(question, &self.answers, &self.place);
        if self.begun {
            return whole;
        }
        format!("{}\n{whole}", prompt::introduction(self.language()))
    }

    /// Takes what was typed at the present question. A wrong answer changes nothing but what is
    /// shown next.
    pub fn answer(&mut self, input: Input) {
        let Some(question) = QUESTIONS.get(self.at) else {
            return;
        };
        match understand::value(question, input, &self.answers) {
            Ok(value) => self.take(question, value),
            Err(refusal) => self.refusal = Some(refusal),
        }
        self.begun = true;
    }

    fn take(&mut self, question: &Question, value: Value) {
        self.refusal = None;
        match (question.topic, &value) {
            (Topic::Replace, Value::Choice(choice)) if choice.word == "no" => {
                self.left = true;
                return;
            }
            (Topic::Replace, _) => self.answers.occupied = false,
            (Topic::Write, Value::Choice(choice)) if choice.word == "no" => {
                self.at = 0;
                return;
            }
            (Topic::Write, _) => return self.end(),
            (topic, _) => self.answers.set(topic, value),
        }
        self.advance();
    }

    fn advance(&mut self) {
        self.at += 1;
        while QUESTIONS
            .get(self.at)
            .is_some_and(|question| !(question.when)(&self.answers))
        {
            self.at += 1;
        }
    }

    /// Nothing leaves that the unit would not take.
    fn end(&mut self) {
        match check::as_the_unit(&self.file()) {
            Ok(_) => self.at = QUESTIONS.len(),
            Err(problems) => {
                self.refusal = Some(problems.sentences(self.language()));
                self.at = 0;
            }
        }
    }
}
