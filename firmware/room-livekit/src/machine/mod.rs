//! The life of one SFU connection, as a plain value.
//!
//! Invariant: at most one socket is ordered open at a time; after [`Event::Ended`] nothing is
//! ordered any more. No clock, no socket and no randomness inside.
use std::time::Duration;

use livekit_protocol::{SignalRequest, SignalResponse};
use room_messages::Token;

use crate::{Command, Event};

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// The socket ordered by [`Order::Open`] is open.
    Opened,
    /// The socket could not be opened.
    OpenFailed(OpenFailure),
    /// An open socket ended by itself.
    Closed,
    Received(Box<SignalResponse>),
    Command(Command),
    /// A deadline may have passed.
    Tick,
}

/// Why a socket could not be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenFailure {
    /// The server answered with this HTTP status.
    Refused(u16),
    /// Address, TCP, TLS or time-out; the detail names no secret.
    Unreachable(String),
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Open a socket; `resume` is our participant id in the session to go on with.
    Open {
        token: Token,
        resume: Option<String>,
    },
    Send(SignalRequest),
    /// Close the socket, or stop opening it; nothing more is expected from it.
    CloseSocket,
    Emit(Event),
}

/// What does not change during a connection.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// We publish here: a missing room is an error after a few seconds.
    pub publishing: bool,
    /// Added to the longest delay between attempts, so that a restarted server is not stormed.
    pub jitter: Duration,
}
