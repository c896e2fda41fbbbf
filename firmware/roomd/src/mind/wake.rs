//! Whether the room is awake: what the standby machine must hear of everything else.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use room_core::Moment;
use room_core::standby::{Policy, Quiet, Standby, Surroundings};
use room_messages::api::meetings::MeetingPhase;
use room_messages::api::{self, Meetings, Presence, Status};

/// See the module.
pub struct Wake {
    standby: Standby,
    quiet: Option<Quiet>,
    zone: TimeZone,
    /// What the room was told last of being hushed.
    hushed: bool,
}

impl Wake {
    /// `zone` is where the quiet hours are told.
    pub fn new(policy: Policy, quiet: Option<Quiet>, zone: TimeZone, now: Moment) -> Self {
        Self {
            standby: Standby::new(policy, now.since_start),
            quiet,
            zone,
            hushed: false,
        }
    }

    /// Somebody did something.
    pub fn touch(&mut self, now: Moment) {
        self.standby.touch(now.since_start);
    }

    pub fn sleep(&mut self, now: Moment) {
        self.standby.sleep(now.since_start);
    }

    /// The level of a room whose status this is, and when that changes by time alone. Quiet hours
    /// need no deadline of their own: the mind looks again every few seconds.
    pub fn level(&mut self, now: Moment, status: &Status) -> api::Standby {
        let around = Surroundings {
            presence: status.presence,
            call: status.call.phase.is_call(),
            ringing: !status.ringing.is_empty(),
            meeting_ms: meeting(&status.meetings),
            help: status.help.is_some(),
            quiet: self.is_quiet(now),
        };
        self.standby.hear(now.since_start, around);
        self.standby.level(now.since_start)
    }

    /// Whether nobody is to be disturbed in a room with this status, when that is news.
    pub fn hushed_anew(&mut self, now: Moment, status: &Status) -> Option<bool> {
        let hushed = self.is_quiet(now) && status.presence != Presence::Somebody;
        (std::mem::replace(&mut self.hushed, hushed) != hushed).then_some(hushed)
    }

    pub fn next_deadline(&self, now: Moment) -> Option<std::time::Duration> {
        self.standby.next_deadline(now.since_start)
    }

    fn is_quiet(&self, now: Moment) -> bool {
        let Some(quiet) = self.quiet else {
            return false;
        };
        let ms = i64::try_from(now.unix_ms).unwrap_or(i64::MAX);
        let time = Timestamp::from_millisecond(ms).unwrap_or_default();
        quiet.holds(minute(self.zone.to_datetime(time)))
    }
}

fn minute(time: DateTime) -> u16 {
    let minute = i32::from(time.hour()) * 60 + i32::from(time.minute());
    u16::try_from(minute).unwrap_or_default()
}

/// When the latest meeting began, or begins, that can be joined or runs.
fn meeting(meetings: &Meetings) -> Option<u64> {
    let here = |phase| matches!(phase, MeetingPhase::Soon | MeetingPhase::Running);
    let each = meetings.meetings.iter().filter(|one| here(one.phase));
    each.filter_map(|one| one.begins_ms).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_are_told_in_the_rooms_own_time() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let now = |text: &str| Moment {
            since_start: std::time::Duration::ZERO,
            unix_ms: text
                .parse::<Timestamp>()
                .unwrap()
                .as_millisecond()
                .unsigned_abs(),
        };
        let policy = Policy {
            after: None,
            half_wake: true,
        };
        let night = Quiet {
            from: 1200,
            to: 420,
        };
        let wake = Wake::new(policy, Some(night), zone, now("2026-01-01T00:00:00Z"));
        for (time, quiet) in [
            ("2026-01-15T18:59:59Z", false),
            ("2026-01-15T19:00:00Z", true),
            ("2026-07-15T18:00:00Z", true),
            ("2026-07-15T05:00:00Z", false),
        ] {
            assert_eq!(wake.is_quiet(now(time)), quiet, "{time}");
        }
    }
}
