//! Asks the running system through the probe that only test images have.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::{Error, Result};

const NAME: &str = "the probe";

/// What a command said and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub code: i32,
    /// Both outputs together, without the last line break.
    pub text: String,
}

/// A shell as root in the running system.
#[derive(Debug)]
pub struct Probe {
    lines: BufReader<UnixStream>,
    next: u64,
    /// A line that was not whole when the time to read was over.
    part: String,
}

impl Probe {
    pub(crate) fn new(stream: UnixStream) -> Result<Self> {
        let limit = Some(Duration::from_millis(500));
        stream.set_read_timeout(limit).map_err(broke)?;
        Ok(Self {
            lines: BufReader::new(stream),
            next: 1,
            part: String::new(),
        })
    }

    /// Reads until the probe of a system that has just started says that it is there.
    pub(crate) fn is_ready(&mut self) -> Result<bool> {
        Ok(self.line()?.is_some_and(|line| line == "ready"))
    }

    /// Runs a command in bash as root.
    ///
    /// # Errors
    /// When no answer comes within the limit.
    pub fn run(&mut self, command: &str, limit: Duration) -> Result<Answer> {
        let number = self.next;
        self.next += 1;
        let order = format!("{number} {}\n", STANDARD.encode(command));
        let stream = self.lines.get_mut();
        stream.write_all(order.as_bytes()).map_err(broke)?;
        let started = Instant::now();
        while started.elapsed() < limit {
            if let Some(line) = self.line()?
                && let Some(answer) = read_answer(&line, number)
            {
                return Ok(answer);
            }
        }
        let what = format!("an answer to `{command}`");
        Err(Error::TimedOut {
            what,
            limit,
            serial: String::new(),
        })
    }

    fn line(&mut self) -> Result<Option<String>> {
        match self.lines.read_line(&mut self.part) {
            Ok(0) => Err(Error::Ended("the probe's line is closed".to_owned())),
            Ok(_) => {
                let line = std::mem::take(&mut self.part);
                Ok(Some(line.trim().to_owned()))
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Ok(None)
            }
            Err(error) => Err(broke(error)),
        }
    }
}

fn read_answer(line: &str, number: u64) -> Option<Answer> {
    let mut words = line.split(' ');
    let mine = words.next()?.parse::<u64>().ok()? == number;
    let code = words.next()?.parse().ok().filter(|_| mine)?;
    let bytes = STANDARD.decode(words.next().unwrap_or_default()).ok()?;
    let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
    Some(Answer { code, text })
}

fn broke(error: std::io::Error) -> Error {
    Error::Connection(NAME, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_to_another_question_is_none() {
        let line = format!("2 1 {}", STANDARD.encode("no\n"));
        assert_eq!(read_answer(&line, 1), None);
        let expected = Answer {
            code: 1,
            text: "no".to_owned(),
        };
        assert_eq!(read_answer(&line, 2), Some(expected));
        assert_eq!(read_answer("ready", 1), None);
    }
}
