//! Child processes that never outlive this one.
//!
//! Invariant: a child is ended and reaped when its [`Process`] is dropped (a panic drops it
//! too); if this process is killed, the kernel kills the child. The latter needs
//! `PR_SET_PDEATHSIG`, set by util-linux's `setpriv`, so that no `unsafe` is needed here.
//! That signal is sent when the *thread* that started the child ends, so all children are
//! started from one thread that never ends.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Error, Result};

/// How long a server may take to end after SIGTERM before it is killed.
const GRACE: Duration = Duration::from_secs(10);
/// How long after the first SIGTERM the second one comes.
const PATIENCE: Duration = Duration::from_secs(1);
const LOG_TAIL: u64 = 3000;

/// A running server.
#[derive(Debug)]
pub(crate) struct Process {
    program: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with its output appended to `log`. Proxy settings are left out,
    /// since all these servers talk to is on loopback.
    pub(crate) fn start(program: &'static str, command: &Command, log: &Path) -> Result<Self> {
        let mut wrapped = Command::new("setpriv");
        wrapped
            .args(["--pdeathsig", "KILL"])
            .arg(command.get_program())
            .args(command.get_args());
        for name in [
            "http_proxy",
            "https_proxy",
            "all_proxy",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
        ] {
            wrapped.env_remove(name);
        }
        if let Some(directory) = command.get_current_dir() {
            wrapped.current_dir(directory);
        }
        let out = append(log)?;
        let err = out
            .try_clone()
            .map_err(|source| Error::Spawn { program, source })?;
        // A group of its own: Ctrl-C at the terminal is for this process, which stops its
        // servers after what uses them.
        wrapped
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .process_group(0);
        let child = spawn(wrapped).map_err(|source| Error::Spawn { program, source })?;
        Ok(Self {
            program,
            child,
            log: log.to_owned(),
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops the server's clock: it keeps its sockets and answers nobody.
    pub(crate) fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    pub(crate) fn unfreeze(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// Ends the server, politely first. Blocks for up to 10 s.
    pub(crate) fn stop(&mut self) {
        let started = Instant::now();
        let mut asked = 0;
        while started.elapsed() < GRACE && !self.has_ended() {
            // LiveKit waits for everybody to leave unless it is asked a second time.
            if asked < 2 && started.elapsed() >= PATIENCE * asked {
                asked += 1;
                // A frozen process must be woken to hear it. Fails only when it has ended.
                let _ = self
                    .signal(Signal::TERM)
                    .and_then(|()| self.signal(Signal::CONT));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        if !self.has_ended() {
            self.kill();
        }
    }

    /// Ends the server at once.
    pub(crate) fn kill(&mut self) {
        // Both fail only when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub(crate) fn ended_early(&self) -> Error {
        Error::EndedEarly {
            program: self.program,
            log: tail(&self.log),
        }
    }

    pub(crate) fn silent(&self, limit: Duration) -> Error {
        Error::Silent {
            program: self.program,
            seconds: limit.as_secs(),
            log: tail(&self.log),
        }
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let program = self.program;
        let raw = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        let pid = raw.ok_or(Error::Signal { program, source })?;
        kill_process(pid, signal).map_err(|e| Error::Signal {
            program,
            source: e.into(),
        })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Data is either thrown away or in a journal that survives a kill.
        self.kill();
    }
}

type Job = (Command, Sender<std::io::Result<Child>>);

fn spawn(command: Command) -> std::io::Result<Child> {
    static STARTER: OnceLock<Mutex<Sender<Job>>> = OnceLock::new();
    let starter = STARTER.get_or_init(|| {
        let (sender, jobs) = channel::<Job>();
        std::thread::spawn(move || {
            for (mut command, answer) in jobs {
                // The asker waits for the answer, so it is there.
                let _ = answer.send(command.spawn());
            }
        });
        Mutex::new(sender)
    });
    let gone = || std::io::Error::other("the thread that starts processes has ended");
    let (sender, answer) = channel();
    let starter = starter.lock().unwrap_or_else(PoisonError::into_inner);
    starter.send((command, sender)).map_err(|_| gone())?;
    answer.recv().map_err(|_| gone())?
}

fn append(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|source| Error::File {
            action: "open",
            path: path.to_owned(),
            source,
        })
}

fn tail(path: &Path) -> String {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_TAIL)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(directory: &Path) -> Process {
        let mut command = Command::new("sleep");
        command.arg("600");
        Process::start("sleep", &command, &directory.join("log")).unwrap()
    }

    fn is_running(id: u32) -> bool {
        Path::new(&format!("/proc/{id}")).exists()
    }

    #[test]
    fn a_panic_ends_what_was_started() {
        let directory = tempfile::tempdir().unwrap();
        let process = sleeper(directory.path());
        let id = process.id();
        assert!(is_running(id));
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _held = process;
            panic!("a test fails");
        }));
        assert!(panicked.is_err());
        assert!(!is_running(id));
    }

    #[test]
    fn a_frozen_process_still_stops() {
        let directory = tempfile::tempdir().unwrap();
        let mut process = sleeper(directory.path());
        process.freeze().unwrap();
        process.stop();
        assert!(process.has_ended());
    }

    #[test]
    fn what_a_failed_program_said_is_in_the_error() {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "echo the port is taken; exit 1"]);
        let mut process = Process::start("sh", &command, &directory.path().join("log")).unwrap();
        while !process.has_ended() {
            std::thread::yield_now();
        }
        assert!(
            process
                .ended_early()
                .to_string()
                .contains("the port is taken")
        );
    }
}
