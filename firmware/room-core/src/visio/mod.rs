//! Meetings of La Suite (Visio, suitenumerique/meet) by the instance's guest API.
//!
//! [`link`] reads links and codes, [`ask`] says what to ask, [`answer`] what an answer means, and
//! [`door`] waits in the lobby. All of it is pure: the requests themselves are `room-visio`'s.
//!
//! Invariants: everything an instance says is bounded and only status codes are relied on; no
//! `Debug` shows a code, a name, a cookie or a token. A [`Pass`] lets into a meeting without
//! end-to-end encryption, and is of another type than [`crate::sfus::Grant`], which lets into a
//! Matrix call: neither can be used for the other.

pub mod answer;
pub mod ask;
pub mod cookie;
pub mod door;
pub mod link;

use room_messages::Token;

use crate::RequestId;
pub use answer::Answer;
pub use ask::Ask;
pub use cookie::Cookie;
pub use link::{Instances, Meeting};

/// A question to an instance: asked once, without following redirects.
#[derive(Clone, Debug, PartialEq)]
pub struct VisioOrder {
    pub request: RequestId,
    pub ask: Ask,
}

/// What came of a [`VisioOrder`].
#[derive(Clone, Debug, PartialEq)]
pub struct VisioFact {
    pub request: RequestId,
    /// `None` when nothing came in time.
    pub answer: Option<Answer>,
}

/// Admission to a meeting's media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// `wss://…`; plain only from a loopback instance to loopback.
    pub(crate) url: String,
    pub(crate) token: Token,
}

/// Whether an address is this machine's own.
fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
