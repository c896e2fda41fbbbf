//! Carries out updates, one at a time.
//!
//! In: a source from the API. Out: a plan, then what is done now ([`Activity`]) by `watch`, and
//! at the end a wish to restart for systemd. What is done and in which order is
//! [`room_fleet::plan`]'s; the record of the trial is on the disk before RAUC is told to write.

mod check;
mod fetch;

pub use fetch::free_for_bundle;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use room_fleet::api::{Activity, Source};
use room_fleet::{
    Bundle, CallState, Ended, Observed, Outcome, Plan, Reason, Refusal, Release, Slot, Stage,
    Standing, Trial, after_start, plan,
};
use tokio::sync::{Mutex, OwnedMutexGuard, watch};

use crate::disks;
use crate::room::{self, Room};
use crate::slots::{Slots, State};
use crate::store::{Store, now_ms, read_json};

/// How often the end of a call is looked for.
const LOOK: Duration = Duration::from_secs(2);

/// Everything an update needs to know and to reach.
#[derive(Debug)]
pub struct Updating<S> {
    pub slots: S,
    pub room: Room,
    pub store: Store,
    pub release: Release,
    /// The kernel's name of this boot.
    pub boot: String,
    pub blocks: PathBuf,
    /// Where wishes to systemd go.
    pub runtime: PathBuf,
    /// Why a slot was given up before anything of ours ran in it.
    pub start_faults: PathBuf,
    pub activity: watch::Sender<Activity>,
    /// Held while a bundle is fetched, looked at or installed.
    pub busy: Arc<Mutex<()>>,
}

/// A bundle that is here, good, and planned.
#[derive(Debug)]
struct Prepared {
    plan: Plan,
    bundle: Bundle,
    path: PathBuf,
    /// Nobody else may update meanwhile.
    _turn: OwnedMutexGuard<()>,
}

impl<S: Slots> Updating<S> {
    /// What installing `source` would do.
    ///
    /// # Errors
    /// What stands against looking at it at all.
    pub async fn plan(&self, source: &Source) -> Result<Plan, Refusal> {
        let prepared = self.prepare(source).await;
        self.activity.send_replace(Activity::Idle);
        Ok(prepared?.plan)
    }

    /// Begins to install `source`; what follows is seen in the activity.
    ///
    /// # Errors
    /// What stands against it. A plan with refusals is returned, and nothing is begun.
    pub async fn install(self: Arc<Self>, source: &Source) -> Result<Plan, Refusal> {
        let prepared = match self.prepare(source).await {
            Ok(prepared) => prepared,
            Err(refusal) => {
                self.activity.send_replace(Activity::Idle);
                return Err(refusal);
            }
        };
        let plan = prepared.plan.clone();
        if plan.is_possible() {
            tokio::spawn(async move { self.carry_out(prepared).await });
        } else {
            self.activity.send_replace(Activity::Idle);
        }
        Ok(plan)
    }

    async fn prepare(&self, source: &Source) -> Result<Prepared, Refusal> {
        let turn = Arc::clone(&self.busy).try_lock_owned();
        let turn = turn.map_err(|_| Refusal::AlreadyUpdating)?;
        let told = |bytes, of| {
            self.activity.send_replace(Activity::Fetching { bytes, of });
        };
        told(0, None);
        let path = fetch::fetch(&source.source, &self.store.incoming(), &told).await?;
        self.activity.send_replace(Activity::Checking);
        let inspected = self.slots.inspect(&path).await.map_err(|e| e.refusal())?;
        if source.only_new && !self.is_new(&inspected.bundle) {
            return Err(Refusal::NothingNew);
        }
        let observed = self.observe().await?;
        let plan = plan(&inspected.bundle, &observed);
        if plan.is_possible() {
            whole(path.clone(), inspected.verity).await?;
        }
        Ok(Prepared {
            plan,
            bundle: inspected.bundle,
            path,
            _turn: turn,
        })
    }

    /// Neither running nor given up before.
    fn is_new(&self, bundle: &Bundle) -> bool {
        let last = self.store.last();
        let tried = last.is_some_and(|last| last.to == bundle.version);
        bundle.version != self.release.version && !tried
    }

    async fn observe(&self) -> Result<Observed, Refusal> {
        let state = self.slots.state().await.map_err(|error| error.refusal())?;
        let readiness = self.room.readiness().await;
        Ok(Observed {
            release: self.release.clone(),
            kept_floor: self.store.floor(),
            booted: state.booted,
            call: room::call(readiness.as_ref()),
            slot_sizes: disks::slot_sizes(&self.blocks, state.booted.other()),
            free: free_for_bundle(&self.store.incoming()),
            fetched: true,
            updating: state.installing,
            on_trial: self.store.trial().is_some(),
        })
    }

    async fn carry_out(&self, prepared: Prepared) {
        let (from, to) = (prepared.plan.from.clone(), prepared.plan.to.clone());
        self.no_call().await;
        match self.write(&prepared).await {
            Ok(()) => {
                tracing::info!(%from, %to, "installed; the restart follows");
                // The turn ends here: a second update is refused by the record of the trial.
                drop(prepared);
                self.restart("reboot").await;
            }
            Err(refusal) => {
                tracing::error!(code = refusal.problem().code, "the update failed");
                let ended = Ended::Failed { refusal };
                self.finish(&Outcome {
                    from,
                    to,
                    ended,
                    at_ms: now_ms(),
                });
                self.activity.send_replace(Activity::Idle);
            }
        }
    }

