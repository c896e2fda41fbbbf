//! What the board says on its serial line, and what is typed there.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::{Error, Result};

/// Between two looks at the line.
const LOOK: Duration = Duration::from_millis(200);

/// The serial line: a socket of QEMU's, and a file with all that came through it.
#[derive(Debug)]
pub struct Serial {
    path: PathBuf,
    socket: PathBuf,
    /// Whoever sits at it, from the first key on: a board takes keys one by one, and those of
    /// somebody who has left are lost.
    hands: OnceLock<UnixStream>,
}

impl Serial {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            path: folder.join("serial.log"),
            socket: folder.join("serial"),
            hands: OnceLock::new(),
        }
    }

    /// Types a text.
    ///
    /// # Errors
    /// When QEMU does not take it.
    pub fn type_in(&self, text: &str) -> Result<()> {
        let typed = self
            .sit_down()
            .and_then(|mut hands| hands.write_all(text.as_bytes()));
        typed.map_err(Error::file("type into", &self.socket))
    }

    fn sit_down(&self) -> io::Result<&UnixStream> {
        if let Some(hands) = self.hands.get() {
            return Ok(hands);
        }
        let stream = UnixStream::connect(&self.socket)?;
        let mut said = stream.try_clone()?;
        // The file has it; but unread, it would stop the board.
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while said.read(&mut bytes).is_ok_and(|length| length > 0) {}
        });
        Ok(self.hands.get_or_init(|| stream))
    }

    /// Everything up to now.
    #[must_use]
    pub fn text(&self) -> String {
        let bytes = std::fs::read(&self.path).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The last lines.
    #[must_use]
    pub fn tail(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(25);
        lines.get(from..).unwrap_or_default().join("\n")
    }

    /// Waits until something has been said a number of times.
    ///
    /// # Errors
    /// When the limit passes first.
    pub fn wait_for(&self, what: &str, times: usize, limit: Duration) -> Result<()> {
        let started = Instant::now();
        while self.text().matches(what).count() < times {
            if started.elapsed() > limit {
                return Err(Error::TimedOut {
                    what: format!("`{what}` on the serial line ({times} times)"),
                    limit,
                    serial: self.tail(),
                });
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}
