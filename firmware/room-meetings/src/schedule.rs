//! A time in what people write, such as the topic of a Matrix room.
//!
//! `2026-11-27 14:00-15:30`, `2026-11-27T14:00+01:00`, `27/11/2026 14h30 à 15h30`,
//! `27.11.2026, 9h`. Day before month, as Europe writes it; where that is no date, nothing is
//! guessed. Without an end a meeting lasts an hour.
//! Deliberately absent: words ("tomorrow", "lundi"), which mean another day every day.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::When;

/// Longest text that is searched, in characters.
const MAX_TEXT: usize = 2000;
const HOUR_MS: i64 = 3_600_000;

/// The first time in a text, in the room's zone where it names none.
#[must_use]
pub fn in_text(text: &str, zone: &TimeZone) -> Option<When> {
    let text: String = text.chars().take(MAX_TEXT).collect();
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || ",;()[]".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    (0..words.len()).find_map(|at| read(words.get(at..)?, zone))
}

fn read(words: &[&str], zone: &TimeZone) -> Option<When> {
    let (first, rest) = words.split_first()?;
    if let Some(when) = instant(first) {
        return Some(when);
    }
    let (date, joined) = match first.split_once('T') {
        Some((date, clock)) => (day(date)?, Some(clock)),
        None => (day(first)?, None),
    };
    let fillers = |word: &&&str| !matches!(**word, "à" | "at" | "um" | "-" | "–" | "|");
    let mut clocks = joined
        .into_iter()
        .chain(rest.iter().filter(fillers).copied());
    let (begin, end) = span(clocks.next()?, clocks.next())?;
    let at = |clock: Time| {
        let at = zone.to_timestamp(date.to_datetime(clock)).ok()?;
        Some(at.as_millisecond())
    };
    let begins_ms = at(begin)?;
    let ends_ms = end.and_then(at).filter(|ends| *ends > begins_ms);
    Some(When::Timed {
        begins_ms,
        ends_ms: ends_ms.unwrap_or(begins_ms + HOUR_MS),
    })
}

/// RFC 3339 with its offset.
fn instant(word: &str) -> Option<When> {
    let at: Timestamp = word.parse().ok()?;
    let begins_ms = at.as_millisecond();
    Some(When::Timed {
        begins_ms,
        ends_ms: begins_ms + HOUR_MS,
    })
}

/// `14:00-15:30` in one word, or the end in the next.
fn span(word: &str, next: Option<&str>) -> Option<(Time, Option<Time>)> {
    match word.split_once(['-', '–']) {
        Some((begin, end)) => Some((clock(begin)?, clock(end))),
        None => {
            let next = next.map(|word| word.trim_start_matches(['-', '–']));
            Some((clock(word)?, next.and_then(clock)))
        }
    }
}

fn day(word: &str) -> Option<Date> {
    let separator = ['-', '/', '.']
        .into_iter()
        .find(|c| word.matches(*c).count() == 2)?;
    let mut parts = word.split(separator);
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, month, day) = if a.len() == 4 { (a, b, c) } else { (c, b, a) };
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// `14:00`, `14h30`, `14h`, `9h05`.
fn clock(word: &str) -> Option<Time> {
    let word = word.trim_end_matches(['.', ':', '!']);
    let (hour, minute) = word.split_once([':', 'h', 'H'])?;
    // Seconds say nothing here.
    let minute = minute.split(':').next().unwrap_or_default();
    let minute = if minute.is_empty() { "0" } else { minute };
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<String> {
        let zone = crate::ical::named("Europe/Paris")?;
        let When::Timed { begins_ms, ends_ms } = in_text(text, &zone)? else {
            return None;
        };
        let at = |ms| Timestamp::from_millisecond(ms).ok();
        Some(format!(
            "{}/{}",
            at(begins_ms)?.strftime("%m-%dT%H:%M"),
            at(ends_ms)?.strftime("%H:%M")
        ))
    }

    #[test]
    fn times_are_found_as_people_write_them() {
        let table = [
            ("Comité, 2026-11-27 14:00-15:30", "11-27T13:00/14:30"),
            ("2026-11-27T14:00", "11-27T13:00/14:00"),
            ("2026-11-27T14:00+02:00 (visio)", "11-27T12:00/13:00"),
            ("2026-11-27T14:00:00Z", "11-27T14:00/15:00"),
            ("le 27/11/2026 à 14h30 – 15h30", "11-27T13:30/14:30"),
            ("27.11.2026, 9h, salle 4", "11-27T08:00/09:00"),
            ("le 01/07/2026 14:00", "07-01T12:00/13:00"),
            ("v1.2.3 puis 27/11/2026 14:00 - 13:00", "11-27T13:00/14:00"),
        ];
        for (text, expected) in table {
            assert_eq!(found(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_not_guessed() {
        for text in [
            "",
            "2026-11-27",
            "demain 14h",
            "27/13/2026 14:00",
            "27/11/26 14:00",
            "192.168.2026 14:00",
            "2026-11-27 26:00",
            "https://example.org/2026/11/27 14:00",
            "2026-11-27é 14:00",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
        assert_eq!(found(&"2026-11-27 ".repeat(100_000)), None);
    }
}
