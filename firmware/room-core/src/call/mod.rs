//! The life of one call after another.
//!
//! Invariants: at most one call at a time; every failure and every leave releases everything the
//! call held (SFUs, keys, membership, capture), in whatever order late answers come; a call that
//! is being left is given [`LEAVE_LIMIT`] to say so to the homeserver, then it is forgotten (the
//! homeserver's own delayed leave does the rest).

pub mod people;
pub mod presence;
pub mod quality;
mod run;
mod running;
mod timeline;
mod visit;
mod wanted;

use std::collections::BTreeMap;
use std::time::Duration;

use room_messages::api::{Phase, Problem, Reaction};
use room_messages::{Fact, Order};

use crate::input::Effect;
use crate::invitations::InvitationRule;
use crate::matrix::{Account, MatrixFact, MatrixOrder};
use crate::problem::Issue;
use crate::rtc::Mode;
use crate::rtc::keeper::{self, Keeper};
use crate::target::Target;
use crate::visio::{Cookie, Instances, Meeting, VisioFact};
use crate::{Entropy, Moment, RequestId};

pub use run::{Run, Step};
pub use running::Running;
pub use visit::{Guest, Visit};
pub use wanted::Wanted;

/// Longest join, from the moment the session is there.
pub const JOIN_LIMIT: Duration = Duration::from_secs(30);
/// Longest leave.
pub const LEAVE_LIMIT: Duration = Duration::from_secs(5);
/// Most Visio instances whose cookie is kept: as many as the settings may name, and to spare.
const MAX_COOKIES: usize = 32;

/// What a call needs from around it.
#[derive(Debug)]
pub struct Around<'a> {
    pub now: Moment,
    pub account: Option<&'a Account>,
    /// Why there is no session, when that is known.
    pub no_session: Option<&'a Problem>,
    pub mode: Mode,
    /// Service to publish through when the homeserver names none.
    pub transport: Option<&'a str>,
    /// Visio instances that may be joined.
    pub visio: &'a Instances,
    /// What the room is called where it is a guest, and its own meetings.
    pub name: &'a str,
    /// Whom the room lets into its meetings.
    pub invitations: &'a [InvitationRule],
    pub requests: &'a mut RequestId,
    pub entropy: &'a mut dyn Entropy,
}

/// A membership on its way out.
#[derive(Debug)]
struct Departure {
    run: RequestId,
    room: String,
    keeper: Keeper,
    until: Duration,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Call {
    phase: Phase,
    attempt: u64,
    target: Option<String>,
    problem: Option<Problem>,
    /// A target that waits for the session, or for the departure from the call before.
    waiting: Option<Waiting>,
    running: Option<Running>,
    departure: Option<Departure>,
    /// By the instance's address: with it a guest who was let in comes back without asking anew.
    cookies: BTreeMap<String, Cookie>,
}

#[derive(Debug)]
struct Waiting {
    wanted: Wanted,
    /// `None`: as long as it takes, for a call remembered over a restart.
    give_up_at: Option<Duration>,
}

impl Call {
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Counts join orders, so that one who waits knows when another took over.
    #[must_use]
    pub fn attempt(&self) -> u64 {
        self.attempt
    }

    #[must_use]
    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    #[must_use]
    pub fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }

