//! A new system on trial: what is remembered of it across restarts, and what became of it.
//!
//! The record is written before RAUC makes the other slot the one to start, so that no power cut
//! leaves a new system that nobody judges. Invariant: each trial ends in exactly one [`Outcome`].

use room_messages::api::Text;
use serde::{Deserialize, Serialize};

use crate::health::Before;
use crate::{Slot, Version};

/// Most reasons kept; a slot has three tries.
const MAX_REASONS: usize = 8;

/// Kept in `trial.json` from the beginning of an installation until it is proven or given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    pub from: Slot,
    pub from_version: Version,
    pub target: Slot,
    pub version: Version,
    /// The floor to keep once it is proven.
    pub floor: Option<Version>,
    pub stage: Stage,
    /// Kernel's boot id of the last change of `stage`.
    pub boot: String,
    /// How the room was before.
    pub before: Before,
    /// Why each try so far did not count.
    pub reasons: Vec<Reason>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// RAUC writes.
    Installing,
    /// The next start is the new system's first.
    Installed,
    /// It has been started.
    Tried { times: u32 },
}

/// Why a system did not prove itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// It was started, and none of its programs ever wrote anything.
    NeverStarted,
    /// It ended before it was judged: it hung, crashed or lost power.
    Stopped,
    /// `roomd` did not answer.
    RoomSilent,
    /// The room answered, but media did not come up.
    NotReady,
    /// It does not read the settings.
    SettingsLost,
    CameraLost,
    MicrophoneLost,
    HomeserverLost,
    /// The bootloader's environment could not be written.
    NotMarked,
    /// What the first stage of its start noted in the bootloader's environment.
    Start {
        said: String,
    },
}

impl Reason {
    /// For people.
    #[must_use]
    pub fn text(&self) -> Text {
        let (en, fr) = match self {
            Self::Start { said } => {
                let said: String = said.chars().filter(|c| !c.is_control()).take(100).collect();
                return Text::new(
                    format!("its start was given up: {said}"),
                    format!("son démarrage fut abandonné : {said}"),
                );
            }
            Self::NeverStarted => ("it did not start", "elle n'a pas démarré"),
            Self::Stopped => (
                "it stopped before it was ready (it hung, crashed or lost power)",
                "elle s'est arrêtée avant d'être prête (blocage, panne ou coupure de courant)",
            ),
            Self::RoomSilent => ("roomd did not answer", "roomd n'a pas répondu"),
            Self::NotReady => (
                "roomd did not get ready: its media process did not come up",
                "roomd n'est pas devenu prêt : son processus des médias n'a pas démarré",
            ),
            Self::SettingsLost => (
                "it could not read the settings",
                "elle n'a pas pu lire les réglages",
            ),
            Self::CameraLost => (
                "the camera that worked before did not work",
                "la caméra, qui fonctionnait avant, ne fonctionnait pas",
            ),
            Self::MicrophoneLost => (
                "the microphone that worked before did not work",
                "le microphone, qui fonctionnait avant, ne fonctionnait pas",
            ),
            Self::HomeserverLost => (
                "the homeserver that was reached before was not reached",
                "le serveur, joint auparavant, n'a pas été joint",
            ),
            Self::NotMarked => (
                "the boot could not be marked good",
                "le démarrage n'a pu être marqué comme bon",
            ),
        };
        Text::new(en, fr)
    }
}

/// What became of an update; kept in `last.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub from: Version,
    pub to: Version,
    pub ended: Ended,
    /// Unix milliseconds.
    pub at_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ended", rename_all = "snake_case")]
pub enum Ended {
    Proven,
    /// The old system runs again.
    FellBack {
        reasons: Vec<Reason>,
    },
    /// It was cut short while it was written; the old system was never left.
    Interrupted,
    Failed {
        refusal: crate::Refusal,
    },
}

/// Where a trial stands right after a start of `fleetd`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// This is the new system: judge it. The record with this try counted.
    OnTrial(Trial),
    /// Written and waiting for the restart.
    AwaitsRestart(Trial),
    /// RAUC may still be writing: `fleetd` itself was restarted.
    StillInstalling(Trial),
    /// Over; the record goes.
    Over(Ended),
}

/// Compares the record with what was booted. `boot` is the kernel's boot id; `next` the slot the
/// bootloader would start next, when it can be asked.
#[must_use]
pub fn after_start(mut trial: Trial, booted: Slot, boot: &str, next: Option<Slot>) -> Standing {
    let same_boot = trial.boot == boot;
    if booted == trial.target {
        return Standing::OnTrial(counted(trial, boot));
    }
    match trial.stage {
        Stage::Installing if same_boot => {
            if next == Some(trial.target) {
                trial.stage = Stage::Installed;
                return Standing::AwaitsRestart(trial);
            }
            Standing::StillInstalling(trial)
        }
        Stage::Installing => Standing::Over(Ended::Interrupted),
        Stage::Installed if same_boot => Standing::AwaitsRestart(trial),
        Stage::Installed => {
            let mut reasons = trial.reasons;
            reasons.push(Reason::NeverStarted);
            Standing::Over(Ended::FellBack { reasons })
        }
        Stage::Tried { times } => {
            let mut reasons = trial.reasons;
            // The last try left no reason of its own.
            if reasons.len() < times as usize {
                reasons.push(Reason::Stopped);
            }
            Standing::Over(Ended::FellBack { reasons })
        }
    }
}

/// The record with the try of this boot counted, once.
fn counted(mut trial: Trial, boot: &str) -> Trial {
    let times = match trial.stage {
        Stage::Tried { times } if trial.boot == boot => times,
        Stage::Tried { times } => {
            if trial.reasons.len() < times as usize {
                trial.reasons.push(Reason::Stopped);
            }
            times.saturating_add(1)
        }
        Stage::Installing | Stage::Installed => 1,
    };
    trial.reasons.truncate(MAX_REASONS);
    trial.stage = Stage::Tried { times };
    boot.clone_into(&mut trial.boot);
    trial
}

#[cfg(test)]
mod tests;
