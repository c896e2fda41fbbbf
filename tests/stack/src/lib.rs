//! A real MatrixRTC stack on loopback, for tests and for the demo.
//!
//! Purpose: [`Stack::start`] brings up one site, or two that federate. A site is a real
//! Synapse (SQLite), a real LiveKit that makes no rooms by itself, and an authorization
//! service of our own (Element's is not packaged) that runs inside this process.
//!
//! [`Visio`] imitates an instance of La Suite Meet on a site's LiveKit, since the real one needs a
//! whole Django site.
//!
//! [`CalendarServer`] is a real Radicale, by itself: nothing of a site is needed for it.
//!
//! Invariant: nothing listens anywhere but on loopback, or on the one address of `lo` that the
//! options name, and nothing started here outlives
//! this process: children are ended when the [`Stack`] is dropped, also by a panic, and the
//! kernel ends them if the process is killed.
//!
//! Deliberately absent: installing anything (`cargo xtask setup` does), and anything a
//! room or Element Call does; this crate only plays the operator of a site.
//!
//! ```no_run
//! # async fn run() -> Result<(), salle_stack::Error> {
//! use salle_stack::{Options, RoomOptions, Stack};
//!
//! let stack = Stack::start(Options::default()).await?;
//! let site = stack.site(0);
//! let alice = site.register("alice", "secret").await?;
//! let room = alice.create_room(RoomOptions::default()).await?;
//! println!("{} {}", site.homeserver_url(), room);
//! # Ok(()) }
//! ```
#![recursion_limit = "256"]

mod account;
mod authorization;
mod certificates;
mod error;
mod livekit;
mod options;
mod places;
mod ports;
mod process;
mod radicale;
mod scratch;
mod sfu;
mod site;
mod stack;
mod synapse;
mod tls;
mod token;
mod uplink;
mod visio;

pub use account::{Account, Member, RoomOptions};
pub use authorization::faults::{Fault, Faults};
pub use authorization::names::{hashed_identity, plain_identity, sfu_room_name};
pub use error::Error;
pub use options::{FullAccess, Options, RateLimits, Sites};
pub use places::cache_directory;
pub use radicale::{CalendarServer, Transport};
pub use sfu::{Participant, Sfu, Track};
pub use site::Site;
pub use stack::Stack;
pub use token::Grants;
pub use uplink::{BadUplink, Cut, Trouble};
pub use visio::{Access, Lobby, Mood, Visio};

/// What every operation of this crate answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;
