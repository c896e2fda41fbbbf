//! What the mind hears, and what it wants done.

use room_messages::api::{Button, Layout, Move, Problem, Reaction};
use room_messages::{Fact, Order, SimulatedDevice};

use crate::lens::Preset;
use crate::matrix::{MatrixFact, MatrixOrder};
use crate::visio::{VisioFact, VisioOrder};

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// Time passed, and nothing else.
    Tick,
    Ask(Ask),
    Board(BoardFact),
    /// `mediad` is connected and knows nothing.
    MediaUp,
    MediaDown,
    Media(Fact),
    Matrix(MatrixFact),
    Visio(VisioFact),
    /// The call this room was in when it was last stopped.
    Remembered {
        target: String,
    },
    /// The camera's presets as they were last kept.
    Presets(Vec<Preset>),
    /// The state directory cannot be written, or can be again.
    StateFault(Option<Problem>),
    /// What `fleetd` finds wrong with the unit, worst first.
    UnitFaults(Vec<Problem>),
    /// Whether the unit's system is being replaced.
    Updating(bool),
    /// The control API cannot be had on TCP, or can be again.
    ApiFault(Option<Problem>),
    /// What the meeting that can be joined now leads to.
    Meeting {
        target: Option<String>,
    },
    /// Whether nobody is to be disturbed: quiet hours, in a room without people.
    Hush(bool),
    /// No profile fits the board.
    BoardFault(Problem),
    /// Leave everything; answered by [`Effect::Finished`].
    ShutDown,
}

/// What people and integrators ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    Join {
        target: String,
    },
    Leave,
    Microphone {
        muted: bool,
    },
    Camera {
        on: bool,
    },
    Speaker {
        volume: u8,
    },
    Hand {
        raised: bool,
    },
    /// Calls for somebody who helps, or takes the call back.
    Help {
        wanted: bool,
    },
    /// Shows an emoji to the others.
    React(Reaction),
    /// Begins a meeting in a Matrix room made for it.
    Meet,
    /// Calls somebody into the running call: a user id, or a link to one.
    Add {
        target: String,
    },
    /// Shares what is plugged in, or ends that.
    Share {
        active: bool,
    },
    /// Turns the camera by steps.
    Turn(Move),
    /// Turns the camera to a preset.
    LookAt(String),
    /// Keeps where the camera looks under a name.
    KeepView(String),
    ForgetView(String),
    /// Lays the stage out.
    Arrange(Layout),
    /// Answers a call that rings with no.
    Decline {
        room: String,
    },
}

/// What the board tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoardFact {
    MuteLine {
        asserted: bool,
    },
    Pressed(Button),
    /// Profile `sim` only: a device is unplugged or plugged in.
    Plugged {
        device: SimulatedDevice,
        present: bool,
    },
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Media(Order),
    Matrix(MatrixOrder),
    Visio(VisioOrder),
    /// Keep these presets over a restart.
    KeepPresets(Vec<Preset>),
    /// Keep this target over a restart, or none.
    Remember(Option<String>),
    /// Everything is released; the process may end.
    Finished,
}
