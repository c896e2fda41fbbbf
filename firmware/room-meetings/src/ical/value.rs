//! Dates, times and durations as calendars write them (RFC 5545, 3.3.4 to 3.3.6).

use jiff::civil::{Date, DateTime, Time};

use super::line::Line;

/// A point in time as it was written; its zone is the line's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    Day(Date),
    /// In the zone of the line, or wherever one is.
    Local(DateTime),
    Utc(DateTime),
}

impl Point {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let Some((date, time)) = text.split_once(['T', 't']) else {
            return day(text).map(Self::Day);
        };
        let utc = time.ends_with(['Z', 'z']);
        let time = clock(time.trim_end_matches(['Z', 'z']))?;
        let at = day(date)?.to_datetime(time);
        Some(if utc { Self::Utc(at) } else { Self::Local(at) })
    }

    /// Every point of a line such as `EXDATE`, at most `most`.
    pub(crate) fn list(line: &Line, most: usize) -> impl Iterator<Item = Self> {
        let texts = line.value.split(',').take(most);
        texts.filter_map(Self::parse)
    }

    pub(crate) fn civil(self) -> DateTime {
        match self {
            Self::Day(date) => date.to_datetime(Time::midnight()),
            Self::Local(at) | Self::Utc(at) => at,
        }
    }

    pub(crate) fn is_day(self) -> bool {
        matches!(self, Self::Day(_))
    }
}

fn day(text: &str) -> Option<Date> {
    if text.len() != 8 {
        return None;
    }
    let year = number(text.get(..4)?)?;
    let month = number(text.get(4..6)?)?;
    let day = number(text.get(6..)?)?;
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

/// `HHMMSS`; some leave the seconds out, and a leap second is the one before it.
fn clock(text: &str) -> Option<Time> {
    let part = |at: usize| number(text.get(at..at + 2)?).and_then(|n| i8::try_from(n).ok());
    let second = if text.len() == 4 { 0 } else { part(4)? };
    (text.len() == 4 || text.len() == 6).then_some(())?;
    Time::new(part(0)?, part(2)?, second.min(59), 0).ok()
}

fn number(text: &str) -> Option<i32> {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() && text.len() <= 6;
    digits.then(|| text.parse().ok()).flatten()
}

/// Days on the wall clock, and exact milliseconds after them (RFC 5545, 3.3.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Duration {
    pub(crate) days: i64,
    pub(crate) ms: i64,
}

/// `P1W`, `P1DT2H30M`, `PT15M`; never negative here.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim().trim_start_matches('+').strip_prefix('P')?;
    let (days, clock) = text.split_once('T').unwrap_or((text, ""));
    let mut total = Duration::default();
    for (part, units) in [(days, "WD"), (clock, "HMS")] {
        let mut rest = part;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit())?;
            let amount = i64::from(number(rest.get(..end)?)?);
            let unit = rest.get(end..=end).filter(|unit| units.contains(*unit))?;
            total.add(unit, amount);
            rest = rest.get(end + 1..)?;
        }
    }
    Some(total)
}

impl Duration {
    /// Amounts have at most six digits: nothing overflows in a line of any length.
    fn add(&mut self, unit: &str, amount: i64) {
        match unit {
            "W" => self.days += 7 * amount,
            "D" => self.days += amount,
            "H" => self.ms += amount * 3_600_000,
            "M" => self.ms += amount * 60_000,
            _ => self.ms += amount * 1000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_in_every_form() {
        let table = [
            ("20260329", "2026-03-29T00:00:00"),
            ("20260329T013000", "2026-03-29T01:30:00"),
            ("20260329T0130", "2026-03-29T01:30:00"),
            ("20260329T013060Z", "2026-03-29T01:30:59"),
        ];
        for (text, civil) in table {
            let point = Point::parse(text).unwrap();
            assert_eq!(point.civil().to_string(), civil, "{text}");
        }
        assert!(Point::parse("20260329").unwrap().is_day());
        assert!(matches!(
            Point::parse("20260329T010000Z"),
            Some(Point::Utc(_))
        ));
    }

    #[test]
    fn what_is_no_point_is_none() {
        for text in [
            "",
            "T",
            "2026-03-29",
            "20261301",
            "20260230T100000",
            "20260329T990000",
            "é0260329",
            "202603290T1",
        ] {
            assert_eq!(Point::parse(text), None, "{text}");
        }
    }

    #[test]
    fn durations_are_read_and_nonsense_is_not() {
        let minutes = |text| duration(text).map(|d| d.days * 1440 + d.ms / 60_000);
        let table = [
            ("PT15M", Some(15)),
            ("P1DT2H30M", Some(1590)),
            ("P1W", Some(10080)),
            ("+PT1H", Some(60)),
            ("-PT1H", None),
            ("PT1D", None),
            ("P9999999D", None),
            ("P", Some(0)),
            ("PT5", None),
        ];
        for (text, expected) in table {
            assert_eq!(minutes(text), expected, "{text}");
        }
    }
}
