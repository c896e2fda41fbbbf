//! Who is in the room, from every sensor there is.
//!
//! Invariants: a sensor that is silent or cannot be read knows nothing, so it neither empties a
//! room nor keeps it awake; one sensor that sees somebody outweighs one that sees nobody.

mod line;

use std::time::Duration;

use room_messages::api::Presence;

use crate::Moment;
use line::Line;

/// What one sensor of others said, and until when it counts, since start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    somebody: bool,
    until: Duration,
}

/// Everything that is known. See the module.
#[derive(Clone, Debug)]
pub struct Sensors {
    /// By the control API.
    told: Option<Told>,
    /// The board's own.
    line: Line,
}

impl Sensors {
    /// `empty_after`: how long the board's own sensor sees no movement before the room counts as
    /// empty; people sit still.
    #[must_use]
    pub fn new(empty_after: Duration) -> Self {
        Self {
            told: None,
            line: Line::new(empty_after),
        }
    }

    /// Somebody else's sensor says who is there; it counts for so long.
    pub fn tell(&mut self, now: Moment, somebody: bool, lifetime: Duration) {
        let until = now.since_start.saturating_add(lifetime);
        self.told = Some(Told { somebody, until });
    }

    /// The board's sensor sees movement or does not; `None`: it cannot be read.
    pub fn see(&mut self, now: Moment, movement: Option<bool>) {
        self.line.see(now.since_start, movement);
    }

    /// Time passed.
    pub fn tick(&mut self, now: Moment) {
        self.told = self.told.filter(|told| now.since_start < told.until);
        self.line.tick(now.since_start);
    }

    #[must_use]
    pub fn presence(&self) -> Presence {
        let told = self.told.map_or(Presence::Unknown, |told| {
            if told.somebody {
                Presence::Somebody
            } else {
                Presence::Nobody
            }
        });
        match (told, self.line.presence()) {
            (Presence::Somebody, _) | (_, Presence::Somebody) => Presence::Somebody,
            (Presence::Nobody, _) | (_, Presence::Nobody) => Presence::Nobody,
            (Presence::Unknown, Presence::Unknown) => Presence::Unknown,
        }
    }

    /// When [`Sensors::tick`] is next of use, since start.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let told = self.told.map(|told| told.until);
        told.into_iter().chain(self.line.next_deadline()).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment {
            since_start: Duration::from_secs(seconds),
            unix_ms: seconds * 1000,
        }
    }

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_others_tell_counts_for_its_lifetime() {
        let mut sensors = Sensors::new(secs(600));
        assert_eq!(sensors.presence(), Presence::Unknown);
        assert_eq!(sensors.next_deadline(), None);
        sensors.tell(at(0), false, secs(120));
        assert_eq!(sensors.presence(), Presence::Nobody);
        assert_eq!(sensors.next_deadline(), Some(secs(120)));
        sensors.tick(at(119));
        assert_eq!(sensors.presence(), Presence::Nobody);
        sensors.tick(at(120));
        assert_eq!(sensors.presence(), Presence::Unknown);
    }

    #[test]
    fn one_sensor_that_sees_somebody_outweighs_one_that_sees_nobody() {
        for (told, movement, presence) in [
            (true, Some(false), Presence::Somebody),
            (false, Some(true), Presence::Somebody),
            (false, Some(false), Presence::Nobody),
            (false, None, Presence::Nobody),
            (true, None, Presence::Somebody),
        ] {
            let mut sensors = Sensors::new(secs(600));
            sensors.see(at(0), movement);
            sensors.tell(at(700), told, secs(120));
            sensors.tick(at(700));
            assert_eq!(sensors.presence(), presence, "{told} {movement:?}");
        }
    }
}
