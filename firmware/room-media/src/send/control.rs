//! When a device is open: pure. Time and facts in, orders out.
//!
//! Invariant: a device is open only while it is wanted, needed and plugged in. What is no
//! longer wanted is closed at once; what nobody needs any more after [`GRACE`], because viewers
//! come and go.

use std::time::Duration;

use room_messages::DeviceState;

/// How long a device nobody needs stays open.
pub const GRACE: Duration = Duration::from_secs(5);
/// Pause before a failed device is tried again.
pub const RETRY: Duration = Duration::from_secs(2);
/// A device that brings nothing for so long has failed. Some cameras take 2 s to start.
pub const SILENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Camera on, microphone not muted.
    Want(bool),
    /// Somebody watches or listens.
    Need(bool),
    /// Profile `sim`: the device is there.
    Plug(bool),
    /// A real device is there, or none is.
    Present(bool),
    /// Result of [`Order::Open`].
    Opened(bool),
    /// The open device reported an error or its end.
    Broke,
    /// Time goes by; `frames` is how many the device brought since the process began.
    Tick { frames: u64 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Open,
    Close,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    Open { frames: u64, since: Duration },
    Failed { retry_at: Duration },
}

/// State of one device.
#[derive(Clone, Debug)]
pub struct Control {
    absent: bool,
    wanted: bool,
    needed: bool,
    plugged: bool,
    unneeded_since: Option<Duration>,
    frames: u64,
    phase: Phase,
}

impl Control {
    /// `absent`: the settings name no device, or none is plugged in yet.
    #[must_use]
    pub fn new(absent: bool) -> Self {
        Self {
            absent,
            wanted: false,
            needed: true,
            plugged: true,
            unneeded_since: None,
            frames: 0,
            phase: Phase::Closed,
        }
    }

    /// What lamps and status show.
    #[must_use]
    pub fn state(&self) -> DeviceState {
        match self.phase {
            _ if self.absent => DeviceState::Absent,
            Phase::Closed if self.wanted && !self.needed => DeviceState::Standby,
            Phase::Closed => DeviceState::Off,
            Phase::Open { .. } => DeviceState::Live,
            Phase::Failed { .. } => DeviceState::Failed,
        }
    }

    /// `now` is any steady time.
    pub fn handle(&mut self, now: Duration, input: Input) -> Option<Order> {
        match input {
            Input::Want(wanted) => self.wanted = wanted,
            Input::Need(needed) => {
                self.needed = needed;
                self.unneeded_since = (!needed).then(|| self.unneeded_since.unwrap_or(now));
            }
            Input::Plug(plugged) => self.plugged = plugged,
            Input::Present(present) => self.absent = !present,
            // Opening may have taken long itself.
            Input::Opened(true) => self.begin_silence(now),
            Input::Opened(false) => return self.fail(now),
            Input::Broke => return self.fail(now),
            Input::Tick { frames } => {
                if self.stalled(now, frames) {
                    return self.fail(now);
                }
            }
        }
        self.settle(now)
    }

    fn begin_silence(&mut self, now: Duration) {
        if let Phase::Open { since, .. } = &mut self.phase {
            *since = now;
        }
    }

    fn stalled(&mut self, now: Duration, frames: u64) -> bool {
        self.frames = frames;
        match &mut self.phase {
            Phase::Open {
                frames: seen,
                since,
            } if *seen != frames => {
                (*seen, *since) = (frames, now);
                false
            }
            Phase::Open { since, .. } => now.saturating_sub(*since) >= SILENCE,
            _ => false,
        }
    }

    fn fail(&mut self, now: Duration) -> Option<Order> {
        let was_open = matches!(self.phase, Phase::Open { .. });
        if !was_open {
            return None;
        }
        self.phase = Phase::Failed {
            retry_at: now + RETRY,
        };
        Some(Order::Close)
    }

    /// Brings the device to where it should be.
    fn settle(&mut self, now: Duration) -> Option<Order> {
        let idle = self
            .unneeded_since
            .is_some_and(|since| now.saturating_sub(since) >= GRACE);
        let wanted = self.wanted && !self.absent;
        match self.phase {
            Phase::Open { .. } if !wanted || idle => {
                self.phase = Phase::Closed;
                Some(Order::Close)
            }
            Phase::Open { .. } if !self.plugged => self.fail(now),
            Phase::Failed { .. } if !wanted => {
                self.phase = Phase::Closed;
                None
            }
            Phase::Closed if wanted && self.needed => self.open(now),
            Phase::Failed { retry_at } if now >= retry_at && !idle => self.open(now),
            _ => None,
        }
    }

