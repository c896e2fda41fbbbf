//! Why a subcommand ends without success.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use room_fleet::{Reason, ReleaseError};

use crate::slots::SlotError;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{path} cannot be used", path = path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("this image does not say what it is")]
    Release { source: ReleaseError },
    #[error("the bus cannot be reached")]
    Bus { source: SlotError },
    #[error("this boot is not good: {}", .0.text().en)]
    NotGood(Reason),
    #[error("the boot could not be marked good")]
    NotMarked { source: SlotError },
    #[error("the data partition cannot be prepared")]
    Data { source: crate::early::ToolError },
    #[error("{what}")]
    Start {
        what: &'static str,
        source: io::Error,
    },
}

/// An error and everything behind it, on one line.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
