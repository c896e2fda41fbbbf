//! The changes a room makes to a calendar: a booking of its own, another end, and taking a
//! meeting out.
//!
//! Invariant: every line of the file that the change does not concern stays as it was. Series
//! are changed in one instance only, in the form and zone in which they were written.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::ReadError;
use super::component::Component;
use super::event::Event;
use super::line::escaped;
use super::value::Point;
use super::zones::Zones;
use crate::meeting::Key;

/// Why a change cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the meeting is not in this file")]
    NotThere,
    #[error("a time is out of range")]
    Time,
}

/// A booking made in the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft<'a> {
    /// Never used before.
    pub uid: &'a str,
    pub title: &'a str,
    pub begins_ms: i64,
    pub ends_ms: i64,
}

/// What is left of a file when a meeting was taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gone {
    /// Nothing: the whole object is to be deleted.
    All,
    /// The series without this instance.
    Instance(String),
}

/// A calendar object for a booking.
///
/// # Errors
/// [`ChangeError::Time`].
pub fn booked(draft: &Draft<'_>, now_ms: i64) -> Result<String, ChangeError> {
    let mut event = Component::new("VEVENT");
    event.add(&format!("UID:{}", escaped(draft.uid)));
    event.add(&format!("DTSTAMP:{}", utc(now_ms)?));
    event.add(&format!("DTSTART:{}", utc(draft.begins_ms)?));
    event.add(&format!("DTEND:{}", utc(draft.ends_ms)?));
    event.add(&format!("SUMMARY:{}", escaped(draft.title)));
    event.add("TRANSP:OPAQUE");
    let mut calendar = Component::new("VCALENDAR");
    calendar.add("VERSION:2.0");
    calendar.add("PRODID:-//Salle//Room//EN");
    calendar.parts.push(event);
    Ok(text(&[calendar]))
}

/// The file with another end of one meeting, or of one instance of a series.
///
/// # Errors
/// [`ChangeError`].
pub fn with_end(
    file: &[u8],
    key: &Key,
    ends_ms: i64,
    now_ms: i64,
    room: &TimeZone,
) -> Result<String, ChangeError> {
    let mut calendars = Component::read(file)?;
    let (calendar, at, place) = find(&mut calendars, key, room)?;
    let at = match place {
        Place::Own => at,
        Place::Instance(instance) => {
            let copy = instance.copy(calendar, at)?;
            calendar.parts.push(copy);
            calendar.parts.len() - 1
        }
    };
    let event = calendar.parts.get_mut(at).ok_or(ChangeError::NotThere)?;
    event.remove("DURATION");
    event.set(&format!("DTEND:{}", utc(ends_ms)?));
    touch(event, now_ms)?;
    Ok(text(&calendars))
}

/// The file without one meeting, or without one instance of a series.
///
/// # Errors
/// [`ChangeError`].
pub fn without(file: &[u8], key: &Key, now_ms: i64, room: &TimeZone) -> Result<Gone, ChangeError> {
    let mut calendars = Component::read(file)?;
    let (calendar, at, place) = find(&mut calendars, key, room)?;
    let series = calendar.parts.iter().any(|part| is_master(part, &key.id));
    match place {
        Place::Own if key.instance_ms.is_none() || !series => {
            calendar.parts.remove(at);
            if !calendar.parts.iter().any(|part| part.name == "VEVENT") {
                return Ok(Gone::All);
            }
        }
        // A changed instance: it goes, and the rule must not bring it back.
        Place::Own => {
            let changed = calendar.parts.remove(at);
            let line = changed.line("RECURRENCE-ID").ok_or(ChangeError::NotThere)?;
            let exception = head(line, "EXDATE");
            except(calendar, key, &exception, now_ms)?;
        }
        Place::Instance(instance) => {
            let exception = instance.line("EXDATE");
            except(calendar, key, &exception, now_ms)?;
        }
    }
    Ok(Gone::Instance(text(&calendars)))
}

fn except(calendar: &mut Component, key: &Key, line: &str, now_ms: i64) -> Result<(), ChangeError> {
    let mut parts = calendar.parts.iter_mut();
    let master = parts.find(|part| is_master(part, &key.id));
    let master = master.ok_or(ChangeError::NotThere)?;
    master.add(line);
    touch(master, now_ms)
}

fn is_master(part: &Component, uid: &str) -> bool {
    is_of(part, uid) && part.line("RECURRENCE-ID").is_none()
}

fn is_of(part: &Component, uid: &str) -> bool {
    part.name == "VEVENT"
        && part
            .value("UID")
            .is_some_and(|id| Key::new(id, None).id == uid)
}

