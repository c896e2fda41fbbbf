//! What can go wrong with a stack. The cause is always in `source`.

use std::net::Ipv4Addr;
use std::path::PathBuf;

/// Failure to start, stop or ask a part of the stack.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{program} is not installed at {path}; run `cargo xtask setup`")]
    NotInstalled {
        program: &'static str,
        path: PathBuf,
    },
    #[error("cannot {action} {path}")]
    File {
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot start {program}")]
    Spawn {
        program: &'static str,
        source: std::io::Error,
    },
    #[error("{program} ended while starting; the end of its log:\n{log}")]
    EndedEarly { program: &'static str, log: String },
    #[error("{program} did not answer within {seconds} s; the end of its log:\n{log}")]
    Silent {
        program: &'static str,
        seconds: u64,
        log: String,
    },
    #[error("cannot signal {program}")]
    Signal {
        program: &'static str,
        source: std::io::Error,
    },
    #[error("the packet filter refuses: {0}; only root may make a bad network")]
    Uplink(String),
    #[error("no free port found")]
    NoPort,
    #[error("cannot make the certificate of the site")]
    Certificate { source: rcgen::Error },
    #[error("cannot read the certificate of the site")]
    Pem {
        source: rustls::pki_types::pem::Error,
    },
    #[error("cannot offer TLS")]
    Tls { source: rustls::Error },
    #[error("cannot listen on {address}")]
    Listen {
        address: Ipv4Addr,
        source: std::io::Error,
    },
    #[error("cannot make an HTTP client")]
    Client { source: reqwest::Error },
    #[error("no answer to {what}")]
    Unreachable {
        what: String,
        source: reqwest::Error,
    },
    #[error("{what} was refused with {status} {code}: {message}")]
    Refused {
        what: String,
        /// HTTP status.
        status: u16,
        /// `errcode` (Matrix) or `code` (LiveKit), empty when there is none.
        code: String,
        message: String,
    },
    #[error("the answer to {what} lacks {field}")]
    Unexpected { what: String, field: &'static str },
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

impl Error {
    /// The HTTP status and error code, when a server refused.
    #[must_use]
    pub fn refusal(&self) -> Option<(u16, &str)> {
        match self {
            Self::Refused { status, code, .. } => Some((*status, code)),
            _ => None,
        }
    }
}
