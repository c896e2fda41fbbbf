//! What has been answered so far.

use std::collections::BTreeMap;

use room_messages::api::Language;
use room_settings::Secret;

use crate::question::{Choice, Empty, Topic};
use crate::table;

/// One answer.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// The file is to be silent about it.
    Silent,
    Line(String),
    List(Vec<String>),
    Secret(Secret),
    /// The text of a file. Keys are secret; that certificates are not makes no difference here.
    File {
        path: String,
        text: Secret,
    },
    Choice(&'static Choice),
}

/// Answers by topic. `Debug` shows no secret: [`Secret`] sees to it.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    by_topic: BTreeMap<Topic, Value>,
    /// Where the file is to go there is one already.
    pub(crate) occupied: bool,
}

impl Answers {
    pub(crate) fn new(occupied: bool) -> Self {
        Self {
            by_topic: BTreeMap::new(),
            occupied,
        }
    }

    pub(crate) fn get(&self, topic: Topic) -> Option<&Value> {
        self.by_topic.get(&topic)
    }

    pub(crate) fn set(&mut self, topic: Topic, value: Value) {
        self.by_topic.insert(topic, value);
    }

    /// The same with one more answer.
    pub(crate) fn with(&self, topic: Topic, value: Value) -> Self {
        let mut answers = self.clone();
        answers.set(topic, value);
        answers
    }

    /// Whether this choice was taken, or would be if nothing is typed.
    pub(crate) fn is(&self, topic: Topic, word: &str) -> bool {
        self.choice(topic).is_some_and(|choice| choice.word == word)
    }

    fn choice(&self, topic: Topic) -> Option<&'static Choice> {
        match self.get(topic) {
            Some(Value::Choice(choice)) => Some(choice),
            Some(_) => None,
            None => default_choice(topic),
        }
    }

    pub(crate) fn language(&self) -> Language {
        if self.is(Topic::Language, "fr") {
            Language::Fr
        } else {
            Language::En
        }
    }
}

fn default_choice(topic: Topic) -> Option<&'static Choice> {
    let question = table::QUESTIONS.iter().find(|q| q.topic == topic)?;
    match question.empty {
        Empty::Choice(at) => question.form.choices().get(at),
        Empty::Refused { .. } | Empty::Silent(_) => None,
    }
}
