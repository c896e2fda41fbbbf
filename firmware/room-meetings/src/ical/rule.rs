//! The text of a recurrence rule (RFC 5545, 3.3.10).
//!
//! Deliberately absent: rules that repeat within a day (`HOURLY`, `MINUTELY`, `SECONDLY`), and
//! the calendars of RFC 7529; nobody's meetings use them, and the first instance still shows.

use std::str::FromStr;

use jiff::civil::Weekday;

use super::value::Point;

/// Most values in one list of a rule; the longest sensible one is `BYYEARDAY`.
const MAX_VALUES: usize = 366;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Never,
    Count(u32),
    Until(Point),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) frequency: Frequency,
    pub(crate) interval: i64,
    pub(crate) end: End,
    pub(crate) by_month: Vec<i8>,
    pub(crate) by_week: Vec<i8>,
    pub(crate) by_year_day: Vec<i16>,
    pub(crate) by_month_day: Vec<i8>,
    /// Number within month or year, 0 for every one.
    pub(crate) by_day: Vec<(i16, Weekday)>,
    pub(crate) by_hour: Vec<i8>,
    pub(crate) by_minute: Vec<i8>,
    pub(crate) by_second: Vec<i8>,
    pub(crate) by_position: Vec<i16>,
    pub(crate) week_start: Weekday,
}

/// Why a rule does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleError {
    Unreadable,
    /// Well-formed, but none that meetings have.
    Unsupported,
}

impl Rule {
    fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            end: End::Never,
            by_month: Vec::new(),
            by_week: Vec::new(),
            by_year_day: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_hour: Vec::new(),
            by_minute: Vec::new(),
            by_second: Vec::new(),
            by_position: Vec::new(),
            week_start: Weekday::Monday,
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, RuleError> {
        let parts: Vec<(String, &str)> = text
            .split(';')
            .take(32)
            .filter_map(|part| part.split_once('='))
            .map(|(key, value)| (key.trim().to_ascii_uppercase(), value.trim()))
            .collect();
        let frequency = parts.iter().find(|(key, _)| key == "FREQ");
        let frequency = frequency.ok_or(RuleError::Unreadable)?.1;
        let mut rule = Self::every(parse_frequency(frequency)?);
        for (key, value) in &parts {
            rule.take(key, value)?;
        }
        Ok(rule)
    }

    fn take(&mut self, key: &str, value: &str) -> Result<(), RuleError> {
        match key {
            "INTERVAL" => {
                let interval: i64 = value.parse().map_err(|_| RuleError::Unreadable)?;
                // None is treated as daily by no program; 1 is what was meant.
                self.interval = interval.clamp(1, 10_000);
            }
            "COUNT" => {
                let count = value.parse().map_err(|_| RuleError::Unreadable)?;
                self.end = End::Count(count);
            }
            "UNTIL" => self.end = End::Until(Point::parse(value).ok_or(RuleError::Unreadable)?),
            "BYMONTH" => self.by_month = numbers(value, 1, 12)?,
            "BYWEEKNO" => self.by_week = numbers(value, -53, 53)?,
            "BYYEARDAY" => self.by_year_day = numbers(value, -366, 366)?,
            "BYMONTHDAY" => self.by_month_day = numbers(value, -31, 31)?,
            "BYDAY" => self.by_day = days(value)?,
            "BYHOUR" => self.by_hour = numbers(value, 0, 23)?,
            "BYMINUTE" => self.by_minute = numbers(value, 0, 59)?,
            "BYSECOND" => self.by_second = numbers(value, 0, 59)?,
            "BYSETPOS" => self.by_position = numbers(value, -366, 366)?,
            "WKST" => self.week_start = weekday(value).ok_or(RuleError::Unreadable)?,
            "RSCALE" if value != "GREGORIAN" => return Err(RuleError::Unsupported),
            _ => {}
        }
        Ok(())
    }
}

fn parse_frequency(text: &str) -> Result<Frequency, RuleError> {
    match text.to_ascii_uppercase().as_str() {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        "HOURLY" | "MINUTELY" | "SECONDLY" => Err(RuleError::Unsupported),
        _ => Err(RuleError::Unreadable),
    }
}

fn numbers<T: FromStr + PartialOrd + Ord + Copy>(
    text: &str,
    low: T,
    high: T,
) -> Result<Vec<T>, RuleError> {
    let number = |part: &str| {
        let number: T = part.trim().trim_start_matches('+').parse().ok()?;
        (low..=high).contains(&number).then_some(number)
    };
    let all: Option<Vec<T>> = text.split(',').take(MAX_VALUES).map(number).collect();
    let mut all = all.ok_or(RuleError::Unreadable)?;
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

fn days(text: &str) -> Result<Vec<(i16, Weekday)>, RuleError> {
    let day = |part: &str| {
        let part = part.trim();
        let at = part.len().checked_sub(2)?;
        let (number, name) = (part.get(..at)?, part.get(at..)?);
        let number = match number.trim_start_matches('+') {
            "" => 0,
            digits => digits.parse().ok().filter(|n| (-53..=53).contains(n))?,
        };
        Some((number, weekday(name)?))
    };
    let all: Option<Vec<_>> = text.split(',').take(MAX_VALUES).map(day).collect();
    all.ok_or(RuleError::Unreadable)
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_whole() {
        let rule = Rule::parse(
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR,+2MO,TU;BYSETPOS=-1;COUNT=5;WKST=SU;X-NEW=1",
        );
        let rule = rule.unwrap();
        assert_eq!((rule.frequency, rule.interval), (Frequency::Monthly, 2));
        let days = [
            (-1, Weekday::Friday),
            (2, Weekday::Monday),
            (0, Weekday::Tuesday),
        ];
        assert_eq!(rule.by_day, days);
        assert_eq!(rule.by_position, [-1]);
        assert_eq!(rule.end, End::Count(5));
        assert_eq!(rule.week_start, Weekday::Sunday);
    }

    #[test]
    fn what_cannot_be_followed_is_told_apart_from_nonsense() {
        let table = [
            ("FREQ=SECONDLY", RuleError::Unsupported),
            ("RSCALE=CHINESE;FREQ=YEARLY", RuleError::Unsupported),
            ("", RuleError::Unreadable),
            ("FREQ=", RuleError::Unreadable),
            ("FREQ=DAILY;COUNT=-1", RuleError::Unreadable),
            ("FREQ=DAILY;BYMONTH=13", RuleError::Unreadable),
            ("FREQ=DAILY;BYDAY=é", RuleError::Unreadable),
            ("FREQ=DAILY;BYDAY=99MO", RuleError::Unreadable),
            ("FREQ=DAILY;UNTIL=soon", RuleError::Unreadable),
        ];
        for (text, error) in table {
            assert_eq!(Rule::parse(text), Err(error), "{text}");
        }
    }
}
