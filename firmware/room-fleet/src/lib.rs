//! Care of one unit, without hands: what an update would do and what stands against it, whether
//! a boot is good, what became of a trial, what happens to the data partition, how its login to
//! the network stands, and who gets a service shell.
//!
//! Desired and observed go in, a plan comes out; applying it makes no choices. Invariant: nothing
//! here does I/O or reads a clock, and every refusal names the thing and what to do next, in
//! French and English.
//! Deliberately absent: RAUC, files, sockets; those are `fleetd`'s.

pub mod api;
mod bundle;
pub mod data;
mod faults;
pub mod health;
mod login;
pub mod measured;
mod plan;
mod refusal;
mod release;
pub mod service;
mod trial;
pub mod verity;

pub use bundle::{Bundle, Image};
pub use faults::{Concern, faults};
pub use login::{Listener, Login};
pub use plan::{CallState, Observed, Plan, Step, Wait, plan};
pub use refusal::Refusal;
pub use release::{Channel, Release, ReleaseError, Version, VersionError};
pub use trial::{Ended, Outcome, Reason, Stage, Standing, Trial, after_start};

use serde::{Deserialize, Serialize};

/// One of the two system slots, by its name in the bootloader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Slot {
    A,
    B,
}

impl Slot {
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// From the name RAUC and the bootloader use.
    #[must_use]
    pub fn from_bootname(name: &str) -> Option<Self> {
        match name {
            "A" => Some(Self::A),
            "B" => Some(Self::B),
            _ => None,
        }
    }

    #[must_use]
    pub fn bootname(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}
