//! The room's day as lines of text: how soon, title, state, and the name for orders.

use std::fmt::Write as _;

use room_messages::api::Language;
use room_messages::api::meetings::{MeetingEntry, Meetings};

use super::words;

/// Two lines a meeting. `now_ms` is Unix time.
#[must_use]
pub fn meetings(meetings: &Meetings, language: Language, now_ms: u64) -> String {
    let mut text = String::new();
    for entry in &meetings.meetings {
        let (title, when) = (title(entry, language), when(entry, language, now_ms));
        let state = words::meeting(entry.phase, language);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{title} ({state}){when}\n    {}", entry.id);
    }
    if text.is_empty() {
        text.push_str(words::either(language, "No meetings.", "Aucune réunion."));
    }
    text.trim_end().to_owned()
}

/// `private` where the title is not ours to know.
pub fn title(entry: &MeetingEntry, language: Language) -> &str {
    let none = if entry.private {
        words::either(language, "private", "privée")
    } else {
        words::either(language, "without a title", "sans titre")
    };
    entry.title.as_deref().unwrap_or(none)
}

/// `, begins in 12 min, lasts 30 min`
fn when(entry: &MeetingEntry, language: Language, now_ms: u64) -> String {
    let Some(begins) = entry.begins_ms else {
        return String::new();
    };
    let mut text = String::new();
    if begins > now_ms {
        let in_ = words::either(language, "begins in", "commence dans");
        let _ = write!(text, ", {in_} {}", words::length(begins - now_ms));
    }
    if let Some(ends) = entry.ends_ms {
        let (name, from) = match begins > now_ms {
            true => (words::either(language, "lasts", "dure"), begins),
            false => (words::either(language, "ends in", "finit dans"), now_ms),
        };
        let _ = write!(
            text,
            ", {name} {}",
            words::length(ends.saturating_sub(from))
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use room_messages::api::meetings::MeetingPhase;

    use super::*;

    fn entry(begins_ms: Option<u64>, ends_ms: Option<u64>) -> MeetingEntry {
        MeetingEntry {
            id: "calendar/1".to_owned(),
            title: Some("Budget".to_owned()),
            organiser: None,
            private: false,
            begins_ms,
            ends_ms,
            all_day: false,
            phase: MeetingPhase::Running,
            busy: true,
            tentative: false,
            join: None,
            elsewhere: Vec::new(),
            sources: Vec::new(),
            pending: false,
            extendable_minutes: 0,
        }
    }

    fn said(entry: MeetingEntry, now_ms: u64) -> String {
        let day = Meetings {
            meetings: vec![entry],
            ..Meetings::default()
        };
        meetings(&day, Language::En, now_ms)
    }

    #[test]
    fn each_meeting_says_how_soon_and_its_name_for_orders() {
        let minute = 60_000;
        let later = said(entry(Some(10 * minute), Some(40 * minute)), 0);
        assert!(later.contains("Budget (running), begins in "), "{later}");
        assert!(later.ends_with("\n    calendar/1"), "{later}");
        let now = said(entry(Some(0), Some(40 * minute)), 20 * minute);
        assert!(now.contains(", ends in "), "{now}");
        assert!(!now.contains("begins"), "{now}");
        let any = said(entry(None, None), 0);
        assert!(any.starts_with("Budget (running)\n"), "{any}");
    }

    #[test]
    fn an_empty_day_is_said() {
        assert_eq!(
            meetings(&Meetings::default(), Language::Fr, 0),
            "Aucune réunion."
        );
    }
}
