//! The touch panel, by evdev.
//!
//! Drivers of touch panels report the first finger as a pointer too (`ABS_X`, `ABS_Y`,
//! `BTN_TOUCH`); that is all this reads.

use std::time::{Duration, Instant};

use board_api::profile::TouchRule;
use board_api::{BoardError, Touch, TouchPanel, Touched};
use evdev::{AbsoluteAxisCode, Device, EventSummary, KeyCode, SynchronizationCode};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::rule::like;

pub(crate) struct Panel {
    name: Option<String>,
    open: Option<Open>,
}

struct Open {
    device: Device,
    finger: Finger,
    /// Read and not told yet.
    waiting: std::collections::VecDeque<Touch>,
}

impl Panel {
    pub fn new(rule: &TouchRule) -> Self {
        let name = rule.name.as_ref().map(|name| name.as_str().to_owned());
        let mut panel = Self { name, open: None };
        // Touches before the first look are not lost.
        let _ = panel.open();
        panel
    }

    fn open(&mut self) -> Result<&mut Open, BoardError> {
        match &mut self.open {
            Some(open) => Ok(open),
            none => Ok(none.insert(find(self.name.as_deref())?)),
        }
    }

    fn look(&mut self, wait: Duration) -> Result<Option<Touch>, BoardError> {
        let open = self.open()?;
        if let Some(touch) = open.waiting.pop_front() {
            return Ok(Some(touch));
        }
        let timeout = Timespec::try_from(wait).map_err(|_| BoardError::Failed)?;
        let mut fds = [PollFd::new(&open.device, PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Err(BoardError::Failed),
        }
        match open.device.fetch_events() {
            Ok(events) => open
                .waiting
                .extend(events.filter_map(|event| open.finger.take(event.destructure()))),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return Err(BoardError::Unplugged),
        }
        Ok(open.waiting.pop_front())
    }
}

impl TouchPanel for Panel {
    fn next(&mut self, wait: Duration) -> Result<Option<Touch>, BoardError> {
        let end = Instant::now() + wait;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.look(left) {
                Ok(None) if Instant::now() < end => {}
                Ok(touch) => return Ok(touch),
                Err(error) => {
                    self.open = None;
                    return Err(error);
                }
            }
        }
    }
}

fn find(name: Option<&str>) -> Result<Open, BoardError> {
    let fits = |device: &Device| {
        let own = device.name().unwrap_or_default();
        let touched = device
            .supported_keys()
            .is_some_and(|keys| keys.contains(KeyCode::BTN_TOUCH));
        touched && name.is_none_or(|name| like(name, own))
    };
    let mut found: Vec<_> = evdev::enumerate()
        .filter(|(_, device)| fits(device))
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (_, device) in found {
        if let Some(finger) = Finger::of(&device) {
            let quiet = device.set_nonblocking(true);
            quiet.map_err(|_| BoardError::Failed)?;
            return Ok(Open {
                device,
                finger,
                waiting: std::collections::VecDeque::new(),
            });
        }
    }
    Err(BoardError::Unplugged)
}

/// Where one axis begins and ends.
#[derive(Clone, Copy, Debug)]
struct Axis {
    low: i32,
    high: i32,
}

impl Axis {
    fn fraction(self, value: i32) -> f32 {
        let span = f64::from(self.high) - f64::from(self.low);
        let place = (f64::from(value) - f64::from(self.low)) / span.max(1.0);
        place.clamp(0.0, 1.0) as f32
    }
}

/// What the first finger does, put together from the panel's single words.
#[derive(Debug)]
struct Finger {
    across: Axis,
    down: Axis,
    x: i32,
    y: i32,
    pressed: Option<bool>,
    moved: bool,
}

impl Finger {
    fn of(device: &Device) -> Option<Self> {
        let mut axes = (None, None);
        for (code, info) in device.get_absinfo().ok()? {
            let axis = Axis {
                low: info.minimum(),
                high: info.maximum(),
            };
            match code {
                AbsoluteAxisCode::ABS_X => axes.0 = Some(axis),
                AbsoluteAxisCode::ABS_Y => axes.1 = Some(axis),
                _ => {}
            }
        }
        Some(Self::between(axes.0?, axes.1?))
    }

    fn between(across: Axis, down: Axis) -> Self {
        Self {
            across,
            down,
            x: across.low,
            y: down.low,
            pressed: None,
            moved: false,
        }
    }

    /// A touch is whole at the end of each report.
    fn take(&mut self, event: EventSummary) -> Option<Touch> {
        match event {
            EventSummary::Key(_, KeyCode::BTN_TOUCH, value) => self.pressed = Some(value != 0),
            EventSummary::AbsoluteAxis(_, AbsoluteAxisCode::ABS_X, value) => {
                (self.x, self.moved) = (value, true);
            }
            EventSummary::AbsoluteAxis(_, AbsoluteAxisCode::ABS_Y, value) => {
                (self.y, self.moved) = (value, true);
            }
            EventSummary::Synchronization(_, SynchronizationCode::SYN_REPORT, _) => {
                return self.report();
            }
            _ => {}
        }
        None
    }

    fn report(&mut self) -> Option<Touch> {
        let what = match (self.pressed.take(), std::mem::take(&mut self.moved)) {
            (Some(true), _) => Touched::Down,
            (Some(false), _) => Touched::Up,
            (None, true) => Touched::Moved,
            (None, false) => return None,
        };
        Some(Touch {
            what,
            x: self.across.fraction(self.x),
            y: self.down.fraction(self.y),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evdev::{EventType, InputEvent};

    fn event(kind: EventType, code: u16, value: i32) -> EventSummary {
        InputEvent::new(kind.0, code, value).destructure()
    }

    #[test]
    fn a_finger_is_put_together_at_the_end_of_a_report() {
        let axis = |high| Axis { low: 0, high };
        let mut finger = Finger::between(axis(1000), axis(500));
        let (key, place, end) = (
            EventType::KEY,
            EventType::ABSOLUTE,
            EventType::SYNCHRONIZATION,
        );
        assert_eq!(finger.take(event(place, 0, 250)), None);
        assert_eq!(finger.take(event(place, 1, 500)), None);
        assert_eq!(finger.take(event(key, KeyCode::BTN_TOUCH.0, 1)), None);
        let down = finger.take(event(end, 0, 0)).unwrap();
        assert_eq!((down.what, down.x, down.y), (Touched::Down, 0.25, 1.0));
        finger.take(event(place, 0, 2000));
        let moved = finger.take(event(end, 0, 0)).unwrap();
        assert_eq!((moved.what, moved.x), (Touched::Moved, 1.0));
        finger.take(event(key, KeyCode::BTN_TOUCH.0, 0));
        let up = finger.take(event(end, 0, 0)).unwrap();
        assert_eq!(up.what, Touched::Up);
        assert_eq!(finger.take(event(end, 0, 0)), None);
    }

    #[test]
    fn an_axis_without_length_does_no_harm() {
        let axis = Axis { low: 7, high: 7 };
        assert_eq!(axis.fraction(7), 0.0);
        let widest = Axis {
            low: i32::MIN,
            high: i32::MAX,
        };
        assert_eq!(widest.fraction(i32::MAX), 1.0);
    }
}
