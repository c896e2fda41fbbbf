//! Element Call in Chromium, as a participant of a call that tests, the bench and the demo
//! drive.
//!
//! Purpose: an independent client on the other side. [`ElementCall::open`] logs a user in,
//! opens Element Call embedded 0.26.1 in headless Chromium with a made-up camera and
//! microphone, and gives a [`Peer`] whose [`Peer::observe`] says what that person really
//! sees and hears: colours of decoded pictures, the loudest frequency of decoded sound.
//! [`WebGuest`] is a plain LiveKit client in the same browser, for meetings without encryption.
//! [`Pages`] serves the same page to a person's own browser.
//!
//! Invariant: Element Call itself is not changed; only the page around it, and what that
//! page answers, is ours. Nothing started here outlives this process.
//!
//! Deliberately absent: any opinion about what is right. Tests state that.
//!
//! Installing: `sh tests/peers/host/install.sh` puts the packages and the built page into
//! the cache and prints the folder; it is quick when all is there. `cargo xtask setup` runs
//! it, and [`install::ensure`] runs the same script.

mod browser;
mod element_call;
mod error;
pub mod install;
pub mod media;
mod observation;
mod options;
mod pages;
mod peer;
mod plain;
pub mod processes;

pub use element_call::ElementCall;
pub use error::Error;
pub use observation::{
    AudioObservation, COLUMNS, Colour, KeyErrors, Membership, Observation, OutboundVideo, Remote,
    Timeline, Tracks, VideoObservation,
};
pub use options::{CameraPicture, Mode, Pattern, PeerOptions, Sabotage, Tone};
pub use pages::{PageLink, Pages};
pub use peer::Peer;
pub use plain::WebGuest;
pub use processes::Usage;

/// What every operation of this crate answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;
