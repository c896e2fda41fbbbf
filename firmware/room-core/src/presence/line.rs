//! A sensor on a line of the board: it sees movement, from which presence is concluded.
//!
//! Two thresholds keep it from flickering: who comes in moves for a moment before they count, and
//! the room counts as empty only after it has been still for long.

use std::time::Duration;

use room_messages::api::Presence;

/// Movement shorter than this wakes nobody: a door's draught, a lamp switched off next door.
const ARRIVES: Duration = Duration::from_secs(1);

/// See the module. Times are since start.
#[derive(Clone, Debug)]
pub(super) struct Line {
    empty_after: Duration,
    /// Whether it sees movement, and since when it says so; `None` while it cannot be read.
    level: Option<(bool, Duration)>,
    presence: Presence,
}

impl Line {
    pub(super) fn new(empty_after: Duration) -> Self {
        Self {
            empty_after,
            level: None,
            presence: Presence::Unknown,
        }
    }

    pub(super) fn see(&mut self, now: Duration, movement: Option<bool>) {
        self.tick(now);
        if self.level.map(|(level, _)| level) != movement {
            self.level = movement.map(|movement| (movement, now));
        }
        self.tick(now);
    }

    /// Nobody is known to be there only after a whole stillness was seen, also at the beginning.
    pub(super) fn tick(&mut self, now: Duration) {
        if self.level.is_none() {
            self.presence = Presence::Unknown;
            return;
        }
        if self.settles_at().is_some_and(|at| now >= at) {
            self.presence = self.tends_to();
        }
    }

    pub(super) fn presence(&self) -> Presence {
        self.presence
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.settles_at()
    }

    /// What it will say if the level stays.
    fn tends_to(&self) -> Presence {
        match self.level {
            None => Presence::Unknown,
            Some((true, _)) => Presence::Somebody,
            Some((false, _)) => Presence::Nobody,
        }
    }

    /// When that counts; `None` when it does already.
    fn settles_at(&self) -> Option<Duration> {
        let (movement, since) = self.level?;
        let lasts = if movement { ARRIVES } else { self.empty_after };
        (self.presence != self.tends_to()).then(|| since.saturating_add(lasts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY_AFTER: Duration = Duration::from_secs(600);

    /// What is seen at which millisecond, and what is concluded then.
    fn story(steps: &[(u64, Option<bool>, Presence)]) {
        let mut line = Line::new(EMPTY_AFTER);
        for (ms, movement, presence) in steps {
            line.see(Duration::from_millis(*ms), *movement);
            assert_eq!(line.presence(), *presence, "at {ms} ms");
        }
    }

    #[test]
    fn who_comes_in_counts_after_a_second_and_who_sits_still_for_ten_minutes_more() {
        story(&[
            (0, Some(true), Presence::Unknown),
            (999, Some(true), Presence::Unknown),
            (1_000, Some(true), Presence::Somebody),
            (3_000, Some(false), Presence::Somebody),
            (602_999, Some(false), Presence::Somebody),
            (603_000, Some(false), Presence::Nobody),
        ]);
    }

    #[test]
    fn every_movement_of_who_is_there_begins_the_stillness_anew() {
        story(&[
            (0, Some(true), Presence::Unknown),
            (2_000, Some(true), Presence::Somebody),
            (3_000, Some(false), Presence::Somebody),
            (500_000, Some(true), Presence::Somebody),
            (500_100, Some(false), Presence::Somebody),
            (1_100_099, Some(false), Presence::Somebody),
            (1_100_100, Some(false), Presence::Nobody),
        ]);
    }

    #[test]
    fn a_twitch_in_an_empty_room_is_nobody() {
        story(&[
            (0, Some(false), Presence::Unknown),
            (600_000, Some(false), Presence::Nobody),
            (700_000, Some(true), Presence::Nobody),
            (700_500, Some(false), Presence::Nobody),
            (900_000, Some(false), Presence::Nobody),
        ]);
    }

    #[test]
    fn a_sensor_that_cannot_be_read_knows_nothing_and_begins_anew() {
        story(&[
            (0, Some(true), Presence::Unknown),
            (2_000, Some(true), Presence::Somebody),
            (3_000, None, Presence::Unknown),
            (4_000, Some(false), Presence::Unknown),
            (603_999, Some(false), Presence::Unknown),
            (604_000, Some(false), Presence::Nobody),
        ]);
    }

    #[test]
    fn the_deadline_is_when_the_conclusion_changes() {
        let mut line = Line::new(EMPTY_AFTER);
        assert_eq!(line.next_deadline(), None);
        line.see(Duration::ZERO, Some(true));
        assert_eq!(line.next_deadline(), Some(ARRIVES));
        line.tick(ARRIVES);
        assert_eq!(line.next_deadline(), None);
        line.see(2 * ARRIVES, Some(false));
        assert_eq!(line.next_deadline(), Some(2 * ARRIVES + EMPTY_AFTER));
    }
}
