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

use std::time::Duration;

use room_messages::api::{Phase, Problem, Reaction};
use room_messages::{Fact, Order};

use crate::input::Effect;
use crate::matrix::{Account, MatrixFact, MatrixOrder};
use crate::problem::Issue;
use crate::rtc::Mode;
use crate::rtc::keeper::{self, Keeper};
use crate::target::{Target, TargetError};
use crate::{Entropy, Moment, RequestId};

pub use run::{Run, Step};

/// Longest join, from the moment the session is there.
pub const JOIN_LIMIT: Duration = Duration::from_secs(30);
/// Longest leave.
pub const LEAVE_LIMIT: Duration = Duration::from_secs(5);

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
    run: Option<Box<Run>>,
    departure: Option<Departure>,
}

#[derive(Debug)]
struct Waiting {
    target: Target,
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
    pub fn run(&self) -> Option<&Run> {
        self.run.as_deref()
    }

    /// Whether camera and microphone may be open.
    #[must_use]
    pub fn captures(&self) -> bool {
        self.run.is_some()
    }

    /// Whether nothing at all is held.
    #[must_use]
    pub fn is_released(&self) -> bool {
        self.run.is_none() && self.departure.is_none() && self.waiting.is_none()
    }

    /// Joins `text`, leaving the call before first.
    pub fn join(&mut self, text: &str, remembered: bool, around: &mut Around<'_>) -> Vec<Effect> {
        self.attempt = self.attempt.wrapping_add(1);
        let target = match Target::parse(text) {
            Ok(target) => target,
            Err(error) => {
                self.refuse(text, target_problem(error, text));
                return Vec::new();
            }
        };
        let mut effects = self.let_go(around);
        self.target = Some(text.trim().to_owned());
        let limit = around.now.since_start.saturating_add(JOIN_LIMIT);
        let give_up_at = (!remembered).then_some(limit);
        self.waiting = Some(Waiting { target, give_up_at });
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
        let joining = self.run().filter(|_| self.phase == Phase::Joining);
        joining.map(Run::began_at)
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
        let Some(run) = self.run.take() else {
            return Vec::new();
        };
        let mut effects = vec![Effect::Media(Order::EndCall), Effect::Remember(None)];
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
        let free = self.departure.is_none() && self.run.is_none();
        let Some(account) = around.account.filter(|_| free) else {
            return Vec::new();
        };
        let Some(waiting) = self.waiting.take() else {
            return Vec::new();
        };
        let (run, effects) = Run::begin(waiting.target, account.clone(), around);
        self.run = Some(Box::new(run));
        effects
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
        let step = match &mut self.run {
            Some(run) => run.matrix(fact, around),
            None => Step::default(),
        };
        let mut effects = self.follow(step, around);
        effects.extend(self.begin_when_free(around));
        effects
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
        let step = match &mut self.run {
            Some(run) => run.media(fact, around),
            None => Step::default(),
        };
        self.follow(step, around)
    }

    /// `mediad` is gone; its supervisor starts it again and its condition is replayed.
    pub fn media_down(&mut self) {
        if let Some(run) = &mut self.run {
            run.media_down();
            self.phase = run.phase();
        }
    }

    /// Raises or lowers the room's hand.
    pub fn set_hand(&mut self, raised: bool, around: &mut Around<'_>) -> Vec<Effect> {
        let step = match &mut self.run {
            Some(run) => run.set_hand(raised, around),
            None => Step::default(),
        };
        self.follow(step, around)
    }

    /// Shows an emoji to the others.
    pub fn react(&mut self, reaction: Reaction, around: &mut Around<'_>) -> Vec<Effect> {
        let shown = self
            .run
            .as_ref()
            .and_then(|run| run.react(reaction, around));
        shown.into_iter().collect()
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
        let step = match &mut self.run {
            Some(run) => run.tick(around),
            None => Step::default(),
        };
        effects.extend(self.follow(step, around));
        effects
    }

    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let waiting = self.waiting.as_ref().and_then(|waiting| waiting.give_up_at);
        let departure = self.departure.as_ref().map(|departure| {
            let due = departure.keeper.next_deadline().unwrap_or(departure.until);
            due.min(departure.until)
        });
        let run = self.run.as_ref().and_then(|run| run.next_deadline());
        [waiting, departure, run].into_iter().flatten().min()
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
        if let Some(run) = &self.run {
            let phase = run.phase();
            if phase == Phase::InCall && self.phase == Phase::Joining {
                effects.push(Effect::Remember(self.target.clone()));
            }
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

/// What to tell of a text that is no target.
#[must_use]
pub fn target_problem(error: TargetError, text: &str) -> Problem {
    let issue = match error {
        TargetError::Length => Issue::TargetLength,
        TargetError::Unreadable => Issue::TargetUnreadable,
        TargetError::Visio => Issue::TargetVisio,
        TargetError::LinkPassword => Issue::TargetPassword,
        TargetError::NotARoom => Issue::TargetNotARoom,
    };
    issue.about(text)
}
