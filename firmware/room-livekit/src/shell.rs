//! The task that owns one SFU's socket.
//!
//! In: commands (bounded queue), the socket, time. Out: events (bounded queue). It carries the
//! machine's orders out, one after the other, and decides nothing.

use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

use room_messages::Token;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::machine::{Input, Machine, OpenFailure, Order, Rules};
use crate::socket::{self, Incoming, Socket};
use crate::{Address, Command, Event};

const MAX_COMMANDS: usize = 1024;
const MAX_EVENTS: usize = 256;
/// When nothing else is due.
const IDLE: Duration = Duration::from_secs(3600);

/// Where and how to connect.
#[derive(Clone, Debug)]
pub struct Settings {
    pub address: Address,
    pub token: Token,
    /// We publish on this SFU.
    pub publishing: bool,
    /// The peer connections can restart ICE, so a lost session may be resumed; else it is
    /// always joined anew.
    pub resume: bool,
}

/// A running connection. Dropping it leaves the SFU room.
#[derive(Debug)]
pub struct Connection {
    commands: mpsc::Sender<Command>,
    events: mpsc::Receiver<Event>,
}

/// More commands wait than any healthy connection leaves waiting, or the connection is over.
#[derive(Debug, thiserror::Error)]
#[error("the SFU connection takes no commands")]
pub struct Busy;

impl Connection {
    /// Hands a command over without waiting.
    ///
    /// # Errors
    /// When the connection is over, or hopelessly behind.
    pub fn send(&self, command: Command) -> Result<(), Busy> {
        self.commands.try_send(command).map_err(|_| Busy)
    }

    /// The next event; `None` after the last. Cancel safe.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }
}

/// Starts a connection and keeps it up until it is left or over. Must run inside tokio.
#[must_use]
pub fn connect(settings: Settings) -> Connection {
    let (commands, todo) = mpsc::channel(MAX_COMMANDS);
    let (facts, events) = mpsc::channel(MAX_EVENTS);
    tokio::spawn(run(settings, todo, facts));
    Connection { commands, events }
}

type Opening = Pin<Box<dyn Future<Output = Result<Socket, OpenFailure>> + Send>>;

enum Link {
    None,
    Opening(Opening),
    Open(Box<Socket>),
}

impl Link {
    /// The next thing that happens to the socket; never, when there is none. Cancel safe.
    async fn next(&mut self) -> Input {
        loop {
            match self {
                Self::None => std::future::pending::<()>().await,
                Self::Opening(opening) => match opening.await {
                    Ok(socket) => {
                        *self = Self::Open(Box::new(socket));
                        return Input::Opened;
                    }
                    Err(why) => {
                        *self = Self::None;
                        return Input::OpenFailed(why);
                    }
                },
                Self::Open(socket) => match socket.next().await {
                    Incoming::Message(message) => return Input::Received(message),
                    Incoming::Nothing => {}
                    Incoming::Closed => {
                        *self = Self::None;
                        return Input::Closed;
                    }
                },
            }
        }
    }

    async fn close(&mut self) {
        if let Self::Open(socket) = std::mem::replace(self, Self::None) {
            socket.close().await;
        }
    }
}

struct Task {
    address: Address,
    link: Link,
    events: mpsc::Sender<Event>,
}

async fn run(settings: Settings, mut todo: mpsc::Receiver<Command>, events: mpsc::Sender<Event>) {
    let begin = Instant::now();
    let rules = Rules {
        publishing: settings.publishing,
        resume: settings.resume,
        jitter: jitter(),
    };
    let mut task = Task {
        address: settings.address,
        link: Link::None,
        events,
    };
    let (mut machine, mut orders) = Machine::start(rules, settings.token, begin.elapsed());
    loop {
        while let Some(input) = task.carry_out(orders).await {
            orders = machine.handle(begin.elapsed(), input);
        }
        if machine.is_over() {
            return;
        }
        let due = machine.next_deadline().unwrap_or(begin.elapsed() + IDLE);
        let input = tokio::select! {
            input = task.link.next() => input,
            // Whoever gave the connection up wants it left.
            command = todo.recv() => Input::Command(command.unwrap_or(Command::Leave)),
            () = sleep(due.saturating_sub(begin.elapsed())) => Input::Tick,
        };
        orders = machine.handle(begin.elapsed(), input);
    }
}

impl Task {
    /// Carries orders out. An input when one failed: the orders after it were meant for a
    /// socket that is gone, except for the events among them.
    async fn carry_out(&mut self, orders: Vec<Order>) -> Option<Input> {
        let mut failed = None;
        for order in orders {
            match order {
                Order::Open { token, resume } => {
                    let url = self.address.socket(resume.as_deref());
                    self.link = Link::Opening(Box::pin(socket::open(url, token)));
                    failed = None;
                }
                Order::Send(request) => {
                    if let Link::Open(socket) = &mut self.link
                        && !socket.send(&request).await
                    {
                        self.link = Link::None;
                        failed = Some(Input::Closed);
                    }
                }
                Order::CloseSocket => {
                    self.link.close().await;
                    failed = None;
                }
                Order::Emit(event) => {
                    tracing::debug!(?event, "SFU");
                    // Nobody listens any more: the closed command queue will end this task.
                    let _ = self.events.send(event).await;
                }
            }
        }
        failed
    }
}

/// Up to a second, different for each connection of each room; need not be unpredictable.
fn jitter() -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = now.map_or(0, |now| now.subsec_nanos());
    Duration::from_millis(u64::from(nanos / 1000 % 1000))
}
