//! What a `TZID` means: IANA names, Windows names, and zones only the file itself describes.
//!
//! A known name counts more than the rules written beside it: programs write old rules, or those
//! of one year. Rules of a file's own are understood as far as a POSIX time zone goes, two
//! changes a year, which is all that Outlook's "Customized Time Zone" can say.
//! Invariant: the zone data is the program's own; the system's is never asked.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::component::Component;
use super::rule::{Frequency, Rule};
use super::value::Point;
use super::windows_zones;

static KNOWN: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A zone by its IANA name, e.g. `Europe/Paris`.
#[must_use]
pub fn named(name: &str) -> Option<TimeZone> {
    KNOWN.get(name).ok()
}

/// The zones of one file.
pub(crate) struct Zones {
    own: HashMap<String, TimeZone>,
    /// Where a time without a zone is.
    room: TimeZone,
}

impl Zones {
    pub(crate) fn of(calendar: &Component, room: &TimeZone) -> Self {
        let zones = calendar.parts.iter().filter(|p| p.name == "VTIMEZONE");
        let own = zones.filter_map(|zone| {
            let id = zone.value("TZID")?;
            Some((id.to_owned(), described(id, zone)?))
        });
        Self {
            own: own.collect(),
            room: room.clone(),
        }
    }

    /// The zone of a line; the room's for one without, and for one nobody knows.
    pub(crate) fn get(&self, id: Option<&str>) -> TimeZone {
        let Some(id) = id else {
            return self.room.clone();
        };
        let own = || self.own.get(id).cloned();
        own()
            .or_else(|| by_name(id))
            .unwrap_or_else(|| self.room.clone())
    }

    pub(crate) fn room(&self) -> &TimeZone {
        &self.room
    }
}

fn described(id: &str, zone: &Component) -> Option<TimeZone> {
    let hint = zone.value("X-LIC-LOCATION");
    by_name(id)
        .or_else(|| hint.and_then(by_name))
        .or_else(|| from_rules(zone))
}

/// `Europe/Paris`, `Romance Standard Time`, `/mozilla.org/20050126_1/Europe/Paris`,
/// `(UTC+01:00) Paris`, `GMT+0100`.
fn by_name(id: &str) -> Option<TimeZone> {
    let id = id.trim().trim_matches('"');
    let plain = |id: &str| named(id).or_else(|| windows_zones::iana(id).and_then(named));
    plain(id).or_else(|| global(id)).or_else(|| offset_in(id))
}

/// The last two or three parts of an identifier that is a path.
fn global(id: &str) -> Option<TimeZone> {
    let parts: Vec<&str> = id.split('/').filter(|part| !part.is_empty()).collect();
    let tail = |count: usize| {
        let from = parts.len().checked_sub(count)?;
        named(&parts.get(from..)?.join("/"))
    };
    tail(3).or_else(|| tail(2))
}

/// An offset written in the name itself.
fn offset_in(id: &str) -> Option<TimeZone> {
    let id = id.strip_prefix('(').unwrap_or(id);
    let rest = id.strip_prefix("UTC").or_else(|| id.strip_prefix("GMT"))?;
    let text: String = rest.chars().take_while(|c| *c != ')').collect();
    if text.is_empty() {
        return Some(TimeZone::UTC);
    }
    seconds(&text.replace(':', ""))
        .and_then(|seconds| Offset::from_seconds(seconds).ok())
        .map(TimeZone::fixed)
}

/// `+0100`, `-033000`.
fn seconds(text: &str) -> Option<i32> {
    let text = text.trim();
    let (sign, digits) = match text.chars().next()? {
        '-' => (-1, text.get(1..)?),
        '+' => (1, text.get(1..)?),
        _ => return None,
    };
    if digits.len() < 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).and_then(|d| d.parse::<i32>().ok());
    let total = part(0)? * 3600 + part(2)? * 60 + part(4).unwrap_or(0);
    (total < 24 * 3600).then_some(sign * total)
}

/// The newest standard and daylight observance as a POSIX time zone.
fn from_rules(zone: &Component) -> Option<TimeZone> {
    let newest = |name: &str| {
        let all = zone.parts.iter().filter(|part| part.name == name);
        all.filter_map(Observance::of)
            .max_by_key(|o| o.begins.civil())
    };
    let standard = newest("STANDARD");
    let daylight = newest("DAYLIGHT");
    let fixed = standard.as_ref().or(daylight.as_ref())?.offset;
    let changing = || posix(standard.as_ref()?, daylight.as_ref()?);
    changing().or_else(|| Offset::from_seconds(fixed).ok().map(TimeZone::fixed))
}

