//! Lines from whoever answers: a person at a terminal, or a script at the other end of a pipe.
//!
//! Invariant: the terminal shows what is typed again after every answer, also after Ctrl-C.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

const CTRL_C: u8 = 3;

/// Shows a text and reads the line typed behind it.
///
/// # Errors
/// When there is none: the input has ended, or Ctrl-C was pressed while nothing was shown.
pub fn ask(text: &str, hidden: bool) -> io::Result<String> {
    if !hidden || !io::stdin().is_terminal() {
        show(text)?;
        return line();
    }
    // First: who sees the question may type.
    let _silence = Silence::begin()?;
    show(text)?;
    let line = line();
    // Enter was not shown either.
    show("\n")?;
    line
}

/// Shows a text as it is.
///
/// # Errors
/// When nobody is there to read it.
pub fn show(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// A terminal hands over a line at a time; so does this, also from a pipe.
fn line() -> io::Result<String> {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        let waiting = input.fill_buf()?;
        if waiting.is_empty() && line.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let end = waiting.iter().position(|b| matches!(*b, b'\n' | CTRL_C));
        let length = end.map_or(waiting.len(), |end| end + 1);
        line.extend(waiting.iter().take(length));
        input.consume(length);
        if length == 0 || end.is_some() {
            break;
        }
    }
    if line.last() == Some(&CTRL_C) {
        return Err(io::ErrorKind::Interrupted.into());
    }
    let text = String::from_utf8(line);
    // What is not text is no answer to anything: no setting takes this character.
    let text = text.unwrap_or_else(|_| "\u{0}".to_owned());
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// The terminal shows nothing of what is typed while this lives.
struct Silence {
    before: Termios,
}

impl Silence {
    /// Ctrl-C ends the line instead of the program, which would leave a silent terminal behind.
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut silent = before.clone();
        silent.local_modes &= !(LocalModes::ECHO | LocalModes::ISIG);
        silent.special_codes[SpecialCodeIndex::VEOL] = CTRL_C;
        tcsetattr(io::stdin(), OptionalActions::Drain, &silent)?;
        Ok(Self { before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &self.before);
    }
}
