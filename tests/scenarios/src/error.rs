//! What can go wrong around a room.

use std::path::PathBuf;
use std::time::Duration;

use room_messages::api::Problem;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{} is not built: run cargo build -p roomd -p mediad -p roomctl", path.display())]
    NotBuilt { path: PathBuf },
    #[error("{}", path.display())]
    File {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    /// With the end of its log.
    #[error("roomd ended by itself ({status}):\n{log}")]
    Ended { status: String, log: String },
    #[error("the control API: {0}")]
    Api(String),
    /// The control API answered with a problem.
    #[error(transparent)]
    Problem(Box<Problem>),
    /// With the last status and the end of the log.
    #[error("not seen within {limit:?}: {what}; last status: {last}\n{log}")]
    NotSeen {
        what: String,
        limit: Duration,
        last: String,
        log: String,
    },
    #[error("the stack")]
    Stack(#[from] salle_stack::Error),
    #[error("a peer")]
    Peer(#[from] salle_peers::Error),
}

impl Error {
    /// The problem the control API answered, if it did.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }
}