    /// Waits while a call is going on.
    async fn no_call(&self) {
        while room::call(self.room.readiness().await.as_ref()) == CallState::GoingOn {
            self.activity.send_replace(Activity::Waiting);
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn write(&self, prepared: &Prepared) -> Result<(), Refusal> {
        self.activity
            .send_replace(Activity::Installing { percent: 0 });
        let mut trial = self.new_trial(&prepared.plan, &prepared.bundle).await;
        let kept = |error: crate::store::StoreError| Refusal::InstallFailed {
            detail: error.to_string(),
        };
        self.store.set_trial(&trial).map_err(kept)?;
        let progress = |percent| {
            self.activity.send_replace(Activity::Installing { percent });
        };
        let installed = self.slots.install(&prepared.path, progress).await;
        installed.map_err(|error| error.refusal())?;
        trial.stage = Stage::Installed;
        // A record that stays behind still says that this system was never judged.
        self.store.set_trial(&trial).map_err(kept)
    }

    async fn new_trial(&self, plan: &Plan, bundle: &Bundle) -> Trial {
        let readiness = self.room.readiness().await;
        Trial {
            from: plan.slot.other(),
            from_version: plan.from.clone(),
            target: plan.slot,
            version: plan.to.clone(),
            // A floor above itself would lock the unit out of what it runs.
            floor: bundle.floor.clone().filter(|floor| *floor <= plan.to),
            stage: Stage::Installing,
            boot: self.boot.clone(),
            before: room::before(readiness.as_ref()),
            reasons: Vec::new(),
        }
    }

    /// Asks systemd by the file `wish`, once no call is going on.
    pub async fn restart(&self, wish: &str) {
        self.no_call().await;
        self.activity.send_replace(Activity::Restarting);
        if let Err(error) = std::fs::write(self.runtime.join(wish), b"") {
            tracing::error!(%error, wish, "systemd cannot be asked");
        }
    }

    /// What became of an update is kept, and its trial ends.
    fn finish(&self, outcome: &Outcome) {
        // In this order: an end that is told twice is better than one nobody hears of.
        if let Err(error) = self.store.set_last(outcome) {
            tracing::error!(%error, "the end of an update cannot be kept");
        }
        if let Err(error) = self.store.end_trial() {
            tracing::error!(%error, "a trial cannot be ended");
        }
    }

    /// Once after each start: what became of the trial there was. A restart that is still owed is
    /// asked for again.
    pub fn resume(self: Arc<Self>, state: &State) {
        let Some(trial) = self.store.trial() else {
            return;
        };
        let (from, to) = (trial.from_version.clone(), trial.version.clone());
        match after_start(trial, state.booted, &self.boot, state.next) {
            Standing::OnTrial(trial) => {
                tracing::info!(%to, stage = ?trial.stage, "this system is on trial");
                self.keep(&trial);
                self.activity.send_replace(Activity::OnTrial);
            }
            Standing::AwaitsRestart(trial) => {
                self.keep(&trial);
                tokio::spawn(async move { self.restart("reboot").await });
            }
            Standing::StillInstalling(_) if state.installing => {
                tokio::spawn(async move { self.see_it_end().await });
            }
            Standing::StillInstalling(_) => self.over(from, to, Ended::Interrupted),
            Standing::Over(Ended::FellBack { mut reasons }) => {
                let faults = read_json::<BTreeMap<Slot, String>>(&self.start_faults);
                let said = faults.and_then(|mut faults| faults.remove(&state.booted.other()));
                reasons.extend(said.map(|said| Reason::Start { said }));
                self.over(from, to, Ended::FellBack { reasons });
            }
            Standing::Over(ended) => self.over(from, to, ended),
        }
    }

    fn keep(&self, trial: &Trial) {
        if let Err(error) = self.store.set_trial(trial) {
            tracing::error!(%error, "a trial cannot be recorded");
        }
    }

    fn over(&self, from: room_fleet::Version, to: room_fleet::Version, ended: Ended) {
        tracing::warn!(%from, %to, ?ended, "an update ended without being proven");
        self.finish(&Outcome {
            from,
            to,
            ended,
            at_ms: now_ms(),
        });
    }

    /// RAUC went on while this program was away.
    async fn see_it_end(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            match self.slots.state().await {
                Ok(state) if !state.installing => return self.resume(&state),
                _ => {}
            }
        }
    }
}

async fn whole(path: PathBuf, verity: room_fleet::verity::Verity) -> Result<(), Refusal> {
    let checked = tokio::task::spawn_blocking(move || check::whole(&path, verity)).await;
    checked.unwrap_or(Err(Refusal::Damaged))
}

/// Where a source may lie.
#[must_use]
pub fn is_acceptable(source: &str) -> bool {
    let web = source.starts_with("https://") || source.starts_with("http://");
    source.len() <= room_fleet::api::MAX_SOURCE && (web || Path::new(source).is_absolute())
}
