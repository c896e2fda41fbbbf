//! The task that owns one SFU's socket.

use room_messages::Token;
use tokio::sync::mpsc;

use crate::{Address, Command, Event};

/// Where and how to connect.
#[derive(Clone, Debug)]
pub struct Settings {
    pub address: Address,
    pub token: Token,
    /// We publish on this SFU.
    pub publishing: bool,
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
    let (commands, _todo) = mpsc::channel(1024);
    let (_events, events) = mpsc::channel(256);
    drop(settings);
    Connection { commands, events }
}
