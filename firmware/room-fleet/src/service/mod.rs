//! Whether a root shell opens on the serial console: a signature over a challenge, made with the
//! private half of the key in the settings, by `ssh-keygen -Y sign`.
//!
//! Bytes and time go in, a verdict comes out. Invariants: each challenge counts once; three wrong
//! answers, five minutes or more bytes than anybody needs shut the door, and what is shut or was
//! opened stays shut; no byte from the console can do more than be a wrong answer.
//! Deliberately absent: the button that must be held, the clock, random numbers and the console;
//! those are `fleetd`'s.

mod answer;
mod challenge;
mod quiet;

use std::time::Duration;

use room_messages::api::Text;
use ssh_key::PublicKey;

use answer::{Answer, Gathered};
use challenge::Challenge;
pub use challenge::{NAMESPACE, Unit};
pub use quiet::{MAX_QUIET, Quiet};

/// How long the door can be knocked at.
pub const PATIENCE: Duration = Duration::from_secs(300);
/// Wrong answers after which it is shut.
pub const TRIES: u32 = 3;
/// Most bytes heard in all: far more than three answers with typing errors between them.
const MAX_HEARD: usize = 16 * 1024;

/// One opportunity to open a service shell.
#[derive(Debug)]
pub struct Door {
    key: PublicKey,
    unit: Unit,
    /// `None` until [`Door::ask`], and again after each answer.
    asked: Option<Challenge>,
    answer: Answer,
    left: u32,
    heard: usize,
    over: Option<Why>,
}

/// What became of what was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing that could be judged yet.
    Wait,
    /// A wrong answer. [`Door::ask`] anew; `left` more may be given.
    Wrong {
        left: u32,
    },
    /// The right answer: open a shell, this once.
    Open,
    Shut(Why),
}

/// Why the door does not open any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    TooLate,
    TooOften,
    TooMuch,
    /// It was opened; that happens once.
    Opened,
}

impl Door {
    #[must_use]
    pub fn new(key: PublicKey, unit: Unit) -> Self {
        Self {
            key,
            unit,
            asked: None,
            answer: Answer::default(),
            left: TRIES,
            heard: 0,
            over: None,
        }
    }

    /// A new challenge in place of the one before: the text to be signed. `random` must never
    /// have been used before.
    pub fn ask(&mut self, random: [u8; 32]) -> String {
        let challenge = Challenge::new(&self.unit, random);
        let text = challenge.text().to_owned();
        self.answer = Answer::default();
        self.asked = Some(challenge);
        text
    }

    /// Bytes from the console, or none; `at` is the time since the door was made. Bytes behind an
    /// answer, or before anything was asked, are lost.
    pub fn hear(&mut self, at: Duration, bytes: &[u8]) -> Heard {
        if let Some(why) = self.over {
            return Heard::Shut(why);
        }
        if at >= PATIENCE {
            return self.shut(Why::TooLate);
        }
        self.heard = self.heard.saturating_add(bytes.len());
        if self.heard > MAX_HEARD {
            return self.shut(Why::TooMuch);
        }
        if self.asked.is_none() {
            return Heard::Wait;
        }
        for byte in bytes {
            match self.answer.push(*byte) {
                Gathered::More => {}
                Gathered::Whole(block) => return self.judge(&block),
                Gathered::TooLong => return self.wrong(),
            }
        }
        Heard::Wait
    }

    fn judge(&mut self, block: &[u8]) -> Heard {
        // Taken away before it is looked at: it counts once, whatever comes of it.
        let asked = self.asked.take();
        if asked.is_some_and(|challenge| challenge.is_answered_by(&self.key, block)) {
            self.over = Some(Why::Opened);
            return Heard::Open;
        }
        self.wrong()
    }

    fn wrong(&mut self) -> Heard {
        self.asked = None;
        self.left = self.left.saturating_sub(1);
        match self.left {
            0 => self.shut(Why::TooOften),
            left => Heard::Wrong { left },
        }
    }

    fn shut(&mut self, why: Why) -> Heard {
        self.asked = None;
        self.over = Some(why);
        Heard::Shut(why)
    }
}

impl Why {
    /// For whoever sits at the console.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::TooLate => Text::new("Five minutes are over.", "Les cinq minutes sont écoulées."),
            Self::TooOften => Text::new(
                "Three answers were wrong.",
                "Trois réponses étaient fausses.",
            ),
            Self::TooMuch => Text::new(
                "More was sent than any answer needs.",
                "Plus a été envoyé qu'aucune réponse n'en demande.",
            ),
            Self::Opened => Text::new("It was opened once.", "Il a été ouvert une fois."),
        }
    }
}

#[cfg(test)]
mod tests;
