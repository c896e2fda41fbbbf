//! The serial console: lines in, text out.
//!
//! Opened by a process that leads its own session, as systemd's services do, it becomes that
//! session's terminal, which is what a shell needs for Ctrl-C and jobs.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OptionalActions, OutputModes, QueueSelector, isatty,
    tcflush, tcgetattr, tcsetattr,
};

#[derive(Debug)]
pub struct Terminal {
    file: File,
}

impl Terminal {
    /// # Errors
    /// When there is no such terminal.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        if !isatty(&file) {
            return Err(io::Error::other("this is not a terminal"));
        }
        let terminal = Self { file };
        terminal.set(LocalModes::empty(), InputModes::empty())?;
        Ok(terminal)
    }

    /// Whole lines with an echo. Without `ISIG` no key ends this program, and without `IXON` none
    /// makes it stand still.
    fn set(&self, local: LocalModes, input: InputModes) -> io::Result<()> {
        let mut modes = tcgetattr(&self.file)?;
        let lines = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHOE | LocalModes::ECHOK;
        modes.local_modes = lines | local;
        modes.input_modes = InputModes::ICRNL | InputModes::IUTF8 | input;
        modes.output_modes = OutputModes::OPOST | OutputModes::ONLCR;
        modes.control_modes |= ControlModes::CREAD | ControlModes::CLOCAL;
        Ok(tcsetattr(&self.file, OptionalActions::Now, &modes)?)
    }

    /// What is typed within `patience`, as much as fits; nothing when nothing is.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn hear<'b>(&mut self, patience: Duration, into: &'b mut [u8]) -> io::Result<&'b [u8]> {
        let limit = Timespec::try_from(patience).map_err(io::Error::other)?;
        let mut ready = [PollFd::new(&self.file, PollFlags::IN)];
        if poll(&mut ready, Some(&limit))? == 0 {
            return Ok(&[]);
        }
        if !ready.iter().all(|fd| fd.revents().contains(PollFlags::IN)) {
            return Err(io::Error::from(io::ErrorKind::BrokenPipe));
        }
        let length = self.file.read(into)?;
        Ok(into.get(..length).unwrap_or_default())
    }

    /// # Errors
    /// When the terminal is gone.
    pub fn say(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())
    }

    pub fn forget_input(&self) {
        // What cannot be forgotten is judged as a wrong answer.
        let _ = tcflush(&self.file, QueueSelector::IFlush);
    }

    /// A number that changes with every input, whoever reads it. The kernel counts in steps of
    /// eight seconds here, so that nobody learns the rhythm of a password.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn input_mark(&self) -> io::Result<i64> {
        Ok(self.file.metadata()?.atime())
    }

    /// The three streams of a shell, on a terminal where keys mean what they usually do.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn give(&self) -> io::Result<[Stdio; 3]> {
        self.set(LocalModes::ISIG | LocalModes::IEXTEN, InputModes::IXON)?;
        let stream = || Ok::<_, io::Error>(Stdio::from(self.file.try_clone()?));
        Ok([stream()?, stream()?, stream()?])
    }

    /// After a shell has ended.
    pub fn take_back(&self) {
        if let Err(error) = self.set(LocalModes::empty(), InputModes::empty()) {
            tracing::warn!(%error, "the console stays as the shell left it");
        }
    }
}
