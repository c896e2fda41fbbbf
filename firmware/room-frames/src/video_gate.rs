//! Which video frames a decoder may see.
//!
//! Invariant: after a frame was lost or would not open, no delta frame passes until a key
//! frame does; while one is awaited it is asked for at most every [`ASK_EVERY`], and never
//! while no key opens the frames: it would not open either, and an SFU passes on so few
//! requests (LiveKit one a second) that the one which counts would be swallowed.

use std::time::Duration;

/// Shortest time between two requests for a key frame.
pub const ASK_EVERY: Duration = Duration::from_millis(250);

/// What to do with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Decode,
    /// Drop it: it builds on one that is missing.
    Hold,
}

/// Times are measured from any fixed moment, and never go backwards.
#[derive(Clone, Copy, Debug)]
pub struct VideoGate {
    awaiting: bool,
    asked: Option<Duration>,
}

impl Default for VideoGate {
    fn default() -> Self {
        Self {
            awaiting: true,
            asked: None,
        }
    }
}

impl VideoGate {
    /// A stream begins: its first key frame is awaited.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Judges a whole, authentic frame; `true` says to ask the sender for a key frame now.
    pub fn frame(&mut self, now: Duration, key_frame: bool) -> (Verdict, bool) {
        if key_frame {
            self.awaiting = false;
        }
        if self.awaiting {
            return (Verdict::Hold, self.ask(now));
        }
        (Verdict::Decode, false)
    }

    /// A frame would not open; the first that does has to be a key frame, or asks for one.
    pub fn closed(&mut self) {
        self.awaiting = true;
    }

    /// A frame was lost, incomplete, or broke the decoder; `true` says to ask the sender for a
    /// key frame now.
    pub fn broken(&mut self, now: Duration) -> bool {
        self.awaiting = true;
        self.ask(now)
    }

    /// Whether a key frame is awaited.
    #[must_use]
    pub const fn awaits_key_frame(&self) -> bool {
        self.awaiting
    }

    fn ask(&mut self, now: Duration) -> bool {
        let due = self
            .asked
            .is_none_or(|asked| now.saturating_sub(asked) >= ASK_EVERY);
        if due {
            self.asked = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{Decode, Hold};

    fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    #[test]
    fn delta_frames_wait_for_a_key_frame() {
        let mut gate = VideoGate::new();
        assert_eq!(gate.frame(ms(0), false), (Hold, true));
        assert_eq!(gate.frame(ms(33), true), (Decode, false));
        assert_eq!(gate.frame(ms(66), false), (Decode, false));
        assert!(!gate.broken(ms(99)));
        assert_eq!(gate.frame(ms(132), false), (Hold, false));
        assert_eq!(gate.frame(ms(500), false), (Hold, true));
        assert_eq!(gate.frame(ms(533), true), (Decode, false));
    }

    #[test]
    fn the_first_frame_that_opens_asks_at_once() {
        let mut gate = VideoGate::new();
        gate.closed();
        assert!(gate.awaits_key_frame());
        assert_eq!(gate.frame(ms(1000), false), (Hold, true));
        assert_eq!(gate.frame(ms(1100), true), (Decode, false));
    }

    #[test]
    fn requests_keep_their_distance() {
        let mut gate = VideoGate::new();
        let asked = (0..5000).filter(|at| gate.broken(ms(*at))).count();
        assert_eq!(asked, 20);
        assert!(gate.awaits_key_frame());
    }
}
