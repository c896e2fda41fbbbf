//! Lines by the kernel's character devices.
//!
//! The kernel removes bounce itself, in hardware where the chip can. A chip that goes away hangs
//! up its lines; they are asked for again by name, because the chip comes back under another
//! number.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use board_api::BoardError;
use board_api::profile::{Active, Bias, Line};
use gpiocdev::Request;
use gpiocdev::line::{EdgeDetection, EdgeKind, Offset, Value};
use gpiocdev::request::Builder;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::chips::Search;
use super::{CONSUMER, Gpio, Inputs, Output};

/// Changes the kernel keeps for a line until they are read (gpio-v2-line-request,
/// `event_buffer_size`).
const KEPT: usize = 16;

pub(crate) struct Chardev;

impl Gpio for Chardev {
    fn inputs(&self, lines: Vec<Line>) -> Box<dyn Inputs> {
        let held = lines.iter().map(|_| None).collect();
        let mut group = Group {
            lines,
            held,
            search: Search::default(),
        };
        // Not there: said when it is used.
        let _ = group.hold();
        Box::new(group)
    }

    fn output(&self, line: &Line, active: bool) -> Box<dyn Output> {
        let mut lamp = Lamp {
            line: line.clone(),
            active,
            held: None,
            search: Search::default(),
        };
        let _ = lamp.hold();
        Box::new(lamp)
    }
}

/// A line that is ours.
struct Held {
    request: Request,
    offset: Offset,
    /// Changes not told yet, oldest first: their times and the new states.
    waiting: VecDeque<(u64, bool)>,
}

impl Held {
    /// Takes all there are at once: a read that has room for one makes Linux 7.3 forget those
    /// behind it, and the next press is never told.
    fn read(&mut self) -> Result<(), BoardError> {
        let size = self.request.edge_event_u64_size();
        let mut words = vec![0; size * KEPT];
        let failed = |error| kind(&error);
        let count = self.request.read_edge_events_into_slice(&mut words);
        let words = words.get(..count.map_err(failed)?).unwrap_or_default();
        for event in words.chunks_exact(size) {
            let event = self.request.edge_event_from_slice(event).map_err(failed)?;
            let active = event.kind == EdgeKind::Rising;
            self.waiting.push_back((event.timestamp_ns, active));
        }
        Ok(())
    }
}

fn request(line: &Line, shape: impl Fn(&mut Builder)) -> Result<Held, BoardError> {
    let name = line.line.as_str();
    let found = gpiocdev::find_named_line(name).ok_or(BoardError::Unplugged)?;
    let mut builder = Request::builder();
    builder.with_consumer(CONSUMER).with_found_line(&found);
    shape(&mut builder);
    if line.active == Active::Low {
        builder.as_active_low();
    }
    let request = builder.request().map_err(|error| {
        tracing::debug!(line = name, %error, "line refused");
        kind(&error)
    })?;
    Ok(Held {
        request,
        offset: found.info.offset,
        waiting: VecDeque::new(),
    })
}

fn kind(error: &gpiocdev::Error) -> BoardError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(one) = cause {
        // The number of the system's error is in the last cause; its type is not public.
        let text = one.to_string();
        for (sign, kind) in [
            ("busy", BoardError::Busy),
            ("ermission", BoardError::NotAllowed),
            ("ermitted", BoardError::NotAllowed),
            ("No such device", BoardError::Unplugged),
        ] {
            if text.contains(sign) {
                return kind;
            }
        }
        cause = one.source();
    }
    BoardError::Failed
}

struct Group {
    lines: Vec<Line>,
    /// Those that could be had, each at its line's place.
    held: Vec<Option<Held>>,
    search: Search,
}

impl Group {
    /// Asks for every line that is not ours yet.
    ///
    /// # Errors
    /// The first refusal; the other lines are ours all the same.
    fn hold(&mut self) -> Result<(), BoardError> {
        if self.held.iter().all(Option::is_some) {
            return Ok(());
        }
        let (lines, held) = (&self.lines, &mut self.held);
        self.search.again(|| {
            let mut all = Ok(());
            for (line, held) in lines.iter().zip(held) {
                if held.is_none() {
                    match input(line) {
                        Ok(had) => *held = Some(had),
                        Err(error) => all = all.and(Err(error)),
                    }
                }
            }
            all
        })
    }

