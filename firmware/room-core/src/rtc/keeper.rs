//! Keeps the room's own membership true: sent, refreshed, gone when it should be.
//!
//! A leave is scheduled at the homeserver before joining and put off every four seconds, so
//! a room that loses power is out of the call within twenty (MSC4140). Refreshed hourly.
//!
//! Invariant: at most one request of a kind is under way; while the call is wanted it is never
//! given up; after [`Keeper::leave`] it ends in [`Keeper::has_left`], whatever the order of answers.
//! Deliberately absent: delegation of the leave to the authorization service.

mod answers;
mod due;
mod order;

use std::time::Duration;

pub use order::{Order, Outcome, Place, Request};

use super::{Intent, Mode};
use crate::Moment;

/// How long after the last restart the homeserver sends the leave by itself, at most.
pub const LEAVE_DELAY_MS: u64 = 18_000;
/// How often the leave is put off.
pub const RESTART_EVERY: Duration = Duration::from_secs(4);
/// A delay shorter than this cannot be kept up with; the leave is then not scheduled.
pub const SHORTEST_DELAY_MS: u64 = 1_000;
/// How long a join waits for a leave that cannot be scheduled, and own echo is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the room joins with; fixed for one join.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joining {
    pub mode: Mode,
    pub user: String,
    pub device: String,
    pub room_id: String,
    pub room_version: String,
    /// Random and new for each join (UUID v4); used by [`Mode::Matrix20`].
    pub member_id: String,
    /// `livekit_service_url` the room publishes through.
    pub service_url: String,
    pub intent: Intent,
    /// Longest delay the homeserver allows (`max_delay_ms` of its capability), when known;
    /// 0 when it offers no delayed events.
    pub max_delay_ms: Option<u64>,
}

/// The room's own membership as the homeserver shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub event_id: String,
    /// `created_ts`, else `origin_server_ts`, Unix milliseconds.
    pub created_ms: u64,
}

/// One kind of request.
#[derive(Clone, Debug, Default)]
struct Line {
    pending: bool,
    ordered_at: Duration,
    not_before: Duration,
    failures: u32,
    /// [`Standing::answers`] when it was ordered.
    answers_before: u64,
}

/// The leave scheduled at the homeserver.
#[derive(Clone, Debug, Default)]
struct Switch {
    delay_ms: u64,
    unsupported: bool,
    id: Option<String>,
    /// The id a restart under way is for.
    restarting: Option<String>,
    to_cancel: Option<String>,
    next_restart: Duration,
    /// When the homeserver will have sent the leave, unless a restart succeeds before.
    lapses_at: Option<Duration>,
    lapse_noticed: bool,
}

/// The membership event.
#[derive(Clone, Debug, Default)]
struct Standing {
    /// A new join is owed, without `created_ts`.
    fresh: bool,
    fresh_since: Duration,
    /// A change of an existing membership is owed.
    dirty: bool,
    sent: bool,
    sent_at: Duration,
    seen: bool,
    /// Told missing before it was ever seen.
    absent: bool,
    latest: Option<Seen>,
    event_id: Option<String>,
    created_ms: Option<u64>,
    refreshes: u64,
    refresh_at: Duration,
    /// Makes the first content of each join unlike any before: a homeserver drops a state event
    /// equal to the current one, and after a crash nobody would notice the new join.
    variation_ms: u64,
    refused: bool,
    /// The room may be in the call by what was sent so far.
    maybe_in: bool,
    was_in: bool,
    /// Memberships answered so far: tells a leave that came after one from one that came before.
    answers: u64,
    /// A leave succeeded while a membership was under way.
    left_meanwhile: bool,
}

#[derive(Clone, Debug)]
pub struct Keeper {
    joining: Joining,
    wanted: bool,
    switch: Switch,
    standing: Standing,
    lines: [Line; 6],
}

impl Keeper {
    /// Begins to be a member.
    #[must_use]
    pub fn join(now: Moment, joining: Joining) -> (Self, Vec<Order>) {
        let delay_ms = joining
            .max_delay_ms
            .map_or(LEAVE_DELAY_MS, |max| max.min(LEAVE_DELAY_MS));
        let mut keeper = Self {
            switch: Switch {
                delay_ms,
                unsupported: delay_ms < SHORTEST_DELAY_MS,
                ..Switch::default()
            },
            joining,
            wanted: true,
            standing: Standing::default(),
            lines: Default::default(),
        };
        keeper.begin_afresh(now);
        let orders = keeper.work(now);
        (keeper, orders)
    }

    /// Leaves, even while the join is still under way. Final: a later join is a new keeper.
    pub fn leave(&mut self, now: Moment) -> Vec<Order> {
        self.wanted = false;
        self.work(now)
    }

    /// Says what the room came for, when it changed.
    pub fn set_intent(&mut self, now: Moment, intent: Intent) -> Vec<Order> {
        if self.joining.intent != intent {
            self.joining.intent = intent;
            self.standing.dirty = true;
        }
        self.work(now)
    }

