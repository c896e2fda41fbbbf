//! Whether the room is awake, half awake, or stands by.
//!
//! Awake: somebody does something here, or is about to. Half awake: somebody is in the room and
//! nothing more; the display is on and says what can be done. Standby: the display is off.
//! Invariants: during a call the room is awake; in quiet hours neither presence nor a call that
//! rings in an empty room lights the display, but a touch does. Deliberately absent: the clock on
//! the wall. Whoever knows the time zone says whether it is quiet ([`Quiet::holds`]).

use std::time::Duration;

use room_messages::api::{Presence, Standby as Level};

/// Hours in which the room is not to disturb, in minutes since midnight, 0 to 1439; the end may be
/// on the next day. A beginning that is also the end is the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    pub from: u16,
    pub to: u16,
}

impl Quiet {
    /// Whether `minute` of the day is among them.
    #[must_use]
    pub fn holds(self, minute: u16) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

/// What the settings say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// For how long the room stays awake after somebody did something; `None`: for ever.
    pub after: Option<Duration>,
    /// Whether presence alone lights the display.
    pub half_wake: bool,
}

/// What the room is told, whole each time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    pub presence: Presence,
    /// A call is being joined, runs, or is being left.
    pub call: bool,
    /// A call rings.
    pub ringing: bool,
    /// When the latest meeting begins that can be joined, or began that runs; Unix milliseconds.
    pub meeting_ms: Option<u64>,
    /// Help was called for: its reference is on the display.
    pub help: bool,
    /// These are quiet hours.
    pub quiet: bool,
}

/// See the module. Times are since start.
#[derive(Clone, Debug)]
pub struct Standby {
    policy: Policy,
    around: Surroundings,
    /// Until when what happened last keeps the room awake.
    awake_until: Duration,
}

impl Standby {
    /// A room that starts is awake: somebody gave it its power.
    #[must_use]
    pub fn new(policy: Policy, now: Duration) -> Self {
        let mut standby = Self {
            policy,
            around: Surroundings::default(),
            awake_until: now,
        };
        standby.touch(now);
        standby
    }

    /// Somebody touched the room: a button, the panel, an order.
    pub fn touch(&mut self, now: Duration) {
        let after = self.policy.after.unwrap_or_default();
        self.awake_until = now.saturating_add(after);
    }

    /// Somebody sends the room to sleep; whoever is there stays in the light no longer than until
    /// they do something else. In a call it changes nothing.
    pub fn sleep(&mut self, now: Duration) {
        self.awake_until = now;
    }

    /// What is around the room now. The next meeting that can be joined, and the end of a
    /// call, of ringing and of help, keep the room awake like a touch.
    pub fn hear(&mut self, now: Duration, around: Surroundings) {
        let before = std::mem::replace(&mut self.around, around);
        let ended = (before.call && !around.call)
            || (before.ringing && !around.ringing && self.lights(before))
            || (before.help && !around.help);
        if ended || around.meeting_ms > before.meeting_ms {
            self.touch(now);
        }
    }

    #[must_use]
    pub fn level(&self, now: Duration) -> Level {
        let around = self.around;
        let wanted = around.call || around.help || self.lights(around);
        if self.policy.after.is_none() || wanted || now < self.awake_until {
            return Level::Awake;
        }
        let somebody = around.presence == Presence::Somebody;
        if self.policy.half_wake && somebody && !around.quiet {
            return Level::HalfAwake;
        }
        Level::Standby
    }

    /// Whether it rings, and for somebody.
    fn lights(&self, around: Surroundings) -> bool {
        around.ringing && (!around.quiet || around.presence == Presence::Somebody)
    }

