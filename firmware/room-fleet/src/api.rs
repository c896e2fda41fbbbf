//! What `fleetd` answers and takes on `/run/salle-fleet/fleetd.sock`, HTTP and JSON.
//!
//! | | |
//! |---|---|
//! | `GET /v1/update` | [`Update`] |
//! | `POST /v1/update/plan` | [`Source`] → [`Planned`]; nothing is changed but the bundle kept |
//! | `POST /v1/update/install` | [`Source`] → [`Planned`] at once; the rest is seen in `GET /v1/update` |
//! | `POST /v1/factory-reset` | [`Confirm`] → nothing; the unit restarts when no call is going on |
//! | `GET /v1/health` | [`Health`] |
//!
//! Every error is a [`Problem`] with an HTTP status of 4xx or 5xx.

use room_messages::api::{Problem, Text};
use serde::{Deserialize, Serialize};

use crate::{CallState, Channel, Outcome, Plan, Slot, Trial, Version};

/// Longest path or address, in bytes.
pub const MAX_SOURCE: usize = 2048;
/// What [`Confirm`] must say: nobody resets a unit by a slip.
pub const RESET_WORD: &str = "factory-reset";

/// Where a bundle comes from: an absolute path on the unit, or an `https://` or `http://` address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub source: String,
    /// Refuse what runs already or was given up before: a stick may stay plugged in.
    #[serde(default)]
    pub only_new: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// [`RESET_WORD`].
    pub confirm: String,
}

/// A plan with its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    pub plan: Plan,
    pub steps: Vec<Text>,
    pub waiting: Vec<Text>,
    pub refusals: Vec<Problem>,
}

impl From<Plan> for Planned {
    fn from(plan: Plan) -> Self {
        Self {
            steps: plan.steps.iter().map(crate::Step::text).collect(),
            waiting: plan.waiting.iter().map(|wait| wait.text()).collect(),
            refusals: plan.refusals.iter().map(crate::Refusal::problem).collect(),
            plan,
        }
    }
}

/// What the updater does now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "activity", rename_all = "snake_case")]
pub enum Activity {
    #[default]
    Idle,
    Fetching {
        bytes: u64,
        of: Option<u64>,
    },
    Checking,
    /// For the end of a call.
    Waiting,
    Installing {
        percent: u8,
    },
    /// Installed; restarts when no call is going on.
    Restarting,
    /// This is the new system, being judged.
    OnTrial,
}

impl Activity {
    /// Whether the unit must keep its power, and is about to restart.
    #[must_use]
    pub const fn replaces_the_system(self) -> bool {
        matches!(self, Self::Installing { .. } | Self::Restarting)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotView {
    pub slot: Slot,
    pub booted: bool,
    /// What the bootloader thinks of it.
    pub good: bool,
    /// As the bundle said that was installed there; `None` when it was flashed.
    pub version: Option<String>,
}

/// `GET /v1/update`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    pub version: Version,
    pub compatible: String,
    pub channel: Channel,
    /// No older version is installed.
    pub floor: Version,
    pub slots: Vec<SlotView>,
    pub call: CallState,
    pub activity: Activity,
    pub trial: Option<Trial>,
    /// What became of the last update.
    pub last: Option<Outcome>,
    /// Worst first; the same are in the room's status.
    pub faults: Vec<Problem>,
}

/// `GET /v1/health`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub commissioned: bool,
    /// `roomd` answers and its media is up.
    pub ready: bool,
    pub camera: bool,
    pub microphone: bool,
    pub homeserver: bool,
    pub booted: Option<Slot>,
    /// This boot was marked good.
    pub boot_good: bool,
    pub on_trial: bool,
}
