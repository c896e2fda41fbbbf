//! The shell itself, until it ends or nobody types any more.

use std::io;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use room_fleet::service::Quiet;

use super::terminal::Terminal;

/// The first of these that the image has.
const SHELLS: [&str; 2] = ["/bin/bash", "/bin/sh"];
const LOOK: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Whoever was there left.
    Left,
    Quiet,
}

impl Ended {
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Left => "by whoever opened it",
            Self::Quiet => "because nothing was typed for too long",
        }
    }
}

/// Runs a shell of this process's own user. What it leaves behind ends with the unit.
///
/// # Errors
/// When it cannot be started, or the terminal is gone; no shell runs then.
pub fn run(terminal: &Terminal, most_quiet: Duration) -> io::Result<Ended> {
    let [stdin, stdout, stderr] = terminal.give()?;
    let shell = SHELLS.iter().find(|shell| Path::new(shell).exists());
    let mut child = Command::new(shell.unwrap_or(&"/bin/sh"))
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", "/")
        .env("TERM", "vt102")
        .env("LANG", "C.UTF-8")
        // Nothing of what is typed stays on the unit.
        .env("HISTFILE", "/dev/null")
        .current_dir("/")
        .stdin(stdin)
        .stdout(stdout)
        .stderr(stderr)
        .spawn()?;
    let ended = watch(&mut child, terminal, most_quiet);
    if !matches!(ended, Ok(Ended::Left)) {
        // An interactive shell does not heed a milder signal.
        child.kill()?;
        child.wait()?;
    }
    ended
}

fn watch(child: &mut Child, terminal: &Terminal, most_quiet: Duration) -> io::Result<Ended> {
    let began = Instant::now();
    let mut quiet = Quiet::new(terminal.input_mark()?);
    while child.try_wait()?.is_none() {
        if quiet.look(began.elapsed(), terminal.input_mark()?) >= most_quiet {
            return Ok(Ended::Quiet);
        }
        std::thread::sleep(LOOK);
    }
    Ok(Ended::Left)
}
