//! One `VEVENT`: its times, and what the room shows of it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::component::Component;
use super::line::Line;
use super::rule::Rule;
use super::value::{Duration, Point, duration};
use super::zones::Zones;
use crate::links::{self, Instances};
use crate::meeting::{Key, Meeting, When, Words};

/// Most exceptions, or additional dates, of one event.
const MAX_DATES: usize = 4096;
/// Properties in which organisers and programs put links, the surest first.
const LINK_LINES: [&str; 9] = [
    "X-GOOGLE-CONFERENCE",
    "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
    "X-TELEMOST-CONFERENCE",
    "CONFERENCE",
    "URL",
    "LOCATION",
    "DESCRIPTION",
    "X-ALT-DESC",
];

/// How long an instance is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Length {
    /// Exact, in milliseconds.
    Exact(i64),
    Days(i64),
    /// On the wall clock (RFC 5545, 3.3.6: days are nominal).
    Nominal(Duration),
}

/// An event with its times understood.
pub(crate) struct Event<'a> {
    pub(crate) component: &'a Component,
    pub(crate) uid: &'a str,
    pub(crate) sequence: i64,
    pub(crate) start: Point,
    pub(crate) zone: TimeZone,
    pub(crate) length: Length,
    /// The instance of a series that this event stands for.
    pub(crate) recurrence_id: Option<Mark>,
    /// It changes every later instance too.
    pub(crate) and_future: bool,
    pub(crate) cancelled: bool,
}

/// An instance as exceptions name it: by its instant, or by its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    Instant(i64),
    Day(Date),
}

impl<'a> Event<'a> {
    /// `None` without identifier or beginning.
    pub(crate) fn read(component: &'a Component, zones: &Zones) -> Option<Self> {
        let uid = component.value("UID").filter(|uid| !uid.is_empty())?;
        let line = component.line("DTSTART")?;
        let start = Point::parse(&line.value)?;
        let zone = zone_of(line, start, zones);
        let recurrence = component.line("RECURRENCE-ID");
        let range = recurrence.and_then(|line| line.parameter("RANGE"));
        Some(Self {
            uid,
            sequence: component
                .value("SEQUENCE")
                .and_then(|n| n.parse().ok())
                .unwrap_or(0),
            length: length(component, start, &zone, zones),
            recurrence_id: recurrence.and_then(|line| marks(line, zones).next()),
            and_future: range.is_some_and(|range| range == "THISANDFUTURE"),
            cancelled: is(component, "STATUS", "CANCELLED"),
            component,
            start,
            zone,
        })
    }

    /// The instant of the instance that this event stands for.
    pub(crate) fn recurrence_ms(&self) -> Option<i64> {
        match self.recurrence_id? {
            Mark::Instant(at) => Some(at),
            Mark::Day(day) => {
                let midnight = self.zone.to_timestamp(day.at(0, 0, 0, 0)).ok()?;
                Some(midnight.as_millisecond())
            }
        }
    }

    pub(crate) fn rule(&self) -> Option<Result<Rule, super::rule::RuleError>> {
        self.component.value("RRULE").map(Rule::parse)
    }

    pub(crate) fn exceptions(&self, zones: &Zones) -> Vec<Mark> {
        let lines = self.component.all("EXDATE");
        let all = lines.flat_map(|line| marks(line, zones));
        all.take(MAX_DATES).collect()
    }

    /// Additional instances: their beginning, on the wall clock of the event.
    pub(crate) fn additions(&self, zones: &Zones) -> Vec<jiff::civil::DateTime> {
        let lines = self.component.all("RDATE");
        let points = lines.flat_map(|line| {
            let texts = line.value.split(',');
            // A period's length is that of its series in every program met.
            let starts = texts.filter_map(|text| text.split('/').next());
            starts
                .filter_map(Point::parse)
                .map(move |point| (line, point))
        });
        points
            .take(MAX_DATES)
            .filter_map(|(line, point)| {
                let instant = zone_of(line, point, zones)
                    .to_timestamp(point.civil())
                    .ok()?;
                Some(match point {
                    Point::Day(_) => point.civil(),
                    _ => self.zone.to_datetime(instant),
                })
            })
            .collect()
    }

