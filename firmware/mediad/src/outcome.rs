//! How this process can fail, and what it then tells the one who started it.

use std::path::PathBuf;

use room_messages::wire::WireError;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("the system gives no threads")]
    Runtime(#[source] std::io::Error),
    #[error("cannot reach roomd at {path}")]
    Socket {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot start {what}")]
    Start {
        what: &'static str,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("roomd sent something this version does not understand")]
    Wire(#[source] WireError),
    #[error("roomd must configure first, and once")]
    NotConfigured,
}

impl Failure {
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Socket { .. } => 3,
            Self::Runtime(_) | Self::Start { .. } => 4,
            Self::Wire(_) | Self::NotConfigured => 5,
        }
    }
}

/// An error with all its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
