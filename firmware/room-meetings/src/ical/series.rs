//! A meeting with all that is said of its instances: the rule, and what was moved, changed,
//! cancelled or added.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::component::Component;
use super::event::{Event, Mark};
use super::recurrence::{Budget, beginnings};
use super::rule::{End, Rule};
use super::value::Point;
use super::zones::Zones;
use super::{Found, Reading};

/// A day more on each side than the window: zones differ by that much.
const MARGIN_MS: i64 = 26 * 3600 * 1000;
/// Longest instance of a series that is looked for before the window.
const LONGEST_MS: i64 = 32 * 24 * 3600 * 1000;

/// Events of one identifier.
#[derive(Default)]
pub(crate) struct Series<'a> {
    master: Option<Event<'a>>,
    /// Newest word on each instance.
    changed: BTreeMap<Mark, Event<'a>>,
}

impl<'a> Series<'a> {
    /// Every series of a calendar, and how many events could not be read.
    pub(crate) fn all(calendar: &'a Component, zones: &Zones) -> (Vec<Self>, usize) {
        let mut all: BTreeMap<&str, Self> = BTreeMap::new();
        let mut unreadable = 0;
        let method = calendar.value("METHOD").unwrap_or_default();
        let revoked = method.eq_ignore_ascii_case("CANCEL");
        for part in calendar.parts.iter().filter(|part| part.name == "VEVENT") {
            match Event::read(part, zones) {
                Some(mut event) => {
                    event.cancelled |= revoked;
                    all.entry(event.uid).or_default().take(event);
                }
                None => unreadable += 1,
            }
        }
        (all.into_values().collect(), unreadable)
    }

    /// Of two words on the same thing the one with the higher sequence counts, then the later.
    fn take(&mut self, event: Event<'a>) {
        let Some(mark) = event.recurrence_id else {
            let newer = |old: &Event<'_>| event.sequence >= old.sequence;
            if self.master.as_ref().is_none_or(newer) {
                self.master = Some(event);
            }
            return;
        };
        let newer = |old: &Event<'_>| event.sequence >= old.sequence;
        if self.changed.get(&mark).is_none_or(newer) {
            self.changed.insert(mark, event);
        }
    }

    /// Adds the instances that meet the window.
    pub(crate) fn instances(
        &self,
        zones: &Zones,
        reading: &Reading<'_>,
        budget: &mut Budget,
        found: &mut Found,
    ) {
        if let Some(master) = &self.master {
            if master.cancelled {
                return;
            }
            self.expand(master, zones, reading, budget, found);
        }
        for event in self.changed.values().filter(|event| !event.cancelled) {
            let Some(times) = event.times(event.start.civil()) else {
                continue;
            };
            if reading.window.meets(times.0, times.1) {
                let instance = event.recurrence_ms();
                found
                    .meetings
                    .push(event.meeting(times, instance, reading.visio));
            }
        }
    }

    fn expand(
        &self,
        master: &Event<'_>,
        zones: &Zones,
        reading: &Reading<'_>,
        budget: &mut Budget,
        found: &mut Found,
    ) {
        let (starts, repeats) = starts(master, zones, reading, budget, found);
        let exceptions: BTreeSet<Mark> = master.exceptions(zones).into_iter().collect();
        let later = self.later();
        for start in starts {
            let Some(times) = master.times(start) else {
                continue;
            };
            let names = [Mark::Instant(times.0), Mark::Day(start.date())];
            let named = |mark| exceptions.contains(mark) || self.changed.contains_key(mark);
            if names.iter().any(named) {
                continue;
            }
            let (event, times) = match since(&later, start, times.0) {
                Some(event) => match shifted(event, start, times.0) {
                    Some(times) if !event.cancelled => (event, times),
                    _ => continue,
                },
                None => (master, times),
            };
            if reading.window.meets(times.0, times.1) {
                let instance = repeats.then(|| instance_ms(master, start)).flatten();
                found
                    .meetings
                    .push(event.meeting(times, instance, reading.visio));
            }
        }
    }