    /// Beginning and end of the instance that begins at `at` on the wall clock.
    pub(crate) fn times(&self, at: jiff::civil::DateTime) -> Option<(i64, i64)> {
        let begins = self.zone.to_timestamp(at).ok()?.as_millisecond();
        let civil = |end| {
            self.zone
                .to_timestamp(end)
                .ok()
                .map(Timestamp::as_millisecond)
        };
        let ends = match self.length {
            Length::Exact(ms) => begins.checked_add(ms),
            Length::Days(days) => civil(at.checked_add(Span::new().try_days(days).ok()?).ok()?),
            Length::Nominal(given) => {
                let days = Span::new().try_days(given.days).ok()?;
                civil(at.checked_add(days).ok()?)?.checked_add(given.ms)
            }
        };
        Some((begins, ends?.max(begins)))
    }

    /// What the room shows of the instance with these times.
    pub(crate) fn meeting(
        &self,
        (begins_ms, ends_ms): (i64, i64),
        instance_ms: Option<i64>,
        visio: &Instances,
    ) -> Meeting {
        let component = self.component;
        let words = |text: String| Words::new(&text);
        let private = ["PRIVATE", "CONFIDENTIAL"]
            .iter()
            .any(|class| is(component, "CLASS", class));
        let title = component.line("SUMMARY").map(Line::text).and_then(words);
        let when = if self.start.is_day() {
            When::Days { begins_ms, ends_ms }
        } else {
            When::Timed { begins_ms, ends_ms }
        };
        Meeting {
            key: Key::new(self.uid, instance_ms),
            title: title.filter(|_| !private),
            organiser: organiser(component).filter(|_| !private),
            private,
            when,
            busy: busy(component),
            tentative: tentative(component),
            links: find_links(component, visio),
        }
    }
}

fn is(component: &Component, name: &str, value: &str) -> bool {
    let found = component.value(name);
    found.is_some_and(|found| found.eq_ignore_ascii_case(value))
}

/// Zone of a point: UTC, the line's own, or for days that of the room.
fn zone_of(line: &Line, point: Point, zones: &Zones) -> TimeZone {
    match point {
        Point::Utc(_) => TimeZone::UTC,
        Point::Local(_) => zones.get(line.parameter("TZID")),
        Point::Day(_) => zones.room().clone(),
    }
}

/// The instances that an `EXDATE` or `RECURRENCE-ID` names.
fn marks(line: &Line, zones: &Zones) -> impl Iterator<Item = Mark> {
    Point::list(line, MAX_DATES).filter_map(|point| {
        if let Point::Day(date) = point {
            return Some(Mark::Day(date));
        }
        let instant = zone_of(line, point, zones).to_timestamp(point.civil());
        instant.ok().map(|at| Mark::Instant(at.as_millisecond()))
    })
}

fn length(component: &Component, start: Point, zone: &TimeZone, zones: &Zones) -> Length {
    let none = if start.is_day() {
        Length::Days(1)
    } else {
        Length::Exact(0)
    };
    if let Some(line) = component.line("DTEND")
        && let Some(end) = Point::parse(&line.value)
    {
        if start.is_day() {
            let apart = end.civil().date().duration_since(start.civil().date());
            return Length::Days((apart.as_hours() / 24).max(1));
        }
        let end = zone_of(line, end, zones).to_timestamp(end.civil());
        let (Ok(end), Ok(begin)) = (end, zone.to_timestamp(start.civil())) else {
            return none;
        };
        let exact = end.as_millisecond() - begin.as_millisecond();
        return Length::Exact(exact.max(0));
    }
    let given = component.value("DURATION").and_then(duration);
    given.map_or(none, Length::Nominal)
}

fn organiser(component: &Component) -> Option<Words> {
    let line = component.line("ORGANIZER")?;
    let address = line.value.trim();
    let address = address
        .get(..7)
        .filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"))
        .and_then(|_| address.get(7..));
    Words::new(line.parameter("CN").or(address)?)
}

/// `TRANSP`, and Outlook's finer word for it, which counts more.
fn busy(component: &Component) -> bool {
    match component.value("X-MICROSOFT-CDO-BUSYSTATUS") {
        Some(status) => !status.eq_ignore_ascii_case("FREE"),
        None => !is(component, "TRANSP", "TRANSPARENT"),
    }
}

fn tentative(component: &Component) -> bool {
    is(component, "STATUS", "TENTATIVE") || is(component, "X-MICROSOFT-CDO-BUSYSTATUS", "TENTATIVE")
}

fn find_links(component: &Component, visio: &Instances) -> Vec<links::Link> {
    let lines = LINK_LINES.iter().flat_map(|name| component.all(name));
    let texts: Vec<String> = lines.take(32).map(Line::text).collect();
    links::find(texts.iter().map(String::as_str), visio)
}
