//! The room's calendar, from its settings to the room's day.
//!
//! Changes go to the task that follows it by a bounded queue: the mind never waits. A password
//! that cannot be read is tried again, like a server that does not answer.

use std::time::Duration;

use jiff::tz::TimeZone;
use room_calendar::{CalendarError, Handle, Login, Options, Order, Place};
use room_core::problem::Issue;
use room_meetings::day::{Day, Effect, Fact, Kept, MeetingSource, Policy};
use room_messages::api::{Language, Problem};
use room_settings::{CalendarSettings, Settings};
use tokio::sync::mpsc;

use crate::character;
use crate::clock::Clock;
use crate::mind::{self, Agenda, Mind};
use crate::told::Told;

/// Changes that may wait for a calendar; the day allows fewer.
const QUEUE: usize = 32;
/// How often a calendar that cannot be begun is tried again.
const AGAIN: Duration = Duration::from_secs(30);

/// The room's day, and what its calendar is to be told.
pub fn agenda(told: &Told, kept: Option<Kept>, clock: Clock) -> (Agenda, mpsc::Receiver<Effect>) {
    let policy = policy(told);
    let day = match kept {
        Some(kept) => Day::restored(policy, kept, clock.now()),
        None => Day::new(policy),
    };
    let (changes, taken) = mpsc::channel(QUEUE);
    let write = move |effect| {
        let sent = changes.try_send(effect);
        sent.map_err(mpsc::error::TrySendError::into_inner)
    };
    let empty_after = told.standby().empty_after;
    (Agenda::new(day, Box::new(write), empty_after), taken)
}

fn policy(told: &Told) -> Policy {
    let Told::Sound(settings) = told else {
        return Policy::default();
    };
    let meetings = &settings.meetings;
    Policy {
        join_before: meetings.join_before,
        automatic_join: meetings.automatic_join,
        automatic_leave: meetings.automatic_leave,
        release_after: meetings.release_after,
    }
}

/// Follows the calendar of the settings, if they have one, until the mind ends. Without one,
/// changes have no taker and are refused.
pub async fn follow(settings: &Settings, mut changes: mpsc::Receiver<Effect>, mind: Mind) {
    let Some(calendar) = &settings.calendar else {
        return;
    };
    let mut handle = begin(settings, calendar, &mind).await;
    loop {
        tokio::select! {
            fact = handle.facts.recv() => match fact {
                Some(fact) => mind.tell_day(fact).await,
                None => return,
            },
            change = changes.recv() => match change {
                Some(change) => pass_on(&handle, change, &mind).await,
                None => return,
            },
        }
    }
}

/// Never waits: who follows the calendar may itself be waiting for its facts to be taken.
async fn pass_on(handle: &Handle, change: Effect, mind: &Mind) {
    let request = mind::request(&change);
    let sent = handle.orders.try_send(Order::Apply(change));
    if let (Err(_), Some(request)) = (sent, request) {
        let result = Err(Issue::Busy.problem());
        mind.tell_day(Fact::Answered { request, result }).await;
    }
}

async fn begin(settings: &Settings, calendar: &CalendarSettings, mind: &Mind) -> Handle {
    loop {
        let problem = match start(settings, calendar) {
            Ok(handle) => return handle,
            Err(problem) => problem,
        };
        tracing::warn!(code = problem.code, "the calendar cannot be begun");
        let source = MeetingSource::Calendar;
        mind.tell_day(Fact::Away { source, problem }).await;
        tokio::time::sleep(AGAIN).await;
    }
}

fn start(settings: &Settings, calendar: &CalendarSettings) -> Result<Handle, Problem> {
    let login = calendar.login.as_ref().map(|login| {
        let password = login.password.read();
        let password = password.map_err(|error| Issue::SecretUnusable.about(&error.to_string()))?;
        let user = login.user.clone();
        Ok(Login { user, password })
    });
    let url = calendar.url.url().clone();
    let host = url.host_str().unwrap_or_default().to_owned();
    let place = Place {
        url,
        login: login.transpose()?,
        roots: Vec::new(),
    };
    let options = options(settings, calendar.interval);
    room_calendar::start(place, options).map_err(|error: CalendarError| error.problem(&host))
}

fn options(settings: &Settings, interval: Duration) -> Options {
    Options {
        interval,
        zone: zone(settings),
        visio: character::instances(settings),
        title: match settings.room.language {
            Language::En => "Booked at the room".to_owned(),
            Language::Fr => "Réservé dans la salle".to_owned(),
        },
    }
}

/// The settings name one that exists.
pub fn zone(settings: &Settings) -> TimeZone {
    TimeZone::get(&settings.time.zone).unwrap_or(TimeZone::UTC)
}
