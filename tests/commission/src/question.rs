//! What a question is. The questions themselves are in `table.rs`.

use crate::answers::Answers;
use crate::words::Words;

/// What a question is about: one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    Language,
    Replace,
    Name,
    Homeserver,
    User,
    Login,
    Password,
    LoginToken,
    RecoveryKey,
    Invitations,
    Network,
    Address,
    Gateway,
    Dns,
    Wired,
    Identity,
    Authority,
    WiredPassword,
    Certificate,
    Key,
    TimeServers,
    Pin,
    Wipe,
    Write,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) topic: Topic,
    /// Its heading, also in the summary.
    pub(crate) name: Words,
    /// One line under it.
    pub(crate) why: Words,
    pub(crate) form: Form,
    /// Section and key in `salle.toml`; no section for a key above all sections.
    pub(crate) key: Option<(&'static str, &'static str)>,
    pub(crate) empty: Empty,
    /// Whether it is asked, and its answer written, after these answers.
    pub(crate) when: fn(&Answers) -> bool,
}

/// What an answer looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Line,
    /// Several, divided by commas or spaces.
    List,
    /// One line that is not shown.
    Secret,
    /// Path of a file whose text is the answer.
    File,
    /// One of these, by number or word.
    Choice(&'static [Choice]),
    /// One of these two, shown as no list.
    YesNo(&'static [Choice]),
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    /// Its name in the code; may be typed, too.
    pub(crate) word: &'static str,
    pub(crate) label: Words,
    /// What else may be typed for it.
    pub(crate) also: &'static [&'static str],
    /// How it stands in `salle.toml`, where it does.
    pub(crate) toml: Option<&'static str>,
}

/// What it means when nothing is typed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Empty {
    /// An answer is needed. The example is sound: it stands in for this answer in the draft with
    /// which an earlier one is checked.
    Refused { example: &'static str },
    /// The file is silent about it; the words say what then counts.
    Silent(Words),
    /// The choice at this place in the list.
    Choice(usize),
}

impl Form {
    pub(crate) fn choices(self) -> &'static [Choice] {
        match self {
            Self::Choice(choices) | Self::YesNo(choices) => choices,
            Self::Line | Self::List | Self::Secret | Self::File => &[],
        }
    }
}
