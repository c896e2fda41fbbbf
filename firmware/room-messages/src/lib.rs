//! What Salle's processes say to each other.
//!
//! Two conversations, both typed, both bounded:
//!
//! * [`Order`]s go down from `roomd` to `mediad`, [`Fact`]s come up, as
//!   length-prefixed JSON over one Unix socket ([`wire`]);
//! * the control API of `roomd` ([`api`], [`events`]), HTTP and JSON, for the panel,
//!   `roomctl` and integrators.
//!
//! Invariant: nothing here does I/O, and no [`MediaKey`] or [`Token`] can reach
//! a log: their `Debug` prints no content and their memory is wiped on drop.

pub mod api;
pub mod events;
mod fact;
mod order;
mod people;
mod prompt;
mod secret;
mod track;
pub mod wire;

pub use fact::{DeviceState, EndReason, Fact, Picture, SfuState};
pub use order::{
    Arrangement, AudioInput, AudioOutput, Configuration, DeviceRule, MAX_ROSTER, Order,
    RosterEntry, Screen, SimulatedDevice, StageOutput, VideoFormat, VideoInput,
};
pub use people::SfuPerson;
pub use prompt::Prompt;
pub use secret::{KeyLengthError, MediaKey, Token};
pub use track::{Decryption, OwnTrack, PeerTrack, Source, TrackStatistics};

use serde::{Deserialize, Serialize};

/// Number `roomd` gives to one SFU connection of the running call; the room's own SFU is
/// always [`SfuId::OWN`], others count upwards and are never used again within a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SfuId(pub u32);

impl SfuId {
    /// The SFU the room publishes on.
    pub const OWN: Self = Self(0);
}

/// A LiveKit participant identity: `user:device`, or the hash of MSC4195.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identity(pub String);

impl Identity {
    /// The room itself, among those whose screen can be shown. Nobody else is called so: an SFU's
    /// identities are never empty.
    pub const ROOM: Self = Self(String::new());
}
