//! Whether a boot is good.
//!
//! A system on trial is good when `roomd` is ready with camera, microphone and homeserver as they
//! were before, or as the settings excuse, and stays so for a while. A system that has proven
//! itself is good as soon as the room answers: a camera that was unplugged since then, or a
//! network that is down, is no reason to fall back to an older one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Reason;

/// Longest wait for a verdict, unless another is given.
pub const PATIENCE: Duration = Duration::from_secs(300);
/// How long a system on trial must stay well: longer than a `mediad` that comes up only to crash.
pub const STEADY: Duration = Duration::from_secs(15);

/// What works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub camera: bool,
    pub microphone: bool,
    pub homeserver: bool,
}

/// How the unit was before the update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// Nobody has commissioned it.
    Uncommissioned,
    Room(Health),
}

/// What the settings let a room do without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excused {
    pub camera: bool,
    pub microphone: bool,
    pub homeserver: bool,
}

/// One look at the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// There are no settings to run a room with.
    Uncommissioned,
    /// `roomd` does not answer.
    Silent,
    /// It answers, but media is not there yet.
    NotReady,
    Ready(Health),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Wait,
    Good,
    Bad(Reason),
}

/// Looks at the unit until there is a verdict.
#[derive(Clone, Debug)]
pub struct Judge {
    /// `None`: the system has proven itself before.
    trial: Option<Before>,
    excused: Excused,
    patience: Duration,
    well_since: Option<Duration>,
}

impl Judge {
    /// For a system on trial that follows one that was `before`.
    #[must_use]
    pub fn of_trial(before: Before, excused: Excused) -> Self {
        Self {
            trial: Some(before),
            excused,
            patience: PATIENCE,
            well_since: None,
        }
    }

    /// For a system that has proven itself.
    #[must_use]
    pub fn of_known() -> Self {
        Self {
            trial: None,
            excused: Excused::default(),
            patience: PATIENCE,
            well_since: None,
        }
    }

    /// With another longest wait.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// What the unit looks like `after` the judge began.
    pub fn look(&mut self, after: Duration, seen: Seen) -> Verdict {
        let Some(wrong) = self.wrong(seen) else {
            let since = *self.well_since.get_or_insert(after);
            let long_enough = self.trial.is_none() || after.saturating_sub(since) >= STEADY;
            return if long_enough {
                Verdict::Good
            } else {
                Verdict::Wait
            };
        };
        self.well_since = None;
        if after >= self.patience {
            Verdict::Bad(wrong)
        } else {
            Verdict::Wait
        }
    }

    fn wrong(&self, seen: Seen) -> Option<Reason> {
        match (self.trial, seen) {
            (None, Seen::Silent) => Some(Reason::RoomSilent),
            (None, _) | (Some(Before::Uncommissioned), Seen::Uncommissioned) => None,
            (Some(Before::Room(_)), Seen::Uncommissioned) => Some(Reason::SettingsLost),
            (Some(_), Seen::Silent) => Some(Reason::RoomSilent),
            (Some(_), Seen::NotReady) => Some(Reason::NotReady),
            // It was commissioned meanwhile: nothing to compare with.
            (Some(Before::Uncommissioned), Seen::Ready(_)) => None,
            (Some(Before::Room(before)), Seen::Ready(now)) => self.lost(before, now),
        }
    }