struct Observance {
    begins: Point,
    /// Seconds east of UTC.
    offset: i32,
    rule: Option<Rule>,
}

impl Observance {
    fn of(part: &Component) -> Option<Self> {
        Some(Self {
            begins: Point::parse(part.value("DTSTART")?)?,
            offset: seconds(part.value("TZOFFSETTO")?)?,
            rule: part.value("RRULE").and_then(|text| Rule::parse(text).ok()),
        })
    }

    /// `,M3.5.0/2:00:00`: when it begins each year.
    fn date(&self) -> Option<String> {
        let rule = self.rule.as_ref()?;
        let (nth, weekday) = *rule.by_day.first()?;
        if rule.frequency != Frequency::Yearly {
            return None;
        }
        let month = match rule.by_month.first() {
            Some(month) => *month,
            None => self.begins.civil().month(),
        };
        // "The Sunday from the 8th to the 14th" is the second one.
        let by_days = rule.by_month_day.iter().min().map(|day| (day - 1) / 7 + 1);
        let week = match (nth, by_days) {
            (-1, _) => 5,
            (0, Some(week)) => i16::from(week),
            (nth, _) => nth,
        };
        let time = self.begins.civil().time();
        let clock = format!("{}:{:02}:{:02}", time.hour(), time.minute(), time.second());
        let day = weekday.to_sunday_zero_offset();
        (1..=5)
            .contains(&week)
            .then(|| format!(",M{month}.{week}.{day}/{clock}"))
    }
}

fn posix(standard: &Observance, daylight: &Observance) -> Option<TimeZone> {
    let mut text = String::new();
    for (name, observance) in [("<STD>", standard), ("<DST>", daylight)] {
        text.push_str(name);
        // POSIX counts westwards.
        let west = -observance.offset;
        let sign = if west < 0 { "-" } else { "" };
        let west = west.abs();
        let _ = write!(
            text,
            "{sign}{}:{:02}:{:02}",
            west / 3600,
            west / 60 % 60,
            west % 60
        );
    }
    text.push_str(&daylight.date()?);
    text.push_str(&standard.date()?);
    TimeZone::posix(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offset in hours at noon of a January and of a July day.
    fn hours(zone: &TimeZone) -> [i32; 2] {
        [(2026, 1), (2026, 7)].map(|(year, month)| {
            let noon = jiff::civil::date(year, month, 15).at(12, 0, 0, 0);
            let at = zone.to_timestamp(noon).unwrap();
            zone.to_offset(at).seconds() / 3600
        })
    }

    #[test]
    fn every_way_to_name_paris_is_understood() {
        for name in [
            "Europe/Paris",
            "europe/paris",
            "Romance Standard Time",
            "\"W. Europe Standard Time\"",
            "/mozilla.org/20050126_1/Europe/Paris",
            "/freeassociation.sourceforge.net/Europe/Paris",
        ] {
            assert_eq!(hours(&by_name(name).unwrap()), [1, 2], "{name}");
        }
        let indiana = by_name("/citadel.org/20210210_1/America/Indiana/Knox").unwrap();
        assert_eq!(hours(&indiana), [-6, -5]);
        for (name, offset) in [("(UTC+01:00) Paris", 1), ("GMT-0500", -5), ("UTC", 0)] {
            assert_eq!(hours(&by_name(name).unwrap()), [offset; 2], "{name}");
        }
        assert!(by_name("Customized Time Zone").is_none());
    }

    #[test]
    fn a_zone_only_the_file_describes_changes_when_it_says() {
        let text = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=SU;BYMONTHDAY=25,26,27,28,29,30,31;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\nEND:VCALENDAR";
        let calendar = &Component::read(text.as_bytes()).unwrap()[0];
        let zones = Zones::of(calendar, &TimeZone::UTC);
        assert_eq!(hours(&zones.get(Some("Customized Time Zone"))), [1, 2]);
        assert_eq!(hours(&zones.get(Some("Nowhere"))), [0, 0]);
    }

    #[test]
    fn nonsense_in_a_zone_does_no_harm() {
        for offset in ["", "+", "+99", "+2500", "+0é00", "-235960", "0100"] {
            let text = format!(
                "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:20200101T000000\nTZOFFSETTO:{offset}\nRRULE:FREQ=YEARLY;BYDAY=99SU\nEND:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR"
            );
            let calendar = &Component::read(text.as_bytes()).unwrap()[0];
            let _ = Zones::of(calendar, &TimeZone::UTC).get(Some("X"));
        }
    }
}
