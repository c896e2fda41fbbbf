//! Dates, times and durations as they are said, in each language.
//!
//! Fixed labels are translated where they are drawn; here is what is put together from values.
//! French follows the usual typography: a no-break space before `:` and `?`, `1er` for the first.

use room_messages::api::Language;

use crate::clock::{Civil, Zone};

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const DAYS_EN: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const DAYS_FR: [&str; 7] = [
    "Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche",
];

/// The text in the language.
#[must_use]
pub fn say<'a>(language: Language, en: &'a str, fr: &'a str) -> &'a str {
    match language {
        Language::En => en,
        Language::Fr => fr,
    }
}

/// `Monday 23 November`, `Lundi 23 novembre`.
#[must_use]
pub fn date(language: Language, at: Civil) -> String {
    let (days, months) = match language {
        Language::En => (&DAYS_EN, &MONTHS_EN),
        Language::Fr => (&DAYS_FR, &MONTHS_FR),
    };
    let weekday = days.get(at.weekday).copied().unwrap_or_default();
    let month = at.month.checked_sub(1).and_then(|m| months.get(m));
    let first = at.day == 1 && language == Language::Fr;
    let suffix = if first { "er" } else { "" };
    format!(
        "{weekday} {}{suffix} {}",
        at.day,
        month.copied().unwrap_or_default()
    )
}

/// `09:52`.
#[must_use]
pub fn time(zone: Zone, unix_ms: u64) -> String {
    let at = zone.civil(unix_ms);
    format!("{:02}:{:02}", at.hour, at.minute)
}

/// `10:00 – 11:00`; without an end only the beginning.
#[must_use]
pub fn span(zone: Zone, begins_ms: u64, ends_ms: Option<u64>) -> String {
    let begins = time(zone, begins_ms);
    match ends_ms {
        Some(ends_ms) => format!("{begins} – {}", time(zone, ends_ms)),
        None => begins,
    }
}

/// Time that passed: `12:43`, `1:02:43`.
#[must_use]
pub fn elapsed(ms: u64) -> String {
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A length, in whole minutes: `45 min`, `1 h 05`.
#[must_use]
pub fn length(ms: u64) -> String {
    let minutes = ms / 60_000;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "< 1 min".to_owned(),
        (0, minutes) => format!("{minutes}\u{a0}min"),
        (hours, 0) => format!("{hours}\u{a0}h"),
        (hours, minutes) => format!("{hours}\u{a0}h\u{a0}{minutes:02}"),
    }
}

/// How far away a beginning is: `In 8 min`, `Now`.
#[must_use]
pub fn ahead(language: Language, now_ms: u64, begins_ms: u64) -> String {
    let minutes = begins_ms.saturating_sub(now_ms).div_ceil(60_000);
    if minutes == 0 {
        return say(language, "Now", "Maintenant").to_owned();
    }
    let word = say(language, "In", "Dans");
    format!("{word} {}", length(minutes * 60_000))
}

/// `4 people`, `1 personne`.
#[must_use]
pub fn people(language: Language, count: usize) -> String {
    match (language, count) {
        (Language::En, 1) => "1 person".to_owned(),
        (Language::En, _) => format!("{count} people"),
        (Language::Fr, 0 | 1) => format!("{count} personne"),
        (Language::Fr, _) => format!("{count} personnes"),
    }
}

/// Up to two capitals that stand for a name.
#[must_use]
pub fn initials(name: &str) -> String {
    let whole = name.split('(').next().unwrap_or(name);
    let words: Vec<&str> = whole
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let ends = match words.as_slice() {
        [] => return "?".to_owned(),
        [one] => vec![*one],
        [first, .., last] => vec![*first, *last],
    };
    ends.iter()
        .filter_map(|word| word.chars().next())
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{En, Fr};

    #[test]
    fn dates_are_said_as_in_each_language() {
        let zone = Zone::default();
        let table = [
            (1_795_423_920_000, "Monday 23 November", "Lundi 23 novembre"),
            (
                1_796_083_200_000,
                "Tuesday 1 December",
                "Mardi 1er décembre",
            ),
        ];
        for (at, en, fr) in table {
            assert_eq!(date(En, zone.civil(at)), en);
            assert_eq!(date(Fr, zone.civil(at)), fr);
        }
    }

    #[test]
    fn lengths_and_counts_read_well() {
        let minute = 60_000;
        assert_eq!(elapsed(763_000), "12:43");
        assert_eq!(elapsed(3_763_000), "1:02:43");
        assert_eq!(length(45 * minute), "45\u{a0}min");
        assert_eq!(length(65 * minute), "1\u{a0}h\u{a0}05");
        assert_eq!(length(120 * minute), "2\u{a0}h");
        assert_eq!(length(1000), "< 1 min");
        assert_eq!(ahead(Fr, 0, 7 * minute + 1), "Dans 8\u{a0}min");
        assert_eq!(ahead(En, 5, 5), "Now");
        assert_eq!(people(Fr, 1), "1 personne");
        assert_eq!(people(En, 4), "4 people");
    }

    #[test]
    fn a_name_has_at_most_two_initials() {
        let table = [
            ("Hélène Garnier", "HG"),
            ("émile", "É"),
            ("Anne-Marie de la Tour", "AT"),
            ("@bot:example.org", "BO"),
            ("Salle Berlioz (2e étage)", "SB"),
            ("…", "?"),
        ];
        for (name, expected) in table {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
