//! What each source last said.

use room_core::Moment;
use room_messages::api::Problem;
use room_messages::api::meetings::MeetingSource;
use serde::{Deserialize, Serialize};

use super::notes::Change;
use super::unix;
use crate::{Key, Meeting, When, ical};

/// One source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Source {
    pub(super) source: MeetingSource,
    pub(super) writable: bool,
    pub(super) cut_short: bool,
    pub(super) as_of_ms: Option<i64>,
    pub(super) meetings: Vec<Meeting>,
    /// Not kept: after a restart a source is away until it is heard.
    #[serde(skip)]
    pub(super) away: Option<Away>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Away {
    pub(super) since_ms: i64,
    /// `None` until it was tried at all.
    pub(super) problem: Option<Problem>,
}

/// At most one of each kind, in the order of their say on titles and times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sources(pub(super) Vec<Source>);

impl Sources {
    /// Whether it differs from what was known.
    pub(super) fn known(
        &mut self,
        now: Moment,
        source: MeetingSource,
        writable: bool,
        mut meetings: Vec<Meeting>,
        cut_short: bool,
    ) -> bool {
        let cut_short = cut_short || meetings.len() > ical::MAX_MEETINGS;
        meetings.truncate(ical::MAX_MEETINGS);
        let entry = self.entry(source);
        let changed = entry.meetings != meetings || entry.writable != writable;
        *entry = Source {
            source,
            writable,
            cut_short,
            as_of_ms: Some(unix(now)),
            meetings,
            away: None,
        };
        changed
    }

    /// The first time counts as the beginning; the newest reason is shown.
    pub(super) fn away(&mut self, now: Moment, source: MeetingSource, problem: Problem) {
        let entry = self.entry(source);
        let since_ms = entry.away.as_ref().map_or(unix(now), |away| away.since_ms);
        entry.away = Some(Away {
            since_ms,
            problem: Some(problem),
        });
    }

    fn entry(&mut self, source: MeetingSource) -> &mut Source {
        let at = match self.0.binary_search_by_key(&source, |known| known.source) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, Source::new(source));
                at
            }
        };
        #[allow(clippy::indexing_slicing, reason = "found or inserted just above")]
        &mut self.0[at]
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (MeetingSource, &Meeting)> {
        let sources = self.0.iter();
        sources.flat_map(|known| known.meetings.iter().map(|meeting| (known.source, meeting)))
    }

    pub(super) fn is_writable(&self, source: MeetingSource) -> bool {
        let mut sources = self.0.iter();
        sources.any(|known| known.source == source && known.writable)
    }

    /// Where bookings go; here when no calendar takes them.
    pub(super) fn for_bookings(&self) -> MeetingSource {
        if self.is_writable(MeetingSource::Calendar) {
            MeetingSource::Calendar
        } else {
            MeetingSource::Room
        }
    }

    /// Meetings booked here, without those that are over.
    pub(super) fn book_here(&mut self, now: Moment, meeting: Meeting) {
        let now_ms = unix(now);
        let entry = self.entry(MeetingSource::Room);
        let over = |m: &Meeting| m.when.ends_ms().is_some_and(|ends| ends <= now_ms);
        entry.meetings.retain(|meeting| !over(meeting));
        entry.meetings.push(meeting);
        entry.as_of_ms = Some(now_ms);
    }
}

impl Sources {
    /// What was booked here is changed here.
    pub(super) fn change_here(&mut self, key: &Key, change: Change) {
        let meetings = &mut self.entry(MeetingSource::Room).meetings;
        if change == Change::Gone {
            meetings.retain(|meeting| meeting.key != *key);
        }
        for meeting in meetings.iter_mut().filter(|meeting| meeting.key == *key) {
            if let (When::Timed { ends_ms, .. }, Change::EndsAt(at)) = (&mut meeting.when, change) {
                *ends_ms = at;
            }
        }
    }
}

impl Source {
    fn new(source: MeetingSource) -> Self {
        Self {
            source,
            writable: false,
            cut_short: false,
            as_of_ms: None,
            meetings: Vec::new(),
            away: None,
        }
    }
}
