//! The day as a panel shows it.

use room_core::Moment;
use room_messages::api::meetings::{
    Elsewhere, JoinOffer, JoinWay, MeetingEntry, MeetingPhase, Meetings, Occupancy, SourceState,
};

use super::asks::next_busy;
use super::merge::Merged;
use super::source::Source;
use super::{Day, MeetingSource, unix};
use crate::links::Link;
use crate::{When, Words};

/// Most meetings that are shown.
const MAX_SHOWN: usize = 20;
/// Meetings that follow each other within this are one stretch of a busy room.
const BREATH_MS: i64 = 60_000;
/// Longest booking and extension that is offered, in minutes.
const MAX_OFFER: i64 = 480;

impl Day {
    /// Everything a panel shows of the day.
    #[must_use]
    pub fn view(&self, now: Moment) -> Meetings {
        let now_ms = unix(now);
        let merged = self.merged(now_ms);
        let entry = |meeting: &Merged| self.entry(meeting, &merged, now_ms);
        Meetings {
            occupancy: self.occupancy(&merged, now_ms),
            meetings: merged.iter().take(MAX_SHOWN).map(entry).collect(),
            sources: self.sources.0.iter().map(state).collect(),
            join_early_ms: positive(super::millis(self.policy.join_before)),
            bookable_minutes: free_minutes(&merged, now_ms, now_ms, None).filter(|m| *m > 0),
            problem: self.problem.clone(),
        }
    }

    fn entry(&self, meeting: &Merged, merged: &[Merged], now_ms: i64) -> MeetingEntry {
        let known = &meeting.meeting;
        let words = |words: &Option<Words>| words.as_ref().map(|w| w.as_str().to_owned());
        let phase = self.phase(meeting, now_ms);
        let mut sources: Vec<MeetingSource> = meeting.parts.iter().map(|part| part.0).collect();
        sources.dedup();
        MeetingEntry {
            id: meeting.id(),
            title: words(&known.title),
            organiser: words(&known.organiser),
            private: known.private,
            begins_ms: known.when.begins_ms().map(positive),
            ends_ms: known.when.ends_ms().map(positive),
            all_day: matches!(known.when, When::Days { .. }),
            phase,
            busy: known.busy,
            tentative: known.tentative,
            join: offer(meeting, phase),
            elsewhere: known.links.iter().filter_map(elsewhere).collect(),
            sources,
            pending: meeting.pending,
            extendable_minutes: self.extendable(meeting, merged, now_ms),
        }
    }

    fn phase(&self, meeting: &Merged, now_ms: i64) -> MeetingPhase {
        let on = |before| meeting.is_on(now_ms, before);
        let soon = on(self.policy.join_before);
        let begins = meeting.meeting.when.begins_ms();
        match begins {
            _ if self.attendance.is_in(meeting) && (soon || begins.is_none()) => {
                MeetingPhase::Joined
            }
            None => MeetingPhase::AnyTime,
            Some(_) if on(std::time::Duration::ZERO) => MeetingPhase::Running,
            Some(_) if soon => MeetingPhase::Soon,
            Some(_) => MeetingPhase::ToCome,
        }
    }

    fn occupancy(&self, merged: &[Merged], now_ms: i64) -> Occupancy {
        let taken = merged.iter().filter(|m| m.meeting.busy);
        let spans = taken.filter_map(|m| match m.meeting.when {
            When::Timed { begins_ms, ends_ms } | When::Days { begins_ms, ends_ms } => {
                Some((begins_ms, ends_ms))
            }
            When::Running { .. } | When::AnyTime => None,
        });
        let mut until = now_ms;
        let mut next = None;
        // In order of their beginning.
        for (begins, ends) in spans {
            if begins <= until.saturating_add(if until > now_ms { BREATH_MS } else { 0 }) {
                until = until.max(ends);
            } else if next.is_none() {
                next = Some(begins);
            }
        }
        let until = (until > now_ms).then_some(until);
        let busy = until.is_some() || self.attendance.in_call();
        Occupancy {
            busy,
            until_ms: if busy { until } else { next }.map(positive),
        }
    }

    fn extendable(&self, meeting: &Merged, merged: &[Merged], now_ms: i64) -> u32 {
        let When::Timed { ends_ms, .. } = meeting.meeting.when else {
            return 0;
        };
        if self.writable(meeting).is_none() {
            return 0;
        }
        free_minutes(merged, now_ms, ends_ms, Some(meeting)).unwrap_or(0)
    }
}

/// Whole minutes from `from_ms` until the room is taken; `None` when it is.
fn free_minutes(merged: &[Merged], now_ms: i64, from_ms: i64, but: Option<&Merged>) -> Option<u32> {
    let next = next_busy(merged, now_ms, but);
    let free = next.map_or(MAX_OFFER, |next| (next - from_ms).div_euclid(60_000));
    u32::try_from(free.min(MAX_OFFER)).ok()
}

fn offer(meeting: &Merged, phase: MeetingPhase) -> Option<JoinOffer> {
    let mut links = meeting.meeting.links.iter();
    let link = links.find(|link| link.target().is_some())?;
    Some(JoinOffer {
        way: match link {
            Link::Visio { .. } => JoinWay::Visio,
            Link::Matrix { .. } | Link::Other { .. } => JoinWay::Matrix,
        },
        target: link.target()?.to_owned(),
        lit: !matches!(phase, MeetingPhase::ToCome | MeetingPhase::Joined),
    })
}

fn elsewhere(link: &Link) -> Option<Elsewhere> {
    match link {
        Link::Other { service, host } => Some(Elsewhere {
            service: service.name().to_owned(),
            host: host.clone(),
        }),
        Link::Matrix { .. } | Link::Visio { .. } => None,
    }
}

fn state(source: &Source) -> SourceState {
    SourceState {
        source: source.source,
        as_of_ms: source.as_of_ms.map(positive),
        away_since_ms: source.away.as_ref().map(|away| positive(away.since_ms)),
        problem: source.away.as_ref().and_then(|away| away.problem.clone()),
        cut_short: source.cut_short,
    }
}

fn positive(ms: i64) -> u64 {
    u64::try_from(ms).unwrap_or(0)
}
