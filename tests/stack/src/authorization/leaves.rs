//! The shell around [`LeaveJob`]: one task per delegated leave, kept by (room, identity).
//!
//! Inputs: delegations from clients, reports of the SFU's webhook, its list of participants.
//! Outputs: restarts and sends at the homeserver. A new delegation for the same member
//! replaces the old one. Jobs end with the service; they are not kept across restarts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until};
use url::Url;

use super::homeservers::{Homeservers, Outcome};
use super::leave_job::{Fact, LeaveJob, Order};
use super::requests::Delegation;
use crate::sfu::Sfu;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// More reports than this about one member at once are noise.
const QUEUE: usize = 32;

/// Whose leave it is: the room's and the member's name on the SFU.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Whose {
    pub room: String,
    pub identity: String,
}

/// All jobs of a service.
#[derive(Debug, Clone)]
pub(crate) struct Leaves {
    homeservers: Homeservers,
    sfu: Sfu,
    jobs: Arc<Mutex<HashMap<Whose, Job>>>,
}

#[derive(Debug)]
struct Job {
    facts: Sender<Fact>,
    task: tokio::task::AbortHandle,
}

impl Leaves {
    pub(crate) fn new(homeservers: Homeservers, sfu: Sfu) -> Self {
        Self {
            homeservers,
            sfu,
            jobs: Arc::default(),
        }
    }

    /// Takes a leave over; `api` is the client API of the member's homeserver.
    pub(crate) fn take_over(&self, whose: Whose, delegation: Delegation, api: Url) {
        let (facts, inbox) = channel(QUEUE);
        let task = Task {
            leaves: self.clone(),
            whose: whose.clone(),
            delegation,
            api,
            facts: facts.clone(),
        };
        let handle = tokio::spawn(task.run(inbox)).abort_handle();
        let old = self.with(|jobs| {
            jobs.insert(
                whose,
                Job {
                    facts,
                    task: handle,
                },
            )
        });
        if let Some(old) = old {
            old.task.abort();
        }
    }

    /// Passes on what the SFU reports. Of no consequence when nobody delegated.
    pub(crate) fn report(&self, whose: &Whose, fact: Fact) {
        let facts = self.with(|jobs| jobs.get(whose).map(|job| job.facts.clone()));
        if let Some(facts) = facts {
            // A full queue holds the same news already.
            let _ = facts.try_send(fact);
        }
    }

    /// Forgets a job that has finished, unless a newer one has taken its place.
    fn forget(&self, whose: &Whose, facts: &Sender<Fact>) {
        self.with(|jobs| {
            if jobs
                .get(whose)
                .is_some_and(|job| job.facts.same_channel(facts))
            {
                jobs.remove(whose);
            }
        });
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<Whose, Job>) -> T) -> T {
        act(&mut self.jobs.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Task {
    leaves: Leaves,
    whose: Whose,
    delegation: Delegation,
    api: Url,
    facts: Sender<Fact>,
}

impl Task {
    async fn run(self, mut inbox: Receiver<Fact>) {
        let mut job = LeaveJob::new(Instant::now(), self.delegation.timeout);
        // Dropped with this task: what it started ends with it.
        let mut work = JoinSet::new();
        work.spawn(look_for(
            self.leaves.sfu.clone(),
            self.whose.clone(),
            self.facts.clone(),
        ));
        loop {
            let fact = next(&job, &mut inbox).await;
            tracing::debug!(?fact, "delegated leave");
            match job.handle(Instant::now(), fact) {
                Some(Order::Restart { until }) => self.act(&mut work, "restart", until),
                Some(Order::Send { until }) => self.act(&mut work, "send", until),
                Some(Order::Finish) => break,
                None => {}
            }
        }
        self.leaves.forget(&self.whose, &self.facts);
    }

    fn act(&self, work: &mut JoinSet<()>, action: &'static str, until: Instant) {
        let homeservers = self.leaves.homeservers.clone();
        let (api, delay_id) = (self.api.clone(), self.delegation.delay_id.clone());
        let facts = self.facts.clone();
        work.spawn(async move {
            let done = persist(&homeservers, &api, &delay_id, action, until).await;
            let fact = match (action, done) {
                ("send", _) => Fact::Sent,
                (_, true) => Fact::Restarted,
                (_, false) => Fact::Lost,
            };
            // Fails only when the job has ended.
            let _ = facts.send(fact).await;
        });
    }
}

async fn next(job: &LeaveJob, inbox: &mut Receiver<Fact>) -> Fact {
    let wake = async {
        match job.wake_at() {
            Some(at) => sleep_until(at.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        // The task holds a sender itself, so the queue never closes.
        Some(fact) = inbox.recv() => fact,
        () = wake => Fact::Tick,
    }
}

/// Acts on the delayed event until it worked, the event is gone, or `until` has come.
/// Answers whether it worked.
async fn persist(
    homeservers: &Homeservers,
    api: &Url,
    delay_id: &str,
    action: &str,
    until: Instant,
) -> bool {
    let mut pause = FIRST_PAUSE;
    loop {
        let wanted = match homeservers.act(api, delay_id, action).await {
            Outcome::Done => return true,
            Outcome::Gone => return false,
            Outcome::Again(wanted) => wanted.unwrap_or(pause),
        };
        if Instant::now() + wanted >= until {
            return false;
        }
        sleep(wanted).await;
        pause = longer(pause);
    }
}

/// Looks whether the member is on the SFU, for webhooks that came before the delegation or
/// got lost.
async fn look_for(sfu: Sfu, whose: Whose, facts: Sender<Fact>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let there = sfu.participants(&whose.room).await;
        if there.is_ok_and(|all| all.iter().any(|p| p.identity == whose.identity)) {
            // Fails only when the job has ended.
            let _ = facts.send(Fact::Present).await;
            return;
        }
        sleep(pause).await;
        pause = longer(pause);
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 3 / 2).min(LONGEST_PAUSE)
}