    fn open(&mut self, now: Duration) -> Option<Order> {
        if !self.plugged {
            self.phase = Phase::Failed {
                retry_at: now + RETRY,
            };
            return None;
        }
        self.phase = Phase::Open {
            frames: self.frames,
            since: now,
        };
        Some(Order::Open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn live() -> Control {
        let mut control = Control::new(false);
        assert_eq!(control.handle(at(0), Input::Want(true)), Some(Order::Open));
        assert_eq!(control.handle(at(0), Input::Opened(true)), None);
        control
    }

    #[test]
    fn switching_off_closes_at_once() {
        let mut control = live();
        assert_eq!(control.state(), DeviceState::Live);
        assert_eq!(
            control.handle(at(1), Input::Want(false)),
            Some(Order::Close)
        );
        assert_eq!(control.state(), DeviceState::Off);
        assert_eq!(control.handle(at(60_000), Input::Tick { frames: 0 }), None);
    }

    #[test]
    fn a_camera_nobody_watches_closes_after_a_grace_and_opens_at_once() {
        let mut control = live();
        assert_eq!(control.handle(at(0), Input::Need(false)), None);
        assert_eq!(control.handle(at(4000), Input::Tick { frames: 9 }), None);
        assert_eq!(
            control.handle(at(5000), Input::Tick { frames: 10 }),
            Some(Order::Close)
        );
        assert_eq!(control.state(), DeviceState::Standby);
        control.handle(at(6000), Input::Want(false));
        assert_eq!(control.state(), DeviceState::Off);
        control.handle(at(7000), Input::Want(true));
        assert_eq!(control.state(), DeviceState::Standby);
        assert_eq!(
            control.handle(at(9000), Input::Need(true)),
            Some(Order::Open)
        );
    }

    #[test]
    fn a_viewer_that_comes_back_in_time_keeps_the_camera_open() {
        let mut control = live();
        control.handle(at(0), Input::Need(false));
        control.handle(at(4000), Input::Need(true));
        assert_eq!(control.handle(at(8000), Input::Tick { frames: 9 }), None);
    }

    #[test]
    fn a_lost_device_is_reported_and_tried_again_until_it_is_back() {
        let mut control = live();
        assert_eq!(control.handle(at(0), Input::Broke), Some(Order::Close));
        assert_eq!(control.state(), DeviceState::Failed);
        assert_eq!(control.handle(at(1000), Input::Tick { frames: 0 }), None);
        assert_eq!(
            control.handle(at(2000), Input::Tick { frames: 0 }),
            Some(Order::Open)
        );
        assert_eq!(
            control.handle(at(2100), Input::Opened(false)),
            Some(Order::Close)
        );
        assert_eq!(control.state(), DeviceState::Failed);
        assert_eq!(
            control.handle(at(4100), Input::Tick { frames: 0 }),
            Some(Order::Open)
        );
    }

    #[test]
    fn a_silent_device_has_failed() {
        let mut control = live();
        assert_eq!(control.handle(at(4000), Input::Tick { frames: 1 }), None);
        assert_eq!(control.handle(at(8999), Input::Tick { frames: 1 }), None);
        assert_eq!(
            control.handle(at(9000), Input::Tick { frames: 1 }),
            Some(Order::Close)
        );
    }

    #[test]
    fn a_device_that_takes_long_to_open_has_as_long_as_any_to_bring_something() {
        let mut control = Control::new(false);
        control.handle(at(0), Input::Want(true));
        control.handle(at(12_000), Input::Opened(true));
        assert_eq!(control.handle(at(12_001), Input::Tick { frames: 0 }), None);
        assert_eq!(
            control.handle(at(17_000), Input::Tick { frames: 0 }),
            Some(Order::Close)
        );
    }

    #[test]
    fn an_unplugged_device_fails_and_comes_back_when_plugged_in() {
        let mut control = live();
        assert_eq!(
            control.handle(at(0), Input::Plug(false)),
            Some(Order::Close)
        );
        assert_eq!(control.handle(at(2000), Input::Tick { frames: 0 }), None);
        assert_eq!(control.state(), DeviceState::Failed);
        control.handle(at(3000), Input::Plug(true));
        assert_eq!(
            control.handle(at(4000), Input::Tick { frames: 0 }),
            Some(Order::Open)
        );
    }

    #[test]
    fn a_device_that_is_taken_away_is_absent_and_opens_when_it_is_back() {
        let mut control = live();
        let gone = control.handle(at(0), Input::Present(false));
        assert_eq!(gone, Some(Order::Close));
        assert_eq!(control.state(), DeviceState::Absent);
        assert_eq!(control.handle(at(9000), Input::Tick { frames: 0 }), None);
        let back = control.handle(at(9001), Input::Present(true));
        assert_eq!(back, Some(Order::Open));
        assert_eq!(control.state(), DeviceState::Live);
        control.handle(at(9002), Input::Broke);
        control.handle(at(9003), Input::Present(false));
        assert_eq!(control.state(), DeviceState::Absent);
        control.handle(at(9004), Input::Want(false));
        assert_eq!(control.handle(at(9005), Input::Present(true)), None);
        assert_eq!(control.state(), DeviceState::Off);
    }

    #[test]
    fn a_device_no_setting_names_never_opens() {
        let mut control = Control::new(true);
        assert_eq!(control.handle(at(0), Input::Want(true)), None);
        assert_eq!(control.state(), DeviceState::Absent);
    }

    #[test]
    fn in_any_order_of_events_nothing_is_open_that_is_not_wanted() {
        let inputs = [
            Input::Want(true),
            Input::Want(false),
            Input::Need(true),
            Input::Need(false),
            Input::Plug(true),
            Input::Plug(false),
            Input::Present(true),
            Input::Present(false),
            Input::Opened(true),
            Input::Opened(false),
            Input::Broke,
            Input::Tick { frames: 1 },
            Input::Tick { frames: 2 },
        ];
        let (mut control, mut open, mut wanted) = (Control::new(false), false, false);
        let mut random = 1_u32;
        for step in 0..20_000_u64 {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let input = inputs[(random >> 16) as usize % inputs.len()];
            if let Input::Want(value) = input {
                wanted = value;
            }
            match control.handle(at(step * 700), input) {
                Some(Order::Open) => assert!(!std::mem::replace(&mut open, true)),
                Some(Order::Close) => assert!(std::mem::replace(&mut open, false)),
                None => {}
            }
            assert!(!open || wanted);
            assert_eq!(open, control.state() == DeviceState::Live);
        }
    }
}
