//! One meeting, as a source knows it.
//!
//! Invariant: titles and names never reach a log ([`Words`]), and the title of a private meeting
//! never gets this far.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::links::Link;

/// Longest title or name that is kept, in characters.
const MAX_WORDS: usize = 200;
/// Longest identifier that is kept, in bytes.
const MAX_ID: usize = 512;

/// What people wrote: not printed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(String);

impl Words {
    /// One line, without control characters, at most 200 characters; `None` when nothing is left.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let invisible = |c: char| {
            c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        let mut words = String::new();
        let parts = text.split(|c: char| c.is_whitespace() || invisible(c));
        for part in parts.filter(|part| !part.is_empty()) {
            if words.len() > 4 * MAX_WORDS {
                break;
            }
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(part);
        }
        let words: String = words.chars().take(MAX_WORDS).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// For the screen, never for a log.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(…)")
    }
}

/// What a source calls one meeting, or one instance of a series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// `UID` of a calendar, room id of Matrix; at most 512 bytes.
    pub id: String,
    /// When the instance of a series was first meant to begin, in Unix milliseconds.
    pub instance_ms: Option<i64>,
}

impl Key {
    #[must_use]
    pub fn new(id: &str, instance_ms: Option<i64>) -> Self {
        let end = (0..=MAX_ID.min(id.len()))
            .rev()
            .find(|at| id.is_char_boundary(*at))
            .unwrap_or(0);
        Self {
            id: id.get(..end).unwrap_or_default().to_owned(),
            instance_ms,
        }
    }
}

/// When a meeting is. All in Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    Timed {
        begins_ms: i64,
        ends_ms: i64,
    },
    /// Days of the room's own zone, from midnight to midnight.
    Days {
        begins_ms: i64,
        ends_ms: i64,
    },
    /// Runs now, and nobody said until when: a call.
    Running {
        since_ms: i64,
    },
    /// Nobody said when: a Matrix room the room was invited to.
    AnyTime,
}

impl When {
    #[must_use]
    pub fn begins_ms(self) -> Option<i64> {
        match self {
            Self::Timed { begins_ms, .. } | Self::Days { begins_ms, .. } => Some(begins_ms),
            Self::Running { since_ms } => Some(since_ms),
            Self::AnyTime => None,
        }
    }

    #[must_use]
    pub fn ends_ms(self) -> Option<i64> {
        match self {
            Self::Timed { ends_ms, .. } | Self::Days { ends_ms, .. } => Some(ends_ms),
            Self::Running { .. } | Self::AnyTime => None,
        }
    }

    /// What has no time comes last.
    pub(crate) fn order_ms(self) -> i64 {
        self.begins_ms().unwrap_or(i64::MAX)
    }
}

/// A meeting of the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    pub key: Key,
    /// `None` when it has none, or when it is private.
    pub title: Option<Words>,
    pub organiser: Option<Words>,
    pub private: bool,
    pub when: When,
    /// It takes the room; a meeting marked as free is shown all the same.
    pub busy: bool,
    /// Not confirmed yet.
    pub tentative: bool,
    /// Ways to join, in the order in which they were found; those of this room first.
    pub links: Vec<Link>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_short_line_that_no_log_shows() {
        let words = Words::new("  Comité\n de\u{202e} pilotage\t").unwrap();
        assert_eq!(words.as_str(), "Comité de pilotage");
        assert_eq!(format!("{words:?}"), "Words(…)");
        assert_eq!(Words::new(" \u{7} "), None);
        let long = Words::new(&"é ".repeat(5000)).unwrap();
        assert_eq!(long.as_str().chars().count(), MAX_WORDS);
    }

    #[test]
    fn an_endless_identifier_is_cut_between_characters() {
        let key = Key::new(&"é".repeat(1000), None);
        assert_eq!(key.id.len(), MAX_ID);
    }
}
