//! The PIN before the settings page.
//!
//! It keeps visitors from changing the panel, no more: whoever has the unit has the file.
//! Invariant: after five wrong ones, nothing is compared for half a minute.

use std::fmt;

const TRIES: u8 = 5;
const PAUSE_MS: u64 = 30_000;

#[derive(Clone, Default)]
pub struct Lock {
    pin: Option<String>,
    typed: String,
    wrong: u8,
    closed_until: u64,
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.pin.is_some();
        f.debug_struct("Lock")
            .field("set", &set)
            .finish_non_exhaustive()
    }
}

impl Lock {
    pub fn new(pin: Option<String>) -> Self {
        Self {
            pin: pin.filter(|pin| !pin.is_empty()),
            ..Self::default()
        }
    }

    pub fn is_set(&self) -> bool {
        self.pin.is_some()
    }

    /// Digits typed so far, and of how many.
    pub fn progress(&self) -> (usize, usize) {
        let whole = self.pin.as_ref().map_or(0, |pin| pin.chars().count());
        (self.typed.chars().count(), whole)
    }

    /// The last one was wrong, and nothing was typed since.
    pub fn was_wrong(&self) -> bool {
        self.wrong > 0 && self.typed.is_empty()
    }

    pub fn closed_for(&self, steady_ms: u64) -> Option<u64> {
        self.closed_until
            .checked_sub(steady_ms)
            .filter(|left| *left > 0)
    }

    pub fn clear(&mut self) {
        self.typed.clear();
    }

    pub fn erase(&mut self) {
        self.typed.pop();
    }

    /// True once the PIN is complete and right.
    pub fn key(&mut self, steady_ms: u64, key: char) -> bool {
        if self.closed_for(steady_ms).is_some() || !key.is_ascii_digit() {
            return false;
        }
        self.typed.push(key);
        let (typed, whole) = self.progress();
        if typed < whole {
            return false;
        }
        let right = self.pin.as_deref() == Some(self.typed.as_str());
        self.typed.clear();
        self.wrong = if right { 0 } else { self.wrong + 1 };
        if self.wrong >= TRIES {
            self.wrong = 0;
            self.closed_until = steady_ms + PAUSE_MS;
        }
        right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(lock: &mut Lock, at: u64, pin: &str) -> bool {
        pin.chars().fold(false, |_, key| lock.key(at, key))
    }

    #[test]
    fn the_right_pin_opens_and_a_wrong_one_does_not() {
        let mut lock = Lock::new(Some("2468".to_owned()));
        assert!(!enter(&mut lock, 0, "1111"));
        assert!(lock.was_wrong());
        assert!(enter(&mut lock, 0, "2468"));
    }

    #[test]
    fn after_five_wrong_ones_even_the_right_one_waits() {
        let mut lock = Lock::new(Some("2468".to_owned()));
        for _ in 0..5 {
            assert!(!enter(&mut lock, 1000, "0000"));
        }
        assert!(!enter(&mut lock, 2000, "2468"));
        assert_eq!(lock.closed_for(2000), Some(29_000));
        assert!(enter(&mut lock, 1000 + PAUSE_MS, "2468"));
    }

    #[test]
    fn the_pin_is_in_no_debug_output() {
        let lock = Lock::new(Some("2468".to_owned()));
        assert!(!format!("{lock:?}").contains("2468"));
    }
}
