//! The updater underneath, as narrow as it gets: what the slots are, what a bundle says,
//! installing one, and marking a boot good. RAUC over D-Bus is the one there is.

mod rauc;

use std::collections::BTreeMap;
use std::path::Path;

use room_fleet::verity::Verity;
use room_fleet::{Bundle, Refusal, Slot};

pub use rauc::Rauc;

/// The slots as the bootloader and RAUC see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub booted: Slot,
    /// What would be started next, when the bootloader can say.
    pub next: Option<Slot>,
    pub slots: BTreeMap<Slot, SlotState>,
    /// RAUC is writing.
    pub installing: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotState {
    pub good: bool,
    pub version: Option<String>,
}

/// A bundle whose signature is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    pub bundle: Bundle,
    pub verity: Verity,
}

/// Why RAUC did not do it.
#[derive(Debug, thiserror::Error)]
pub enum SlotError {
    #[error("RAUC does not answer")]
    Silent(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("RAUC refuses")]
    Refused(Refusal),
    #[error("RAUC answers in a way this version does not know: {0}")]
    Unreadable(&'static str),
}

impl SlotError {
    /// For people.
    #[must_use]
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(refusal) => refusal.clone(),
            Self::Silent(_) | Self::Unreadable(_) => Refusal::UpdaterSilent,
        }
    }
}

/// See the module.
pub trait Slots: Send + Sync + 'static {
    /// # Errors
    /// When RAUC does not answer, or the machine was not started from a slot.
    fn state(&self) -> impl Future<Output = Result<State, SlotError>> + Send;

    /// Checks the signature and reads the manifest.
    ///
    /// # Errors
    /// When the bundle is not good.
    fn inspect(&self, bundle: &Path) -> impl Future<Output = Result<Inspected, SlotError>> + Send;

    /// Writes the slot that is not running and makes it the next to start; `progress` is told
    /// percentages.
    ///
    /// # Errors
    /// When it did not come to the end; the running slot stays the next to start then.
    fn install(
        &self,
        bundle: &Path,
        progress: impl FnMut(u8) + Send,
    ) -> impl Future<Output = Result<(), SlotError>> + Send;

    /// Gives the running slot all its tries back.
    ///
    /// # Errors
    /// When the bootloader's environment cannot be written.
    fn mark_good(&self) -> impl Future<Output = Result<(), SlotError>> + Send;
}
