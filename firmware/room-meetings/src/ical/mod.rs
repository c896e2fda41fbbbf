//! Calendar files (RFC 5545) in, meetings of a stretch of time out; and the three changes a room
//! makes to them.
//!
//! Invariant: whatever a file holds, the work and what comes out are bounded (size, components,
//! days a rule looks at, meetings), and nothing panics. A component that cannot be read is
//! counted and left out; the others still show.
//! Deliberately absent: alarms, tasks, invitations (iTIP), and rules that repeat within a day.

mod component;
mod event;
mod line;
mod recurrence;
mod rule;
mod series;
mod value;
mod windows_zones;
mod write;
mod zones;

use jiff::tz::TimeZone;

use crate::links::Instances;
use crate::meeting::Meeting;
use component::Component;
use recurrence::Budget;
use series::Series;
use zones::Zones;

pub use write::{ChangeError, Draft, Gone, booked, with_end, without};
pub use zones::named;

/// Largest file, in bytes: ten busy years of one room.
pub const MAX_FILE: usize = 16 * 1024 * 1024;
/// Most meetings of one window.
pub const MAX_MEETINGS: usize = 512;
/// Days all rules of a file may look at.
const DAYS: u32 = 4_000_000;

/// Why a file cannot be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("this is no iCalendar file")]
    NotACalendar,
    #[error("the iCalendar file is cut off")]
    CutOff,
    #[error("the iCalendar file is larger than this room reads")]
    TooLarge,
}

/// A stretch of time, in Unix milliseconds; the end does not belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from_ms: i64,
    pub to_ms: i64,
}

impl Window {
    fn meets(self, begins_ms: i64, ends_ms: i64) -> bool {
        begins_ms < self.to_ms && (ends_ms > self.from_ms || begins_ms >= self.from_ms)
    }
}

/// How a file is read.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    pub window: Window,
    /// Where days and times without a zone are: the room's.
    pub zone: &'a TimeZone,
    pub visio: &'a Instances,
}

/// What a file says of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// In order of their beginning, at most [`MAX_MEETINGS`].
    pub meetings: Vec<Meeting>,
    /// Events or rules that could not be read.
    pub skipped: usize,
    /// There was more than is read of one file.
    pub cut_short: bool,
}

impl Found {
    /// Adds what another file of the same calendar says.
    pub fn add(&mut self, other: Self) {
        self.meetings.extend(other.meetings);
        self.skipped += other.skipped;
        self.cut_short |= other.cut_short;
        self.tidy();
    }

    fn tidy(&mut self) {
        let key = |m: &Meeting| (m.when.order_ms(), m.key.clone());
        self.meetings.sort_by_cached_key(key);
        self.cut_short |= self.meetings.len() > MAX_MEETINGS;
        self.meetings.truncate(MAX_MEETINGS);
    }
}

/// The meetings of a window.
///
/// # Errors
/// When it is no calendar file, or cut off, or too large.
pub fn read(file: &[u8], reading: &Reading<'_>) -> Result<Found, ReadError> {
    let mut budget = Budget::new(DAYS);
    let mut found = Found::default();
    for calendar in Component::read(file)? {
        let zones = Zones::of(&calendar, reading.zone);
        let (all, unreadable) = Series::all(&calendar, &zones);
        found.skipped += unreadable;
        for series in all {
            series.instances(&zones, reading, &mut budget, &mut found);
            if found.meetings.len() > 4 * MAX_MEETINGS {
                found.tidy();
            }
        }
    }
    found.cut_short |= budget.is_spent();
    found.tidy();
    Ok(found)
}

#[cfg(test)]
mod tests;