    fn lost(&self, before: Health, now: Health) -> Option<Reason> {
        let lost = |before: bool, now: bool, excused: bool| before && !now && !excused;
        if lost(before.camera, now.camera, self.excused.camera) {
            Some(Reason::CameraLost)
        } else if lost(before.microphone, now.microphone, self.excused.microphone) {
            Some(Reason::MicrophoneLost)
        } else if lost(before.homeserver, now.homeserver, self.excused.homeserver) {
            Some(Reason::HomeserverLost)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Health = Health {
        camera: true,
        microphone: true,
        homeserver: true,
    };
    const NOTHING: Health = Health {
        camera: false,
        microphone: false,
        homeserver: false,
    };

    fn seconds(s: u64) -> Duration {
        Duration::from_secs(s)
    }

    /// The verdict when the same is seen for ever.
    fn end(mut judge: Judge, seen: Seen) -> Verdict {
        for after in 0..=PATIENCE.as_secs() {
            match judge.look(seconds(after), seen) {
                Verdict::Wait => {}
                verdict => return verdict,
            }
        }
        panic!("there is a verdict by then");
    }

    #[test]
    fn a_system_on_trial_must_have_what_was_there_before() {
        let table = [
            (ALL, Seen::Ready(ALL), Verdict::Good),
            (NOTHING, Seen::Ready(NOTHING), Verdict::Good),
            (NOTHING, Seen::Ready(ALL), Verdict::Good),
            (
                ALL,
                Seen::Ready(Health {
                    camera: false,
                    ..ALL
                }),
                Verdict::Bad(Reason::CameraLost),
            ),
            (
                ALL,
                Seen::Ready(Health {
                    microphone: false,
                    ..ALL
                }),
                Verdict::Bad(Reason::MicrophoneLost),
            ),
            (
                ALL,
                Seen::Ready(Health {
                    homeserver: false,
                    ..ALL
                }),
                Verdict::Bad(Reason::HomeserverLost),
            ),
            (NOTHING, Seen::Silent, Verdict::Bad(Reason::RoomSilent)),
            (NOTHING, Seen::NotReady, Verdict::Bad(Reason::NotReady)),
            (
                NOTHING,
                Seen::Uncommissioned,
                Verdict::Bad(Reason::SettingsLost),
            ),
        ];
        for (before, seen, expected) in table {
            let judge = Judge::of_trial(Before::Room(before), Excused::default());
            assert_eq!(end(judge, seen), expected, "{seen:?}");
        }
    }

    #[test]
    fn what_the_settings_excuse_may_be_missing() {
        let excused = Excused {
            camera: true,
            microphone: true,
            homeserver: true,
        };
        let judge = Judge::of_trial(Before::Room(ALL), excused);
        assert_eq!(end(judge, Seen::Ready(NOTHING)), Verdict::Good);
    }

    #[test]
    fn a_unit_nobody_commissioned_is_good_without_a_room() {
        let judge = Judge::of_trial(Before::Uncommissioned, Excused::default());
        assert_eq!(end(judge, Seen::Uncommissioned), Verdict::Good);
        assert_eq!(end(Judge::of_known(), Seen::Uncommissioned), Verdict::Good);
    }

    #[test]
    fn a_proven_system_is_not_left_for_a_missing_camera_or_network() {
        assert_eq!(end(Judge::of_known(), Seen::Ready(NOTHING)), Verdict::Good);
        assert_eq!(end(Judge::of_known(), Seen::NotReady), Verdict::Good);
        assert_eq!(
            end(Judge::of_known(), Seen::Silent),
            Verdict::Bad(Reason::RoomSilent)
        );
    }

    #[test]
    fn a_system_that_comes_and_goes_is_not_good() {
        let mut judge = Judge::of_trial(Before::Room(ALL), Excused::default());
        for round in 0..50 {
            let at = seconds(round * 10);
            let seen = if round % 2 == 0 {
                Seen::Ready(ALL)
            } else {
                Seen::Silent
            };
            match judge.look(at, seen) {
                Verdict::Good => panic!("it was never well for {STEADY:?}"),
                Verdict::Bad(reason) => return assert_eq!(reason, Reason::RoomSilent),
                Verdict::Wait => {}
            }
        }
        panic!("there is a verdict by then");
    }

    #[test]
    fn a_slow_start_is_waited_for() {
        let mut judge = Judge::of_trial(Before::Room(ALL), Excused::default());
        assert_eq!(judge.look(seconds(0), Seen::Silent), Verdict::Wait);
        assert_eq!(judge.look(seconds(200), Seen::NotReady), Verdict::Wait);
        assert_eq!(judge.look(seconds(250), Seen::Ready(ALL)), Verdict::Wait);
        assert_eq!(judge.look(seconds(265), Seen::Ready(ALL)), Verdict::Good);
    }
}