    /// When the level changes by time alone, since start.
    #[must_use]
    pub fn next_deadline(&self, now: Duration) -> Option<Duration> {
        let ends = self.policy.after.is_some() && now < self.awake_until;
        ends.then_some(self.awake_until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AFTER: Duration = Duration::from_secs(600);

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn policy(half_wake: bool) -> Policy {
        Policy {
            after: Some(AFTER),
            half_wake,
        }
    }

    /// A room that has stood by for long.
    fn asleep(half_wake: bool) -> Standby {
        let standby = Standby::new(policy(half_wake), secs(0));
        assert_eq!(standby.level(secs(599)), Level::Awake);
        assert_eq!(standby.next_deadline(secs(0)), Some(AFTER));
        assert_eq!(standby.level(secs(600)), Level::Standby);
        assert_eq!(standby.next_deadline(secs(600)), None);
        standby
    }

    fn empty() -> Surroundings {
        Surroundings::default()
    }

    #[test]
    fn each_thing_around_the_room_comes_to_its_level() {
        let somebody = Surroundings {
            presence: Presence::Somebody,
            ..empty()
        };
        let quiet = |around| Surroundings {
            quiet: true,
            ..around
        };
        let call = Surroundings {
            call: true,
            ..empty()
        };
        let help = Surroundings {
            help: true,
            ..empty()
        };
        let rings = |around| Surroundings {
            ringing: true,
            ..around
        };
        for (around, half_wake, level) in [
            (empty(), true, Level::Standby),
            (somebody, true, Level::HalfAwake),
            (somebody, false, Level::Standby),
            (quiet(somebody), true, Level::Standby),
            (call, true, Level::Awake),
            (quiet(call), false, Level::Awake),
            (quiet(help), false, Level::Awake),
            (rings(empty()), true, Level::Awake),
            (quiet(rings(empty())), true, Level::Standby),
            (quiet(rings(somebody)), true, Level::Awake),
        ] {
            let mut standby = asleep(half_wake);
            standby.hear(secs(1000), around);
            assert_eq!(standby.level(secs(1000)), level, "{around:?} {half_wake}");
        }
    }

    #[test]
    fn a_touch_wakes_also_in_quiet_hours_and_for_a_while() {
        let mut standby = asleep(true);
        let quiet = Surroundings {
            quiet: true,
            ..empty()
        };
        standby.hear(secs(1000), quiet);
        standby.touch(secs(1000));
        assert_eq!(standby.level(secs(1599)), Level::Awake);
        assert_eq!(standby.level(secs(1600)), Level::Standby);
        standby.touch(secs(1700));
        standby.sleep(secs(1701));
        assert_eq!(standby.level(secs(1701)), Level::Standby);
    }

    #[test]
    fn a_meeting_wakes_once_when_it_can_be_joined_and_does_not_keep_an_empty_room_awake() {
        let mut standby = asleep(true);
        let meeting = Surroundings {
            meeting_ms: Some(5),
            quiet: true,
            ..empty()
        };
        standby.hear(secs(1000), meeting);
        assert_eq!(standby.level(secs(1000)), Level::Awake);
        standby.hear(secs(1500), meeting);
        assert_eq!(standby.level(secs(1600)), Level::Standby);
        let next = Surroundings {
            meeting_ms: Some(6),
            ..meeting
        };
        standby.hear(secs(2000), next);
        assert_eq!(standby.level(secs(2000)), Level::Awake);
        standby.sleep(secs(2001));
        standby.hear(secs(2002), empty());
        assert_eq!(standby.level(secs(2002)), Level::Standby);
    }

    #[test]
    fn after_a_call_the_room_stays_awake_for_a_while_and_then_as_long_as_somebody_is_there() {
        let mut standby = asleep(true);
        let call = Surroundings {
            call: true,
            presence: Presence::Somebody,
            ..empty()
        };
        standby.hear(secs(1000), call);
        standby.hear(
            secs(9000),
            Surroundings {
                call: false,
                ..call
            },
        );
        assert_eq!(standby.level(secs(9599)), Level::Awake);
        assert_eq!(standby.level(secs(9600)), Level::HalfAwake);
        let nobody = Surroundings {
            presence: Presence::Nobody,
            ..empty()
        };
        standby.hear(secs(9700), nobody);
        assert_eq!(standby.level(secs(9700)), Level::Standby);
    }

    #[test]
    fn a_ring_nobody_was_to_see_leaves_no_light_behind() {
        let mut standby = asleep(true);
        let quiet = Surroundings {
            quiet: true,
            ..empty()
        };
        let rings = Surroundings {
            ringing: true,
            ..quiet
        };
        standby.hear(secs(1000), rings);
        standby.hear(secs(1030), quiet);
        assert_eq!(standby.level(secs(1030)), Level::Standby);
    }

    #[test]
    fn a_room_that_never_stands_by_never_does() {
        let never = Policy {
            after: None,
            half_wake: true,
        };
        let mut standby = Standby::new(never, secs(0));
        standby.sleep(secs(1));
        assert_eq!(standby.level(secs(1_000_000)), Level::Awake);
        assert_eq!(standby.next_deadline(secs(1)), None);
    }

    #[test]
    fn quiet_hours_may_go_over_midnight() {
        let night = Quiet {
            from: 1200,
            to: 420,
        };
        let day = Quiet {
            from: 420,
            to: 1200,
        };
        for (minute, by_night) in [
            (0, true),
            (419, true),
            (420, false),
            (1199, false),
            (1200, true),
            (1439, true),
        ] {
            assert_eq!(night.holds(minute), by_night, "{minute}");
            assert_eq!(day.holds(minute), !by_night, "{minute}");
        }
        assert!(Quiet { from: 5, to: 5 }.holds(900));
    }
}
