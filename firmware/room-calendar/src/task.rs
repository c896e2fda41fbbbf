//! The task that keeps one calendar up to date.
//!
//! In: orders of the day, from a bounded queue; time. Out: facts for the day, into a bounded
//! queue. It ends when either end is dropped.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;
use room_meetings::day::{Effect, Fact, MeetingSource};
use room_meetings::ical::{Draft, Reading, Window};
use room_meetings::links::Instances;
use room_meetings::polling::{Outcome, Polling};
use room_messages::api::Problem;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::{Calendar, CalendarError, Place};

const QUEUE: usize = 32;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// How far the room looks ahead.
const AHEAD_MS: i64 = 14 * DAY_MS;

/// How a calendar is followed.
#[derive(Clone, Debug)]
pub struct Options {
    /// Between two questions while all is well.
    pub interval: Duration,
    /// The room's time zone.
    pub zone: TimeZone,
    pub visio: Instances,
    /// Title of what is booked in the room.
    pub title: String,
}

/// What the task is told.
#[derive(Clone, Debug)]
pub enum Order {
    /// `Book`, `Change` or `Delete` of the day; others are ignored.
    Apply(Effect),
    /// Ask now: somebody looks.
    Refresh,
}

/// Both ends of the task.
#[derive(Debug)]
pub struct Handle {
    pub orders: mpsc::Sender<Order>,
    pub facts: mpsc::Receiver<Fact>,
}

/// Starts the task.
///
/// # Errors
/// [`CalendarError::Client`].
pub fn start(place: Place, options: Options) -> Result<Handle, CalendarError> {
    let calendar = Calendar::new(place, options.zone.clone())?;
    let (orders, taken) = mpsc::channel(QUEUE);
    let (told, facts) = mpsc::channel(QUEUE);
    let follower = Follower {
        polling: Polling::new(options.interval),
        calendar,
        options,
        facts: told,
    };
    tokio::spawn(follower.run(taken));
    Ok(Handle { orders, facts })
}

struct Follower {
    calendar: Calendar,
    options: Options,
    polling: Polling,
    facts: mpsc::Sender<Fact>,
}

/// Nobody listens any more.
struct Ended;

impl Follower {
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut next = Instant::now();
        loop {
            let order = tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => Some(order),
                    None => return,
                },
                () = sleep_until(next) => None,
                () = self.facts.closed() => return,
            };
            if let Some(Order::Apply(effect)) = order
                && self.apply(effect).await.is_err()
            {
                return;
            }
            let Ok(wait) = self.poll().await else { return };
            next = Instant::now() + wait;
        }
    }

    /// Asks the calendar and tells what it says; how long to wait until the next time.
    async fn poll(&mut self) -> Result<Duration, Ended> {
        let (fact, outcome) = match self.ask().await {
            Ok(fact) => (fact, Outcome::Well),
            Err(error) => {
                let problem = self.problem(&error);
                tracing::warn!(code = problem.code, error = %error, "the calendar is away");
                let source = MeetingSource::Calendar;
                (Fact::Away { source, problem }, error.outcome())
            }
        };
        self.facts.send(fact).await.map_err(|_| Ended)?;
        Ok(self.polling.next(outcome, chance()))
    }

    async fn ask(&mut self) -> Result<Fact, CalendarError> {
        let window = window(now_ms());
        self.calendar.refresh(window).await?;
        let found = self.calendar.found(&Reading {
            window,
            zone: &self.options.zone,
            visio: &self.options.visio,
        })?;
        tracing::debug!(
            meetings = found.meetings.len(),
            skipped = found.skipped,
            "the calendar was read"
        );
        Ok(Fact::Known {
            source: MeetingSource::Calendar,
            writable: self.calendar.is_writable(),
            meetings: found.meetings,
            cut_short: found.cut_short,
        })
    }

    /// Carries a change out; where somebody else was quicker, once more on what is there now.
    async fn apply(&mut self, effect: Effect) -> Result<(), Ended> {
        let request = match &effect {
            Effect::Book { request, .. }
            | Effect::Change { request, .. }
            | Effect::Delete { request, .. } => *request,
            _ => return Ok(()),
        };
        let mut result = self.write(&effect).await;
        if matches!(result, Err(CalendarError::Conflict)) {
            result = match self.calendar.refresh(window(now_ms())).await {
                Ok(()) => self.write(&effect).await,
                Err(error) => Err(error),
            };
        }
        let result = result.map_err(|error| self.problem(&error));
        let fact = Fact::Answered { request, result };
        self.facts.send(fact).await.map_err(|_| Ended)
    }

    async fn write(&self, effect: &Effect) -> Result<(), CalendarError> {
        let now_ms = now_ms();
        match effect {
            Effect::Book {
                begins_ms, ends_ms, ..
            } => {
                let uid = uuid::Uuid::new_v4().to_string();
                let draft = Draft {
                    uid: &uid,
                    title: &self.options.title,
                    begins_ms: *begins_ms,
                    ends_ms: *ends_ms,
                };
                self.calendar.book(&draft, now_ms).await
            }
            Effect::Change { key, ends_ms, .. } => {
                self.calendar.set_end(key, *ends_ms, now_ms).await
            }
            Effect::Delete { key, .. } => self.calendar.delete(key, now_ms).await,
            _ => Ok(()),
        }
    }

    fn problem(&self, error: &CalendarError) -> Problem {
        error.problem(self.calendar.host())
    }
}

/// From yesterday on, and the same all day long: a copy of it serves as long.
fn window(now_ms: i64) -> Window {
    let day = now_ms.div_euclid(DAY_MS) * DAY_MS;
    Window {
        from_ms: day - DAY_MS,
        to_ms: day + AHEAD_MS,
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.unwrap_or_default().as_millis();
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// Enough chance to spread questions; nothing secret hangs on it.
fn chance() -> u32 {
    uuid::Uuid::new_v4().as_fields().0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_stays_the_same_for_a_day() {
        let morning = 20_500 * DAY_MS;
        assert_eq!(window(morning), window(morning + DAY_MS - 1));
        assert_ne!(window(morning), window(morning + DAY_MS));
    }
}
