//! The room's day beside the room's call: what each must hear of the other.
//!
//! Invariant: no I/O, no clock. The day orders a call as people do, by an [`Ask`]; what it wants
//! written goes to the calendar, and a calendar that cannot take it has refused it.

use std::time::Duration;

use room_core::Moment;
use room_core::input::Ask;
use room_core::presence::Sensors;
use room_core::problem::Issue;
use room_meetings::day::{self, CallNow, Day, Effect, Fact, RequestId};
use room_messages::api::meetings::{MeetingEntry, MeetingPhase, Meetings};
use room_messages::api::{Call, Phase, Presence, Problem};

/// Takes changes to the calendar; the change comes back when it cannot.
pub type Calendar = Box<dyn Fn(Effect) -> Result<(), Effect> + Send>;

/// See the module.
pub struct Agenda {
    day: Day,
    calendar: Calendar,
    /// The call as the day knows it.
    call: Option<CallNow>,
    /// What Join leads to, as the mind knows it.
    lit: Option<String>,
    sensors: Sensors,
    /// Who is there, as the day was last told.
    presence: Presence,
    unsaved: bool,
}

impl Agenda {
    /// `empty_after`: as [`Sensors::new`] takes it.
    pub fn new(day: Day, calendar: Calendar, empty_after: Duration) -> Self {
        Self {
            day,
            calendar,
            call: None,
            lit: None,
            sensors: Sensors::new(empty_after),
            presence: Presence::default(),
            unsaved: false,
        }
    }

    pub fn view(&self, now: Moment) -> Meetings {
        self.day.view(now)
    }

    pub fn presence(&self) -> Presence {
        self.presence
    }

    pub fn next_deadline(&self, now: Moment) -> Duration {
        let day = self.day.next_deadline(now);
        let sensors = self.sensors.next_deadline();
        sensors.map_or(day, |at| at.min(day))
    }

    /// A sensor tells who is there; it counts for so long.
    pub fn sensed(&mut self, now: Moment, somebody: bool, lifetime: Duration) -> Vec<Ask> {
        self.sensors.tell(now, somebody, lifetime);
        self.tick(now)
    }

    /// The board's own sensor sees movement or not; `None`: it cannot be read.
    pub fn moved(&mut self, now: Moment, movement: Option<bool>) -> Vec<Ask> {
        self.sensors.see(now, movement);
        self.tick(now)
    }

    /// Time passed.
    pub fn tick(&mut self, now: Moment) -> Vec<Ask> {
        self.sensors.tick(now);
        let presence = self.sensors.presence();
        if presence == self.presence {
            return self.hear(now, Fact::Tick);
        }
        self.presence = presence;
        self.hear(now, Fact::Presence(presence))
    }

    /// What a press on the Join button leads to, when that is something else than before.
    pub fn lit_anew(&mut self, meetings: &Meetings) -> Option<Option<String>> {
        let new = lit(meetings);
        if new == self.lit {
            return None;
        }
        self.lit.clone_from(&new);
        Some(new)
    }

    /// The day to write, if it changed since it was last taken.
    pub fn unsaved(&mut self) -> Option<day::Kept> {
        std::mem::take(&mut self.unsaved).then(|| self.day.kept())
    }

    /// It could not be written.
    pub fn save_again(&mut self) {
        self.unsaved = true;
    }

    pub fn hear(&mut self, now: Moment, fact: Fact) -> Vec<Ask> {
        let effects = self.day.handle(now, fact);
        self.carry_out(now, effects)
    }

    /// What people ask.
    ///
    /// # Errors
    /// Why it is not done (`MEET-…`).
    pub fn ask(&mut self, now: Moment, ask: day::Ask) -> Result<Vec<Ask>, Problem> {
        let effects = self.day.ask(now, ask)?;
        Ok(self.carry_out(now, effects))
    }

    /// Tells the day of the call; `None` when that is the same as before.
    pub fn call_is(&mut self, now: Moment, call: &Call) -> Option<Vec<Ask>> {
        let new = call_now(call);
        if new == self.call {
            return None;
        }
        self.call.clone_from(&new);
        Some(self.hear(now, Fact::Call(new)))
    }

    fn carry_out(&mut self, now: Moment, effects: Vec<Effect>) -> Vec<Ask> {
        let mut asks = Vec::new();
        let mut refused = Vec::new();
        for effect in effects {
            match effect {
                Effect::Join { target } => asks.push(Ask::Join { target }),
                Effect::Leave => asks.push(Ask::Leave),
                Effect::Keep => self.unsaved = true,
                change => refused.extend((self.calendar)(change).err()),
            }
        }
        for request in refused.iter().filter_map(request) {
            let result = Err(Issue::Busy.problem());
            asks.extend(self.hear(now, Fact::Answered { request, result }));
        }
        asks
    }
}

/// The number under which a change is answered; `None` for what is none.
pub fn request(effect: &Effect) -> Option<RequestId> {
    match effect {
        Effect::Book { request, .. }
        | Effect::Change { request, .. }
        | Effect::Delete { request, .. } => Some(*request),
        Effect::Join { .. } | Effect::Leave | Effect::Keep => None,
    }
}

/// A call that is being joined counts: Join must not be pressed for it a second time.
fn call_now(call: &Call) -> Option<CallNow> {
    let runs = matches!(
        call.phase,
        Phase::Joining | Phase::InCall | Phase::Reconnecting
    );
    let names = call.target.iter().chain(&call.room_id).cloned();
    let others = call.participants.iter().filter(|person| person.present);
    runs.then(|| CallNow {
        targets: names.collect(),
        others: u32::try_from(others.count()).unwrap_or(u32::MAX),
    })
}

/// A room without a time is for the panel, where it has a name.
fn lit(meetings: &Meetings) -> Option<String> {
    let now =
        |entry: &&MeetingEntry| matches!(entry.phase, MeetingPhase::Soon | MeetingPhase::Running);
    let mut offers = meetings.meetings.iter().filter(now);
    let offer = offers.find_map(|entry| entry.join.as_ref().filter(|offer| offer.lit))?;
    Some(offer.target.clone())
}

#[cfg(test)]
mod tests;
