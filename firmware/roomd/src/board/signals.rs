//! What the lamps say: from the room's status to colours and patterns. Pure.
//!
//! Invariant: the mute lamp is dark in a call only while the microphone is really open.

use board_api::{Colour, Pattern};
use room_core::room::Lamp;
use room_messages::api::{Device, Phase, Status};

/// What every lamp shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signals {
    pub light: (Colour, Pattern),
    pub call: Pattern,
    pub mute: Pattern,
}

/// The signals of this state.
pub fn signals(lamp: Lamp, status: &Status) -> Signals {
    let ringing = !status.ringing.is_empty();
    let phase = status.call.phase;
    Signals {
        light: light(lamp),
        call: match phase {
            Phase::InCall => Pattern::Steady,
            Phase::Joining | Phase::Reconnecting | Phase::Leaving => Pattern::Blinking,
            Phase::Idle | Phase::Failed if ringing => Pattern::Flashing,
            Phase::Idle | Phase::Failed => Pattern::Dark,
        },
        mute: mute(status),
    }
}

/// Each has a pattern of its own, so that it is known without its colour: by people who do not see
/// colours, and on a board whose light has one. What lasts is calm; what is quick asks for a look.
fn light(lamp: Lamp) -> (Colour, Pattern) {
    match lamp {
        Lamp::Free => (Colour::Green, Pattern::Glinting),
        Lamp::Busy => (Colour::Red, Pattern::Slow),
        Lamp::Connecting => (Colour::Amber, Pattern::Blinking),
        Lamp::Muted => (Colour::Amber, Pattern::Occulting),
        Lamp::Live => (Colour::Red, Pattern::Steady),
        Lamp::Fault => (Colour::Red, Pattern::Flashing),
        Lamp::Updating => (Colour::Amber, Pattern::Double),
    }
}

/// The switch of the hardware lights its lamp always, a mute by software in a call.
fn mute(status: &Status) -> Pattern {
    let microphone = &status.microphone;
    let in_call = status.call.phase.is_call();
    let silent = in_call && microphone.device != Device::Live;
    if microphone.hardware_muted || silent {
        Pattern::Steady
    } else {
        Pattern::Dark
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub use tests::status;