    /// The running call, when it is in a Matrix room.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        match &self.running {
            Some(Running::Matrix(run)) => Some(run),
            _ => None,
        }
    }

    /// The running call, when it is a Visio meeting.
    #[must_use]
    pub fn visit(&self) -> Option<&Visit> {
        match &self.running {
            Some(Running::Visio(visit)) => Some(visit),
            _ => None,
        }
    }

    /// Whether camera and microphone may be open.
    #[must_use]
    pub fn captures(&self) -> bool {
        self.running.as_ref().is_some_and(Running::captures)
    }

    /// Microphone and camera as a moderator forbids them; `None` without a call.
    #[must_use]
    pub fn forbidden(&self) -> Option<(bool, bool)> {
        self.running.as_ref().map(Running::forbidden)
    }

    /// Whether nobody forbids the room to share a screen.
    #[must_use]
    pub fn may_share(&self) -> bool {
        self.running.as_ref().is_some_and(Running::may_share)
    }

    /// Whether the room's hand is up as everybody sees it.
    #[must_use]
    pub fn hand_seen(&self) -> bool {
        self.running.as_ref().is_some_and(Running::hand_seen)
    }

    /// Whether nothing at all is held.
    #[must_use]
    pub fn is_released(&self) -> bool {
        self.running.is_none() && self.departure.is_none() && self.waiting.is_none()
    }

    /// Joins `text`, leaving the call before first.
    pub fn join(&mut self, text: &str, remembered: bool, around: &mut Around<'_>) -> Vec<Effect> {
        self.attempt = self.attempt.wrapping_add(1);
        let wanted = match Wanted::read(text, around.visio) {
            Ok(wanted) => wanted,
            Err(problem) => {
                self.refuse(text, problem);
                return Vec::new();
            }
        };
        let target = Some(text.trim().to_owned());
        self.begin(wanted, target, remembered, around)
    }

    /// Begins a meeting in a Matrix room made for it.
    pub fn meet(&mut self, around: &mut Around<'_>) -> Vec<Effect> {
        self.attempt = self.attempt.wrapping_add(1);
        self.begin(Wanted::Matrix(Target::new_room()), None, false, around)
    }

    fn begin(
        &mut self,
        wanted: Wanted,
        target: Option<String>,
        remembered: bool,
        around: &mut Around<'_>,
    ) -> Vec<Effect> {
        let mut effects = self.let_go(around);
        self.target = target;
        let limit = around.now.since_start.saturating_add(JOIN_LIMIT);
        let give_up_at = (!remembered).then_some(limit);
        self.waiting = Some(Waiting { wanted, give_up_at });
        self.phase = Phase::Joining;
        self.problem = None;
        effects.extend(self.begin_when_free(around));
        effects
    }

    /// A join that has no prospect from the beginning: said, and a running call is not lost to it.
    pub fn refuse(&mut self, text: &str, problem: Problem) {
        self.problem = Some(problem);
        if self.is_released() {
            self.target = Some(text.trim().to_owned());
            self.phase = Phase::Failed;
        }
    }

    /// Leaves from any phase.
    pub fn leave(&mut self, around: &mut Around<'_>) -> Vec<Effect> {
        let effects = self.let_go(around);
        self.problem = None;
        self.phase = if self.departure.is_some() {
            Phase::Leaving
        } else {
            Phase::Idle
        };
        if self.phase == Phase::Idle {
            self.target = None;
        }
        effects
    }

    /// When the join under way began to ask, since start.
    #[must_use]
    pub fn joining_since(&self) -> Option<Duration> {
        let joining = self.running().filter(|_| self.phase == Phase::Joining);
        joining.map(Running::began_at)
    }

    /// Ends a join that has no prospect.
    pub fn give_up(&mut self, problem: Problem, around: &mut Around<'_>) -> Vec<Effect> {
        self.fail(problem, around)
    }

    /// Ends the call with a problem.
    fn fail(&mut self, problem: Problem, around: &mut Around<'_>) -> Vec<Effect> {
        let effects = self.let_go(around);
        self.problem = Some(problem);
        self.phase = Phase::Failed;
        effects
    }

    /// Releases whatever is held; the membership goes on leaving by itself.
    fn let_go(&mut self, around: &mut Around<'_>) -> Vec<Effect> {
        self.waiting = None;
        let Some(running) = self.running.take() else {
            return Vec::new();
        };
        let mut effects = vec![Effect::Media(Order::EndCall), Effect::Remember(None)];
        let run = match running {
            Running::Matrix(run) => run,
            Running::Visio(visit) => {
                self.keep_cookie(visit.into_cookie());
                return effects;
            }
        };
        let (id, room, keeper) = run.into_parts();
        if let (Some(room), Some(mut keeper)) = (room, keeper) {
            let orders = keeper.leave(around.now);
            effects.extend(keep(id, &room, orders));
            let until = around.now.since_start.saturating_add(LEAVE_LIMIT);
            // A departure before this one had its chance; its delayed leave does the rest.
            self.departure = Some(Departure {
                run: id,
                room,
                keeper,
                until,
            });
        } else {
            effects.push(Effect::Matrix(MatrixOrder::Watch { rooms: Vec::new() }));
        }
        effects.extend(self.departed_when_done(around.now));
        effects
    }

    fn keep_cookie(&mut self, cookie: Option<(String, Cookie)>) {
        if let Some((origin, cookie)) = cookie
            && (self.cookies.len() < MAX_COOKIES || self.cookies.contains_key(&origin))
        {
            self.cookies.insert(origin, cookie);
        }
    }

    /// Forgets the departure once it is done or has taken too long.
    fn departed_when_done(&mut self, now: Moment) -> Vec<Effect> {
        let done = |departure: &Departure| {
            departure.keeper.has_left() || now.since_start >= departure.until
        };
        if !self.departure.as_ref().is_some_and(done) {
            return Vec::new();
        }
        self.departure = None;
        if self.phase == Phase::Leaving {
            self.phase = Phase::Idle;
            self.target = None;
        }
        vec![Effect::Matrix(MatrixOrder::Watch { rooms: Vec::new() })]
    }

    /// Starts the waiting join once the session is there and the call before is left.
    fn begin_when_free(&mut self, around: &mut Around<'_>) -> Vec<Effect> {
        if self.departure.is_some() || self.running.is_some() {
            return Vec::new();
        }
        // A Visio meeting asks for no Matrix session.
        let ready = |waiting: &mut Waiting| match waiting.wanted {
            Wanted::Matrix(_) => around.account.is_some(),
            Wanted::Visio(_) => true,
        };
        let Some(waiting) = self.waiting.take_if(ready) else {
            return Vec::new();
        };
        let (running, effects) = match (waiting.wanted, around.account) {
            (Wanted::Visio(meeting), _) => {
                let remembered = waiting.give_up_at.is_none();
                self.visit_begins(meeting, remembered, around)
            }
            (Wanted::Matrix(target), Some(account)) => {
                let (run, effects) = Run::begin(target, account.clone(), around);
                (Running::Matrix(Box::new(run)), effects)
            }
            (Wanted::Matrix(_), None) => return Vec::new(),
        };
        self.running = Some(running);
        effects
    }

    fn visit_begins(
        &mut self,
        meeting: Meeting,
        remembered: bool,
        around: &mut Around<'_>,
    ) -> (Running, Vec<Effect>) {
        let cookie = self.cookies.get(meeting.origin().as_str()).cloned();
        let (visit, effects) = Visit::begin(meeting, cookie, remembered, around);
        (Running::Visio(Box::new(visit)), effects)
    }

    /// A fact from the homeserver.
    pub fn matrix(&mut self, fact: MatrixFact, around: &mut Around<'_>) -> Vec<Effect> {
        let fact = match fact {
            MatrixFact::Kept {
                run,
                request,
                outcome,
            } if self.departs(run) => {
                return self
                    .departing(around, |keeper, now| keeper.answered(now, request, outcome));
            }
            fact => fact,
        };
        let step = match &mut self.running {
            Some(Running::Matrix(run)) => run.matrix(fact, around),
            _ => Step::default(),
        };
        let mut effects = self.follow(step, around);
        effects.extend(self.begin_when_free(around));
        effects
    }

    /// An answer of a Visio instance: only a Visio meeting hears of it.
    pub fn visio(&mut self, fact: &VisioFact, around: &mut Around<'_>) -> Vec<Effect> {
        let step = match &mut self.running {
            Some(Running::Visio(visit)) => visit.visio(fact, around),
            _ => Step::default(),
        };
        self.follow(step, around)
    }

    fn departs(&self, run: RequestId) -> bool {
        self.departure
            .as_ref()
            .is_some_and(|departure| departure.run == run)
    }

    /// Moves the departure on.
    fn departing(
        &mut self,
        around: &mut Around<'_>,
        act: impl FnOnce(&mut Keeper, Moment) -> Vec<keeper::Order>,
    ) -> Vec<Effect> {
        let Some(departure) = &mut self.departure else {
            return Vec::new();
        };
        let orders = act(&mut departure.keeper, around.now);
        let mut effects = keep(departure.run, &departure.room, orders);
        effects.extend(self.departed_when_done(around.now));
        effects.extend(self.begin_when_free(around));
        effects
    }

    /// A fact from `mediad`.
    pub fn media(&mut self, fact: &Fact, around: &mut Around<'_>) -> Vec<Effect> {
        self.act(around, |running, around| running.media(fact, around))
    }

    /// `mediad` is gone; its supervisor starts it again and its condition is replayed.
    pub fn media_down(&mut self) {
        if let Some(running) = &mut self.running {
            running.media_down();
            self.phase = running.phase();
        }
    }

    /// Raises or lowers the room's hand.
    pub fn set_hand(&mut self, raised: bool, around: &mut Around<'_>) -> Vec<Effect> {
        self.act(around, |running, around| running.set_hand(raised, around))
    }

    /// Moves the running call on, if there is one.
    fn act(
        &mut self,
        around: &mut Around<'_>,
        act: impl FnOnce(&mut Running, &mut Around<'_>) -> Step,
    ) -> Vec<Effect> {
        let running = self.running.as_mut();
        let step = running.map_or_else(Step::default, |running| act(running, around));
        self.follow(step, around)
    }

    /// Shows an emoji to the others.
    pub fn react(&mut self, reaction: Reaction, around: &mut Around<'_>) -> Vec<Effect> {
        let shown = self.run().and_then(|run| run.react(reaction, around));
        shown.into_iter().collect()
    }

    /// Calls somebody into the running call.
    pub fn add(&mut self, user: &str, around: &mut Around<'_>) -> Vec<Effect> {
        self.act(around, |running, around| match running {
            Running::Matrix(run) => run.add(user, around),
            Running::Visio(_) => Step::default(),
        })
    }

    /// Time passed.
    pub fn tick(&mut self, around: &mut Around<'_>) -> Vec<Effect> {
        let mut effects = self.departing(around, Keeper::tick);
        let late = |waiting: &Waiting| {
            waiting
                .give_up_at
                .is_some_and(|at| around.now.since_start >= at)
        };
        if self.waiting.as_ref().is_some_and(late) {
            let cause = around.no_session.cloned();
            let problem = cause.unwrap_or_else(|| Issue::NotLoggedIn.problem());
            effects.extend(self.fail(problem, around));
        }
        effects.extend(self.act(around, Running::tick));
        effects
    }

    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let waiting = self.waiting.as_ref().and_then(|waiting| waiting.give_up_at);
        let departure = self.departure.as_ref().map(|departure| {
            let due = departure.keeper.next_deadline().unwrap_or(departure.until);
            due.min(departure.until)
        });
        let running = self.running.as_ref().and_then(Running::next_deadline);
        [waiting, departure, running].into_iter().flatten().min()
    }

    /// Takes over what a step of the running call came to.
    fn follow(&mut self, step: Step, around: &mut Around<'_>) -> Vec<Effect> {
        let Step {
            mut effects,
            failed,
        } = step;
        if let Some(problem) = failed {
            effects.extend(self.fail(problem, around));
            return effects;
        }
        if let Some(phase) = self.running().map(Running::phase) {
            let made = self.run().and_then(Run::made_room).map(str::to_owned);
            if phase == Phase::InCall && self.phase == Phase::Joining {
                let kept = made.clone().or_else(|| self.target.clone());
                effects.push(Effect::Remember(kept));
            }
            self.target = self.target.take().or(made);
            self.phase = phase;
        }
        effects
    }
}

/// The keeper's orders, addressed.
fn keep(run: RequestId, room: &str, orders: Vec<keeper::Order>) -> Vec<Effect> {
    let address = |order| {
        Effect::Matrix(MatrixOrder::Keep {
            run,
            room: room.to_owned(),
            order,
        })
    };
    orders.into_iter().map(address).collect()
}