    /// Takes the changes of every line that has some and none waiting, after at most `wait`. A line
    /// that went away is given back, so that the next use asks for it anew.
    ///
    /// # Errors
    /// What befell a line; the others have been read all the same.
    fn take(&mut self, wait: Duration) -> Result<(), BoardError> {
        let timeout = Timespec::try_from(wait).map_err(|_| BoardError::Failed)?;
        let lines = self.held.iter_mut().filter(|held| held.is_some());
        let mut lines: Vec<&mut Option<Held>> = lines.collect();
        let ours = lines.iter().filter_map(|held| held.as_ref());
        let mut fds: Vec<PollFd<'_>> = ours
            .map(|held| PollFd::new(&held.request, PollFlags::IN))
            .collect();
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Err(BoardError::Failed),
        }
        let seen: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
        let mut all = Ok(());
        for (held, seen) in lines.iter_mut().zip(seen) {
            if let Err(error) = read(held, seen) {
                **held = None;
                all = all.and(Err(error));
            }
        }
        all
    }

    /// The oldest change of all lines.
    fn oldest(&mut self) -> Option<(usize, bool)> {
        let waiting = self.held.iter_mut().enumerate();
        let (_, number, held) = waiting
            .filter_map(|(number, held)| {
                let held = held.as_mut()?;
                Some((held.waiting.front()?.0, number, held))
            })
            .min_by_key(|(time, ..)| *time)?;
        let (_, active) = held.waiting.pop_front()?;
        Some((number, active))
    }
}

fn input(line: &Line) -> Result<Held, BoardError> {
    request(line, |builder| {
        builder
            .as_input()
            .with_edge_detection(EdgeDetection::BothEdges);
        if !line.debounce_ms.duration().is_zero() {
            builder.with_debounce_period(line.debounce_ms.duration());
        }
        if let Some(bias) = bias(line.bias) {
            builder.with_bias(bias);
        }
    })
}

/// Takes what a line has, as far as it was seen to have something.
fn read(held: &mut Option<Held>, seen: PollFlags) -> Result<(), BoardError> {
    if seen.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL) {
        return Err(BoardError::Unplugged);
    }
    match held {
        Some(held) if seen.contains(PollFlags::IN) && held.waiting.is_empty() => held.read(),
        _ => Ok(()),
    }
}

impl Inputs for Group {
    fn is_active(&mut self, number: usize) -> Result<bool, BoardError> {
        let all = self.hold();
        let held = self.held.get_mut(number).ok_or(BoardError::Failed)?;
        let Some(ours) = held else {
            return Err(all.err().unwrap_or(BoardError::Failed));
        };
        match ours.request.value(ours.offset) {
            Ok(value) => Ok(value == Value::Active),
            Err(error) => {
                *held = None;
                Err(kind(&error))
            }
        }
    }

    fn next(&mut self, wait: Duration) -> Result<Option<(usize, bool)>, BoardError> {
        let end = Instant::now() + wait;
        let mut all = self.hold();
        if self.held.iter().all(Option::is_none) {
            // Nothing to wait for; without lines nothing is wrong either.
            all?;
            std::thread::sleep(wait);
            return Ok(None);
        }
        loop {
            let waiting = self
                .held
                .iter()
                .flatten()
                .any(|held| !held.waiting.is_empty());
            let left = match waiting {
                true => Duration::ZERO,
                false => end.saturating_duration_since(Instant::now()),
            };
            all = all.and(self.take(left));
            if let Some(change) = self.oldest() {
                return Ok(Some(change));
            }
            if all.is_err() || Instant::now() >= end {
                return all.map(|()| None);
            }
        }
    }
}

fn bias(bias: Bias) -> Option<gpiocdev::line::Bias> {
    match bias {
        Bias::AsIs => None,
        Bias::None => Some(gpiocdev::line::Bias::Disabled),
        Bias::PullUp => Some(gpiocdev::line::Bias::PullUp),
        Bias::PullDown => Some(gpiocdev::line::Bias::PullDown),
    }
}

const fn value(active: bool) -> Value {
    if active {
        Value::Active
    } else {
        Value::Inactive
    }
}

struct Lamp {
    line: Line,
    /// What it was set to last.
    active: bool,
    held: Option<Held>,
    search: Search,
}

impl Lamp {
    /// It is as it was set last from the moment it is ours, also after its chip was away.
    fn hold(&mut self) -> Result<&Held, BoardError> {
        match &mut self.held {
            Some(held) => Ok(held),
            none => {
                let value = value(self.active);
                let line = &self.line;
                let held = self.search.again(|| {
                    request(line, |builder| {
                        builder.as_output(value);
                    })
                })?;
                Ok(none.insert(held))
            }
        }
    }
}

impl Output for Lamp {
    fn set(&mut self, active: bool) -> Result<(), BoardError> {
        self.active = active;
        let value = value(active);
        let held = self.hold()?;
        held.request.set_value(held.offset, value).map_err(|error| {
            self.held = None;
            kind(&error)
        })
    }
}
