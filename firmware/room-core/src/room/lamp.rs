//! What the room's status light says to people who enter, or would.

use room_messages::DeviceState;
use room_messages::api::Phase;

use super::Room;

/// One state of the status light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lamp {
    /// Nobody has the room.
    Free,
    /// A meeting has the room, without a call.
    Busy,
    Connecting,
    /// In a call, the microphone is open.
    Live,
    /// In a call, the microphone is closed.
    Muted,
    /// Somebody must act before there can be a call.
    Fault,
    /// The unit's system is being replaced: it must keep its power.
    Updating,
}

impl Lamp {
    pub const ALL: [Self; 7] = [
        Self::Free,
        Self::Busy,
        Self::Connecting,
        Self::Live,
        Self::Muted,
        Self::Fault,
        Self::Updating,
    ];
}

impl Room {
    /// The light; `busy` is what the room's day says. A call comes first, since people are heard
    /// and seen in it; then what keeps a meeting from being held here.
    #[must_use]
    pub fn lamp(&self, busy: bool) -> Lamp {
        match self.call.phase() {
            Phase::Joining | Phase::Leaving | Phase::Reconnecting => Lamp::Connecting,
            Phase::InCall if self.devices.microphone == DeviceState::Live => Lamp::Live,
            Phase::InCall => Lamp::Muted,
            Phase::Idle | Phase::Failed if self.updating => Lamp::Updating,
            Phase::Idle | Phase::Failed if !self.pressing().is_empty() => Lamp::Fault,
            Phase::Idle | Phase::Failed if busy => Lamp::Busy,
            Phase::Idle | Phase::Failed => Lamp::Free,
        }
    }
}
