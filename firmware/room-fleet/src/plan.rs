//! Desired and observed → plan. A plan is shown before it runs; running it makes no choices.

use room_messages::api::Text;
use serde::{Deserialize, Serialize};

use crate::{Bundle, Refusal, Release, Slot, Version};

/// What every bundle must carry: a root without its kernel would not start.
const CLASSES: [&str; 2] = ["rootfs", "kernel"];

/// Whether the room may be disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    None,
    GoingOn,
    /// `roomd` does not answer, so there is no call to disturb.
    Unknown,
}

/// The unit as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    pub release: Release,
    /// The highest floor a proven system ever had; never lower than the release's own counts.
    pub kept_floor: Option<Version>,
    pub booted: Slot,
    pub call: CallState,
    /// Bytes of each slot of the other system, by class.
    pub slot_sizes: Vec<(String, u64)>,
    /// Free bytes where bundles are kept, and whether this one is there already.
    pub free: u64,
    pub fetched: bool,
    /// Another update runs.
    pub updating: bool,
    /// The running system is itself on trial.
    pub on_trial: bool,
}

impl Observed {
    /// No older version is installed.
    #[must_use]
    pub fn floor(&self) -> &Version {
        match &self.kept_floor {
            Some(kept) if *kept > self.release.floor => kept,
            _ => &self.release.floor,
        }
    }
}

/// One thing that will be done, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Keep the bundle on the data partition.
    Fetch { bytes: u64 },
    /// Copy the settings for the version that runs now.
    KeepSettings { version: Version },
    /// Write the other slot; the running one is not touched.
    Install { slot: Slot, version: Version },
    /// Start the other slot.
    Restart { slot: Slot },
    /// Prove it: `roomd` ready, devices and homeserver as before; else back to `from`.
    Prove { from: Slot },
}

/// What a step waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wait", rename_all = "snake_case")]
pub enum Wait {
    /// Installing loads the processor and the disk, restarting ends the call.
    CallGoingOn,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    pub from: Version,
    pub to: Version,
    /// Bytes of the bundle.
    pub size: u64,
    pub slot: Slot,
    pub steps: Vec<Step>,
    /// What `Install` and `Restart` wait for now.
    pub waiting: Vec<Wait>,
    /// Not empty: nothing is done.
    pub refusals: Vec<Refusal>,
}

impl Plan {
    /// Whether it would be carried out.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        self.refusals.is_empty()
    }
}

/// What installing `bundle` would do here.
#[must_use]
pub fn plan(bundle: &Bundle, observed: &Observed) -> Plan {
    let target = observed.booted.other();
    let refusals = refusals(bundle, observed);
    let steps = if refusals.is_empty() {
        steps(bundle, observed, target)
    } else {
        Vec::new()
    };
    let waits = refusals.is_empty() && observed.call == CallState::GoingOn;
    Plan {
        from: observed.release.version.clone(),
        to: bundle.version.clone(),
        size: bundle.size,
        slot: target,
        steps,
        waiting: waits.then_some(Wait::CallGoingOn).into_iter().collect(),
        refusals,
    }
}

fn steps(bundle: &Bundle, observed: &Observed, slot: Slot) -> Vec<Step> {
    let mut steps = Vec::new();
    if !observed.fetched {
        steps.push(Step::Fetch { bytes: bundle.size });
    }
    steps.extend([
        Step::KeepSettings {
            version: observed.release.version.clone(),
        },
        Step::Install {
            slot,
            version: bundle.version.clone(),
        },
        Step::Restart { slot },
        Step::Prove {
            from: observed.booted,
        },
    ]);
    steps
}

fn refusals(bundle: &Bundle, observed: &Observed) -> Vec<Refusal> {
    let mut found = Vec::new();
    if observed.updating {
        found.push(Refusal::AlreadyUpdating);
    }
    if observed.on_trial {
        found.push(Refusal::OnTrial);
    }
    if bundle.compatible != observed.release.compatible {
        found.push(Refusal::WrongBoard {
            bundle: bundle.compatible.clone(),
            here: observed.release.compatible.clone(),
        });
    }
    if bundle.version < *observed.floor() {
        found.push(Refusal::BelowFloor {
            version: bundle.version.clone(),
            floor: observed.floor().clone(),
        });
    }
    for class in CLASSES {
        if !bundle.images.iter().any(|image| image.class == class) {
            found.push(Refusal::Incomplete {
                missing: class.to_owned(),
            });
        }
    }
    for image in &bundle.images {
        let slot = observed.slot_sizes.iter().find(|(c, _)| *c == image.class);
        if let Some((_, slot)) = slot.filter(|(_, slot)| image.size > *slot) {
            found.push(Refusal::ImageTooLarge {
                class: image.class.clone(),
                size: image.size,
                slot: *slot,
            });
        }
    }
    if !observed.fetched && bundle.size > observed.free {
        found.push(Refusal::NoSpace {
            need: bundle.size,
            free: observed.free,
        });
    }
    found
}

impl Step {
    /// One line for people.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Fetch { bytes } => {
                let mib = bytes.div_ceil(1024 * 1024);
                Text::new(
                    format!("keep the bundle ({mib} MiB) on this unit"),
                    format!("garder le paquet ({mib} Mio) sur cette unité"),
                )
            }
            Self::KeepSettings { version } => Text::new(
                format!("keep a copy of the settings for version {version}"),
                format!("garder une copie des réglages pour la version {version}"),
            ),
            Self::Install { slot, version } => Text::new(
                format!("write version {version} to slot {}", slot.bootname()),
                format!(
                    "écrire la version {version} dans l'emplacement {}",
                    slot.bootname()
                ),
            ),
            Self::Restart { slot } => Text::new(
                format!("restart into slot {}", slot.bootname()),
                format!("redémarrer sur l'emplacement {}", slot.bootname()),
            ),
            Self::Prove { from } => Text::new(
                format!(
                    "prove it: ready, camera, microphone and homeserver as before; else back to slot {}",
                    from.bootname()
                ),
                format!(
                    "faire ses preuves : prête, caméra, microphone et serveur comme avant ; sinon retour à l'emplacement {}",
                    from.bootname()
                ),
            ),
        }
    }
}

impl Wait {
    /// One line for people.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::CallGoingOn => Text::new(
                "waits for the end of the call before it writes and restarts",
                "attend la fin de l'appel avant d'écrire et de redémarrer",
            ),
        }
    }
}

#[cfg(test)]
mod tests;
