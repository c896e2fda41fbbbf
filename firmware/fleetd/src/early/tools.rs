//! Other programs, asked with a bounded patience.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a device is waited for that must come: its driver is loaded and talks to a chip first.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(100);

/// Most bytes of an answer.
const MAX_ANSWER: u64 = 64 * 1024;

/// A program did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    #[error("{program} cannot be started")]
    Start {
        program: &'static str,
        source: std::io::Error,
    },
    #[error("{program} ended with {code}")]
    Failed { program: &'static str, code: i32 },
    #[error("{what}")]
    Missing { what: &'static str },
    #[error("{what}")]
    File {
        what: &'static str,
        source: std::io::Error,
    },
}

/// Waits for a device; whoever uses it says that it did not come.
pub fn appears(device: &Path) {
    let began = Instant::now();
    while !device.exists() && began.elapsed() < PATIENCE {
        std::thread::sleep(LOOK);
    }
}

/// Runs a program to its end; its own messages go to the journal. The exit code.
///
/// # Errors
/// When it cannot be started.
pub fn code<S: AsRef<OsStr>>(program: &'static str, args: &[S]) -> Result<i32, ToolError> {
    let status = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .status()
        .map_err(|source| ToolError::Start { program, source })?;
    // Ended by a signal counts as the worst there is.
    Ok(status.code().unwrap_or(255))
}

/// As [`code`], and only 0 is good.
///
/// # Errors
/// When it cannot be started, or ends with another code.
pub fn run<S: AsRef<OsStr>>(program: &'static str, args: &[S]) -> Result<(), ToolError> {
    match code(program, args)? {
        0 => Ok(()),
        code => Err(ToolError::Failed { program, code }),
    }
}

/// What a program prints, whatever its exit code.
///
/// # Errors
/// When it cannot be started.
pub fn output<S: AsRef<OsStr>>(program: &'static str, args: &[S]) -> Result<String, ToolError> {
    let failed = |source| ToolError::Start { program, source };
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut bytes = Vec::new();
    if let Some(out) = child.stdout.take() {
        out.take(MAX_ANSWER)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
    }
    child.wait().map_err(failed)?;
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}

/// The first of these that exists: its place differs between versions of systemd.
#[must_use]
pub fn first_of(places: &[&'static str]) -> Option<&'static str> {
    places
        .iter()
        .copied()
        .find(|place| Path::new(place).exists())
}