enum Place {
    /// The event itself.
    Own,
    /// An instance that only the rule makes.
    Instance(Instance),
}

/// How the series writes its times.
struct Instance {
    /// `;TZID=Europe/Paris`, `;VALUE=DATE` or nothing.
    parameters: String,
    value: String,
}

impl Instance {
    fn of(master: &Component, start: &Event<'_>, instance_ms: i64) -> Result<Self, ChangeError> {
        let line = master.line("DTSTART").ok_or(ChangeError::NotThere)?;
        let at = Timestamp::from_millisecond(instance_ms).map_err(|_| ChangeError::Time)?;
        let civil = start.zone.to_datetime(at);
        let value = match start.start {
            Point::Day(_) => civil.strftime("%Y%m%d").to_string(),
            Point::Local(_) => civil.strftime("%Y%m%dT%H%M%S").to_string(),
            Point::Utc(_) => utc(instance_ms)?,
        };
        let parameters = match (line.parameter("TZID"), start.start) {
            (_, Point::Day(_)) => ";VALUE=DATE".to_owned(),
            // In quotes: names of Outlook's hold commas and colons.
            (Some(zone), Point::Local(_)) => format!(";TZID=\"{zone}\""),
            _ => String::new(),
        };
        Ok(Self { parameters, value })
    }

    fn line(&self, name: &str) -> String {
        format!("{name}{}:{}", self.parameters, self.value)
    }

    /// The series' own event, as this one instance.
    fn copy(&self, calendar: &Component, at: usize) -> Result<Component, ChangeError> {
        let mut copy = calendar.parts.get(at).ok_or(ChangeError::NotThere)?.clone();
        for name in ["RRULE", "RDATE", "EXDATE", "EXRULE"] {
            copy.remove(name);
        }
        copy.set(&self.line("DTSTART"));
        copy.set(&self.line("RECURRENCE-ID"));
        Ok(copy)
    }
}

/// The line's value and parameters under another name.
fn head(line: &super::line::Line, name: &str) -> String {
    let zone = line.parameter("TZID");
    let parameters = match (line.parameter("VALUE"), zone) {
        (Some(value), _) if value.eq_ignore_ascii_case("DATE") => ";VALUE=DATE".to_owned(),
        (_, Some(zone)) => format!(";TZID=\"{zone}\""),
        _ => String::new(),
    };
    format!("{name}{parameters}:{}", line.value)
}

fn find<'c>(
    calendars: &'c mut [Component],
    key: &Key,
    room: &TimeZone,
) -> Result<(&'c mut Component, usize, Place), ChangeError> {
    for calendar in calendars {
        if let Some((at, place)) = find_in(calendar, key, room)? {
            return Ok((calendar, at, place));
        }
    }
    Err(ChangeError::NotThere)
}

fn find_in(
    calendar: &Component,
    key: &Key,
    room: &TimeZone,
) -> Result<Option<(usize, Place)>, ChangeError> {
    let zones = Zones::of(calendar, room);
    let mut master = None;
    for (at, part) in calendar.parts.iter().enumerate() {
        if !is_of(part, &key.id) {
            continue;
        }
        let Some(event) = Event::read(part, &zones) else {
            continue;
        };
        if event.recurrence_id.is_none() {
            master = Some((at, part, event));
        } else if event.recurrence_ms() == key.instance_ms {
            return Ok(Some((at, Place::Own)));
        }
    }
    let Some((at, part, event)) = master else {
        return Ok(None);
    };
    let place = match key.instance_ms {
        None => Place::Own,
        Some(instance) => Place::Instance(Instance::of(part, &event, instance)?),
    };
    Ok(Some((at, place)))
}

/// What every change leaves behind (RFC 5545, 3.8.7).
fn touch(event: &mut Component, now_ms: i64) -> Result<(), ChangeError> {
    let sequence: i64 = event
        .value("SEQUENCE")
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    event.set(&format!("SEQUENCE:{}", sequence.saturating_add(1)));
    event.set(&format!("DTSTAMP:{}", utc(now_ms)?));
    event.set(&format!("LAST-MODIFIED:{}", utc(now_ms)?));
    Ok(())
}

fn utc(ms: i64) -> Result<String, ChangeError> {
    let at = Timestamp::from_millisecond(ms).map_err(|_| ChangeError::Time)?;
    Ok(at.strftime("%Y%m%dT%H%M%SZ").to_string())
}

fn text(calendars: &[Component]) -> String {
    let mut text = String::new();
    calendars
        .iter()
        .for_each(|calendar| calendar.write(&mut text));
    text
}
