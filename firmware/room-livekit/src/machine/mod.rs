//! The life of one SFU connection, as a plain value.
//!
//! | phase | waits for |
//! |---|---|
//! | `Opening` | the socket |
//! | `Greeting` | the server's first message |
//! | `Live` | anything; pings keep it so |
//! | `Waiting` | the next attempt |
//! | `Tokenless` | a fresh token |
//! | `Over` | nothing |
//!
//! A lost connection is first resumed (the session and its peer connections go on), and joined
//! anew when the server refuses that, or when it was gone longer than the server remembers.
//! Once joined, it is tried without end: only the server's word that we are not wanted, or our
//! own, ends it.
//!
//! Invariant: at most one socket is ordered open at a time; after [`Event::Ended`] nothing is
//! ordered any more. No clock, no socket and no randomness inside.

mod commands;
mod link;
mod received;
mod requests;
mod retry;
mod roster;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use livekit_protocol::{SignalRequest, SignalResponse};
use room_messages::Token;

use crate::{Command, Event};
use requests::Kept;
use roster::Roster;

/// What happened.
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

impl fmt::Debug for Input {
    /// Names the input only: contents hold tokens and addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opened => "Opened",
            Self::OpenFailed(_) => "OpenFailed",
            Self::Closed => "Closed",
            Self::Received(_) => "Received",
            Self::Command(_) => "Command",
            Self::Tick => "Tick",
        })
    }
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
#[derive(Clone, PartialEq)]
pub enum Order {
    /// Open a socket; `resume` is our participant id in the session to go on with.
    Open {
        token: Token,
        resume: Option<String>,
    },
    Send(Box<SignalRequest>),
    /// Close the socket, or stop opening it; nothing more is expected from it.
    CloseSocket,
    Emit(Event),
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { resume: None, .. } => f.write_str("Open"),
            Self::Open { .. } => f.write_str("Open(resume)"),
            Self::Send(_) => f.write_str("Send"),
            Self::CloseSocket => f.write_str("CloseSocket"),
            Self::Emit(event) => write!(f, "Emit({event:?})"),
        }
    }
}

/// What does not change during a connection.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// We publish here: a room that stays missing is an error.
    pub publishing: bool,
    /// Try to resume a lost session before joining anew.
    pub resume: bool,
    /// Added to the longest delay between attempts, so that a restarted server is not stormed.
    pub jitter: Duration,
}

/// How an attempt enters the SFU room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Join,
    Resume,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Opening(Way),
    Greeting { way: Way, until: Duration },
    Live { since: Duration, way: Way },
    Waiting { way: Way, at: Duration },
    Tokenless(Tokenless),
    Over,
}

/// Waiting for a fresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tokenless {
    /// No attempt before, even when the token comes at once.
    not_before: Duration,
    /// When to ask again, or to go on with the old token when that was not refused.
    until: Duration,
    refused: bool,
}

/// What is known of the session with the server.
#[derive(Debug)]
struct Joined {
    sid: String,
    /// The server allows resuming.
    resumable: bool,
    roster: Roster,
    kept: Kept,
    /// Id of the latest publisher offer.
    offer: u32,
    /// Announced tracks the server has not taken yet, each with the time it is given up.
    pending: Vec<(String, Duration)>,
    ping: Ping,
}

#[derive(Clone, Copy, Debug)]
struct Ping {
    interval: Duration,
    timeout: Duration,
    next: Duration,
    heard: Duration,
    round_trip: Duration,
}

/// How the attempts since the last stable connection went.
#[derive(Debug, Default)]
struct Trouble {
    /// Attempts made.
    attempts: u32,
    /// Attempts answered "no such room".
    misses: u32,
    missing_since: Option<Duration>,
    /// Attempts answered "not allowed".
    refusals: u32,
    lost_at: Option<Duration>,
}

/// See the module.
#[derive(Debug)]
pub struct Machine {
    rules: Rules,
    phase: Phase,
    token: Token,
    token_since: Duration,
    /// When a fresh token was last asked for and has not come.
    token_asked: Option<Duration>,
    joined: Option<Joined>,
    trouble: Trouble,
    /// Requests that wait for the session to be resumed.
    queue: Vec<Command>,
    out: Vec<Order>,
}

impl Machine {
    /// A machine and its first orders.
    #[must_use]
    pub fn start(rules: Rules, token: Token, now: Duration) -> (Self, Vec<Order>) {
        let mut machine = Self {
            rules,
            phase: Phase::Opening(Way::Join),
            token,
            token_since: now,
            token_asked: None,
            joined: None,
            trouble: Trouble::default(),
            queue: Vec::new(),
            out: Vec::new(),
        };
        machine.emit(Event::State(crate::State::Connecting));
        machine.open(now, Way::Join);
        let orders = std::mem::take(&mut machine.out);
        (machine, orders)
    }

    /// Takes one input in. `now` must not run backwards.
    #[must_use = "orders must be carried out"]
    pub fn handle(&mut self, now: Duration, input: Input) -> Vec<Order> {
        match (self.phase, input) {
            (Phase::Over, _) => {}
            (Phase::Opening(way), Input::Opened) => self.opened(now, way),
            (Phase::Opening(way), Input::OpenFailed(why)) => self.open_failed(now, way, why),
            (Phase::Greeting { way, .. }, Input::Closed) => self.retry(now, way),
            (Phase::Live { since, .. }, Input::Closed) => self.lost(now, since),
            (Phase::Greeting { way, .. }, Input::Received(message)) => {
                self.greeted(now, way, *message);
            }
            (Phase::Live { since, .. }, Input::Received(message)) => {
                self.received(now, since, *message);
            }
            (_, Input::Command(command)) => self.command(now, command),
            (_, Input::Tick) => self.tick(now),
            // From a socket that is no longer ours.
            (_, Input::Opened | Input::OpenFailed(_) | Input::Closed | Input::Received(_)) => {}
        }
        std::mem::take(&mut self.out)
    }

    /// When [`Input::Tick`] is due at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        match self.phase {
            Phase::Opening(_) | Phase::Over => None,
            Phase::Greeting { until, .. } => Some(until),
            Phase::Waiting { at, .. } => Some(at),
            Phase::Tokenless(wait) => Some(wait.until),
            Phase::Live { .. } => self.joined.as_ref().map(Joined::next_deadline),
        }
    }

    /// Whether [`Event::Ended`] was emitted.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    fn tick(&mut self, now: Duration) {
        match self.phase {
            Phase::Greeting { way, until } if now >= until => {
                self.out.push(Order::CloseSocket);
                self.retry(now, way);
            }
            Phase::Waiting { way, at } if now >= at => self.open(now, way),
            Phase::Tokenless(wait) if now >= wait.until => self.token_did_not_come(now, wait),
            Phase::Live { since, .. } => self.tick_live(now, since),
            _ => {}
        }
    }

    fn emit(&mut self, event: Event) {
        self.out.push(Order::Emit(event));
    }

    fn send(&mut self, request: SignalRequest) {
        self.out.push(Order::Send(Box::new(request)));
    }
}

impl Joined {
    fn next_deadline(&self) -> Duration {
        let dead = self.ping.heard + self.ping.timeout;
        let pending = self.pending.iter().map(|(_, until)| *until);
        pending.chain([self.ping.next, dead]).min().unwrap_or(dead)
    }
}
