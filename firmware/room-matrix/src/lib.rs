//! The room's Matrix session: login, sync, membership events, keys.
//!
//! Invariant: a shell carries no decisions. Each request is tried once and answers with a typed
//! [`RequestError`]; what the homeserver says arrives as [`MatrixFact`]s. When to try again, whom
//! to send a key and what a membership means is decided in `room_core::rtc`, which gets the
//! events as raw, bounded JSON. Statuses, tokens, transports and sync answers are read there too;
//! here only single fields of an answer are taken.
//!
//! Two ways lead to the homeserver. matrix-sdk keeps the session, the sync and the cryptography;
//! everything a call's keeper orders (memberships, delayed and sticky events, tokens) goes by
//! plain HTTP, because matrix-sdk would retry a 429 by itself and knows no sticky events.
//!
//! Deliberately absent: retries (but for the endless sync), timers, parsing of memberships.
//!
//! Logs: matrix-sdk writes user ids, room ids and event ids. A daemon must install
//! [`LOG_DIRECTIVES`] on top of its own filter.
#![recursion_limit = "512"]

mod call;
mod crypto;
mod directory;
mod driver;
mod error;
mod fact;
mod http;
mod identity;
mod keys;
mod known;
mod late;
mod making;
mod network;
mod open;
mod options;
mod room;
mod rooms;
mod session;
mod sfu;
mod sticky;
mod store;
mod sync;
mod transports;

pub use call::Event;
pub use directory::Found;
pub use error::{OpenError, RequestError, SfuError};
pub use fact::{
    MAX_EVENT_BYTES, MAX_EVENTS, MatrixFact, Member, Membership, ReceivedKey, RoomState,
    TimelineEvent,
};
pub use known::{KnownRoom, MAX_ROOMS};
pub use network::Network;
pub use options::{KeyRecipients, Login, SessionOptions};
pub use session::{Capabilities, Session};
pub use sfu::{SfuEndpoint, SfuGrant, SfuRequest};

/// `tracing` directives that keep personal ids out of the log: matrix-sdk names users and rooms at
/// every level, errors included, so it stays silent; what fails is logged here, in classes.
pub const LOG_DIRECTIVES: &str = "matrix_sdk=off,ruma=off,vodozemac=off,hyper=warn,reqwest=warn,\
rustls=warn,h2=warn";

/// Unix time in milliseconds.
fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