    /// Changes "of this and every later instance", in order.
    fn later(&self) -> Vec<(Mark, &Event<'a>)> {
        let all = self.changed.iter().filter(|(_, event)| event.and_future);
        let mut all: Vec<_> = all.map(|(mark, event)| (*mark, event)).collect();
        all.sort_by_key(|(_, event)| event.recurrence_ms());
        all
    }
}

/// The last of them that counts for an instance.
fn since<'e, 'a>(
    later: &[(Mark, &'e Event<'a>)],
    start: DateTime,
    begins_ms: i64,
) -> Option<&'e Event<'a>> {
    let before = |mark: Mark| match mark {
        Mark::Instant(at) => at <= begins_ms,
        Mark::Day(day) => day <= start.date(),
    };
    let mut backwards = later.iter().rev();
    backwards
        .find(|(mark, _)| before(*mark))
        .map(|(_, event)| *event)
}

/// Beginnings on the wall clock, and whether it is a series at all.
fn starts(
    master: &Event<'_>,
    zones: &Zones,
    reading: &Reading<'_>,
    budget: &mut Budget,
    found: &mut Found,
) -> (Vec<DateTime>, bool) {
    let first = master.start.civil();
    let additions = master.additions(zones);
    let mut repeats = !additions.is_empty();
    let mut starts = match master.rule() {
        Some(Ok(rule)) => {
            repeats = true;
            let stretch = stretch(master, reading);
            let until = until(&rule, &master.zone);
            stretch.map_or_else(Vec::new, |stretch| {
                beginnings(&rule, first, until, stretch, budget)
            })
        }
        Some(Err(_)) => {
            found.skipped += 1;
            vec![first]
        }
        None => vec![first],
    };
    starts.extend(additions);
    starts.sort_unstable();
    starts.dedup();
    (starts, repeats)
}

/// The window on the event's wall clock, and some time before for what is still running.
fn stretch(master: &Event<'_>, reading: &Reading<'_>) -> Option<(DateTime, DateTime)> {
    let first = master.times(master.start.civil())?;
    let length = (first.1 - first.0).clamp(0, LONGEST_MS);
    let civil = |ms: i64| {
        let at = Timestamp::from_millisecond(ms).ok()?;
        Some(master.zone.to_datetime(at))
    };
    let from = reading.window.from_ms.saturating_sub(length + MARGIN_MS);
    let to = reading.window.to_ms.saturating_add(MARGIN_MS);
    Some((civil(from)?, civil(to)?))
}

/// The last moment of a rule on the event's wall clock; a day counts to its end.
fn until(rule: &Rule, zone: &TimeZone) -> Option<DateTime> {
    match rule.end {
        End::Until(Point::Utc(at)) => {
            let instant = TimeZone::UTC.to_timestamp(at).ok()?;
            Some(zone.to_datetime(instant))
        }
        End::Until(Point::Local(at)) => Some(at),
        End::Until(Point::Day(day)) => Some(day.at(23, 59, 59, 0)),
        End::Count(_) | End::Never => None,
    }
}

fn instance_ms(master: &Event<'_>, start: DateTime) -> Option<i64> {
    let at = master.zone.to_timestamp(start).ok()?;
    Some(at.as_millisecond())
}

/// Times of a later instance, moved as far as the change moved its own.
fn shifted(event: &Event<'_>, start: DateTime, begins_ms: i64) -> Option<(i64, i64)> {
    let own = event.recurrence_ms()?;
    let now = event.zone.to_timestamp(event.start.civil()).ok()?;
    let moved = now.as_millisecond() - own;
    if moved == 0 {
        return event.times(start);
    }
    let begins = Timestamp::from_millisecond(begins_ms.checked_add(moved)?).ok()?;
    event.times(event.zone.to_datetime(begins))
}
