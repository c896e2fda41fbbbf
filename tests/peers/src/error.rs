//! What can go wrong around a peer.

use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{what} is not installed: {next}")]
    Missing {
        what: &'static str,
        next: &'static str,
    },
    #[error("installing Element Call and its host page failed: {detail}")]
    Install { detail: String },
    #[error("{program} does not start")]
    Start {
        program: &'static str,
        #[source]
        cause: std::io::Error,
    },
    #[error("{program} did not answer within {limit:?}: {detail}")]
    Silent {
        program: &'static str,
        limit: Duration,
        detail: String,
    },
    #[error("{}", path.display())]
    File {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error("the browser refused a session")]
    Session(#[source] Box<fantoccini::error::NewSessionError>),
    #[error("the browser failed at: {step}")]
    Browser {
        step: &'static str,
        #[source]
        cause: Box<fantoccini::error::CmdError>,
    },
    /// The page itself reports that it cannot go on.
    #[error("the host page failed: {0}")]
    Page(String),
    #[error("the page's answer is not one this version knows")]
    Answer(#[source] serde_json::Error),
    /// The last observation is in the text, for whoever reads the failed test.
    #[error("not seen within {limit:?}: {what}; last seen: {last}")]
    NotSeen {
        what: String,
        limit: Duration,
        last: String,
    },
}
