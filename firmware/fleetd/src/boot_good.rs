//! `fleetd boot-good`: the one place that marks a boot good.
//!
//! In: what `roomd` says, every two seconds. Out: the slot's tries, given back through RAUC, or a
//! reason in the record of the trial and exit code 1. What is good is [`room_fleet::health`]'s.

use std::time::{Duration, Instant};

use room_fleet::health::{Excused, Judge, Verdict};
use room_fleet::{Ended, Outcome, Reason, Standing, Trial, after_start};
use room_settings::Settings;
use tokio::time::sleep;

use crate::args::{BootGood, Places};
use crate::outcome::Failure;
use crate::room::{self, Room};
use crate::serve::read_release;
use crate::slots::{Rauc, SlotError, Slots};
use crate::store::{Store, boot_id, now_ms};

const LOOK: Duration = Duration::from_secs(2);
/// The bootloader's environment is on the same disk as everything: a write may fail once.
const MARKS: u32 = 5;

/// Waits for the verdict.
///
/// # Errors
/// [`Failure::NotGood`] and [`Failure::NotMarked`]: this boot does not count.
pub async fn run(args: BootGood) -> Result<(), Failure> {
    let places = args.places;
    let release = read_release(&places.release)?;
    let slots = Rauc::connect(places.bus.as_deref()).await;
    let slots = slots.map_err(|source| Failure::Bus { source })?;
    let store = Store::new(&places.state);
    let boot = boot_id(places.boot.as_deref())?;
    let trial = on_trial(&store, &slots, &boot).await;
    let judge = match &trial {
        Some(trial) => Judge::of_trial(trial.before, excused(&places)),
        None => Judge::of_known(),
    };
    let mut judge = judge.with_patience(Duration::from_secs(args.patience));
    let verdict = wait(&mut judge, &Room::new(&places.room)).await;
    let marked = match verdict {
        Ok(()) => mark(&slots)
            .await
            .map_err(|source| (Reason::NotMarked, Failure::NotMarked { source })),
        Err(reason) => Err((reason.clone(), Failure::NotGood(reason))),
    };
    if let Err((reason, failure)) = marked {
        if let Some(trial) = trial {
            note(&store, trial, reason);
        }
        return Err(failure);
    }
    // What this system guards from now on, and what the bundle it came in asked for.
    let bundle_floor = trial.as_ref().and_then(|trial| trial.floor.clone());
    for floor in bundle_floor.iter().chain([&release.floor]) {
        log(store.raise_floor(floor));
    }
    log(store.set_good_boot(&boot));
    if let Some(trial) = trial {
        prove(&store, &trial);
    }
    Ok(())
}

/// The record, when this very system is on trial. Counting the try is idempotent: `fleetd serve`
/// has usually done it.
async fn on_trial(store: &Store, slots: &impl Slots, boot: &str) -> Option<Trial> {
    let trial = store.trial()?;
    let booted = match slots.state().await {
        Ok(state) => state.booted,
        Err(error) => {
            tracing::error!(error = %crate::outcome::chain(&error), "the slots are not known");
            // Judged strictly: whoever is not on trial passes that too.
            return Some(trial);
        }
    };
    match after_start(trial, booted, boot, None) {
        Standing::OnTrial(trial) => {
            log(store.set_trial(&trial));
            Some(trial)
        }
        _ => None,
    }
}

fn excused(places: &Places) -> Excused {
    let Ok(settings) = Settings::load(&places.settings) else {
        return Excused::default();
    };
    let without = settings.update.do_without;
    Excused {
        camera: without.camera,
        microphone: without.microphone,
        homeserver: without.homeserver,
    }
}

async fn wait(judge: &mut Judge, room: &Room) -> Result<(), Reason> {
    let began = Instant::now();
    loop {
        let readiness = room.readiness().await;
        match judge.look(began.elapsed(), room::seen(readiness.as_ref())) {
            Verdict::Good => return Ok(()),
            Verdict::Bad(reason) => return Err(reason),
            Verdict::Wait => sleep(LOOK).await,
        }
    }
}

async fn mark(slots: &impl Slots) -> Result<(), SlotError> {
    let mut left = MARKS;
    loop {
        left -= 1;
        match slots.mark_good().await {
            Err(error) if left > 0 => {
                tracing::warn!(error = %crate::outcome::chain(&error), "not marked good yet");
                sleep(LOOK).await;
            }
            done => return done,
        }
    }
}

/// The reason this try does not count, for whoever looks from the old system.
fn note(store: &Store, mut trial: Trial, reason: Reason) {
    trial.reasons.push(reason);
    log(store.set_trial(&trial));
}

fn prove(store: &Store, trial: &Trial) {
    tracing::info!(version = %trial.version, "the update is proven");
    log(store.set_last(&Outcome {
        from: trial.from_version.clone(),
        to: trial.version.clone(),
        ended: Ended::Proven,
        at_ms: now_ms(),
    }));
    log(store.end_trial());
}

/// The slot is marked: what cannot be written about it now is no reason to fail the boot.
fn log(done: Result<(), crate::store::StoreError>) {
    if let Err(error) = done {
        tracing::error!(error = %crate::outcome::chain(&error), "the record is not complete");
    }
}
