//! One trait per physical thing on a room's board, named as an installer names it.
//!
//! Real and simulated backends implement the same traits and always both compile; start-up code
//! in one place picks one. Invariant: no call here blocks longer than the wait it is given or the
//! limit its documentation states. Deliberately absent: what a press or a colour means.

mod buttons;
pub mod contract;
mod display;
mod hotplug;
mod lamp;
mod mute_line;
mod phone;
mod ports;
mod presence;
pub mod profile;
mod touch;

pub use buttons::{Button, Buttons};
pub use display::DisplayPower;
pub use hotplug::{Hotplug, Kind, Kinds};
pub use lamp::{Colour, Lamp, Pattern, Percent, StatusLight};
pub use mute_line::MuteLine;
pub use phone::{PhoneLamps, Speakerphone};
pub use ports::{Camera, CameraPort, Format, Sound, SoundPort};
pub use presence::PresenceSensor;
pub use touch::{Touch, TouchPanel, Touched};

/// A thing on the board does not do what it should. What the system said is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    #[error("it is not connected")]
    Unplugged,
    #[error("it did not answer in time")]
    TimedOut,
    #[error("another program holds it")]
    Busy,
    #[error("this program may not use it")]
    NotAllowed,
    #[error("the system reports an error")]
    Failed,
}

/// What the room's mind works with. `None`: the profile names no such thing, which is not a
/// fault.
#[allow(missing_debug_implementations, reason = "trait objects")]
pub struct Board {
    /// Told by its colour: the room's state, to people who enter.
    pub light: Option<Box<dyn StatusLight>>,
    /// Lit in a call.
    pub call_lamp: Option<Box<dyn Lamp>>,
    /// Lit while nothing said in the room is heard elsewhere.
    pub mute_lamp: Option<Box<dyn Lamp>>,
    pub buttons: Box<dyn Buttons>,
    pub mute_line: Option<Box<dyn MuteLine>>,
    pub presence: Option<Box<dyn PresenceSensor>>,
    /// Buttons and lamps of the sound device.
    pub phone: Option<Box<dyn Speakerphone>>,
    pub display: Option<Box<dyn DisplayPower>>,
    /// The display's remote control.
    pub remote: Option<Box<dyn Buttons>>,
    pub touch: Option<Box<dyn TouchPanel>>,
}

/// What the media process works with.
#[allow(missing_debug_implementations, reason = "trait objects")]
pub struct Ports {
    pub camera: Box<dyn CameraPort>,
    /// What can be shared: a computer's picture, by a capture device.
    pub content: Box<dyn CameraPort>,
    pub microphone: Box<dyn SoundPort>,
    pub speaker: Box<dyn SoundPort>,
    pub hotplug: Box<dyn Hotplug>,
}