    /// What the homeserver shows of the own membership, on every change of the room's call
    /// events; `None` when it shows none that is valid.
    pub fn own_seen(&mut self, now: Moment, seen: Option<Seen>) -> Vec<Order> {
        match seen {
            Some(seen) => self.standing.shown(seen),
            None => self.missing(now),
        }
        self.work(now)
    }

    /// What came of an order. An answer nothing was asked for changes nothing.
    pub fn answered(&mut self, now: Moment, request: Request, outcome: Outcome) -> Vec<Order> {
        if !std::mem::take(&mut self.line_mut(request).pending) {
            return self.work(now);
        }
        match request {
            Request::ScheduleLeave => self.scheduled(now, outcome),
            Request::SendMembership => self.membership_answered(now, outcome),
            Request::RestartLeave => self.restarted(now, outcome),
            Request::CancelLeave => {}
            Request::FireLeave => self.fired(now, &outcome),
            Request::SendLeave => self.leave_sent(now, &outcome),
        }
        self.work(now)
    }

    /// Time passed.
    pub fn tick(&mut self, now: Moment) -> Vec<Order> {
        self.work(now)
    }

    /// When [`tick`](Self::tick) is next of use, by [`Moment::since_start`].
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let lapse = self
            .switch
            .lapses_at
            .filter(|_| self.wanted && !self.switch.lapse_noticed);
        let due = Request::ALL
            .into_iter()
            .filter_map(|request| self.due(request));
        due.chain(lapse).min()
    }

    /// The homeserver took the membership and does not say it is gone.
    #[must_use]
    pub fn is_member(&self) -> bool {
        self.wanted && self.standing.sent
    }

    /// Left for certain, and nothing is under way.
    #[must_use]
    pub fn has_left(&self) -> bool {
        !self.wanted
            && !self.standing.maybe_in
            && self.switch.id.is_none()
            && self.switch.to_cancel.is_none()
            && self.lines.iter().all(|line| !line.pending)
    }

    /// No restart succeeded for the whole delay: by now the homeserver has probably sent the
    /// leave. Media others would not play should pause until this is false again.
    #[must_use]
    pub fn probably_left(&self, now: Moment) -> bool {
        let lapsed = self
            .switch
            .lapses_at
            .is_some_and(|at| now.since_start >= at);
        self.wanted && self.standing.sent && lapsed
    }

    /// False when the homeserver offers no delayed events: after a crash the room then stays
    /// in the call until its membership expires.
    #[must_use]
    pub fn leaves_by_itself(&self) -> bool {
        !self.switch.unsupported
    }

    /// The homeserver refuses the membership: the room has no power to join calls, or is not in
    /// the Matrix room. It is tried again all the same, every half minute.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.standing.refused
    }

    /// Event id of the latest own membership the homeserver took.
    #[must_use]
    pub fn event_id(&self) -> Option<&str> {
        self.standing.event_id.as_deref()
    }

    fn line(&self, request: Request) -> &Line {
        let [schedule, send, restart, fire, cancel, leave] = &self.lines;
        match request {
            Request::ScheduleLeave => schedule,
            Request::SendMembership => send,
            Request::RestartLeave => restart,
            Request::FireLeave => fire,
            Request::CancelLeave => cancel,
            Request::SendLeave => leave,
        }
    }

    fn line_mut(&mut self, request: Request) -> &mut Line {
        let [schedule, send, restart, fire, cancel, leave] = &mut self.lines;
        match request {
            Request::ScheduleLeave => schedule,
            Request::SendMembership => send,
            Request::RestartLeave => restart,
            Request::FireLeave => fire,
            Request::CancelLeave => cancel,
            Request::SendLeave => leave,
        }
    }

    /// Owes a join that is new to everybody.
    fn begin_afresh(&mut self, now: Moment) {
        let standing = &mut self.standing;
        standing.fresh = true;
        standing.fresh_since = now.since_start;
        standing.sent = false;
        standing.seen = false;
        standing.absent = false;
        standing.created_ms = None;
        standing.refreshes = 0;
        standing.variation_ms = now.unix_ms % 60_000;
    }

    fn missing(&mut self, now: Moment) {
        self.standing.latest = None;
        if !self.standing.seen {
            // The room's state may be older than what was just sent: patience first.
            self.standing.absent = self.standing.sent;
            return;
        }
        if !self.wanted {
            self.standing.seen = false;
            self.standing.maybe_in = self.line(Request::SendMembership).pending;
            return;
        }
        // Whatever was scheduled may be spent or belong to the lost membership.
        self.switch.to_cancel = self.switch.id.take();
        self.switch.lapses_at = None;
        self.begin_afresh(now);
    }
}

impl Standing {
    fn shown(&mut self, seen: Seen) {
        self.absent = false;
        let ours = self.sent && self.event_id.as_ref().is_none_or(|id| *id == seen.event_id);
        // Once seen, another event id is the echo of an update that overtook its answer.
        if ours || self.seen {
            self.seen = true;
            self.created_ms = Some(seen.created_ms);
        }
        self.latest = Some(seen);
    }
}

#[cfg(test)]
mod tests;
