//! What can go wrong around the virtual board.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Names the operation and its object; the cause is its source.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(
        "there is no image: run `cargo xtask test images`, which builds it and names it in {0}"
    )]
    NoImage(&'static str),
    #[error("cannot {action} {}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("cannot start {program}")]
    Start {
        program: &'static str,
        source: io::Error,
    },
    #[error("{program} failed: {said}")]
    Program { program: &'static str, said: String },
    #[error("the virtual board ended: {0}")]
    Ended(String),
    #[error("{what} did not come within {limit:?}; the serial line ends with:\n{serial}")]
    TimedOut {
        what: String,
        limit: Duration,
        serial: String,
    },
    #[error("the disk has no partition `{0}`")]
    NoPartition(String),
    #[error("the connection to {0} broke")]
    Connection(&'static str, #[source] io::Error),
    #[error("{0} answered what it should not: {1}")]
    Answer(&'static str, String),
}

impl Error {
    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}
