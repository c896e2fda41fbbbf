//! Sealed pictures that came before their key.
//!
//! Keys travel by the homeserver and come later than the first pictures. Keeping these saves
//! the wait for another key frame, of which an SFU forwards requests once a second at most.
//!
//! Invariant: what is kept begins with a key frame and misses nothing since.

use std::collections::VecDeque;
use std::time::Duration;

/// Fewer than a decoder's queue holds, or it would drop the key frame.
const MAX_FRAMES: usize = 50;
const MAX_BYTES: usize = 1 << 20;

#[derive(Debug, Default)]
pub(super) struct Parked {
    frames: VecDeque<(Duration, Vec<u8>)>,
    bytes: usize,
}

impl Parked {
    /// Keeps a frame and its time, unless it builds on one that is not kept. What becomes too
    /// much is given up.
    pub(super) fn put(&mut self, at: Duration, key_frame: bool, frame: Vec<u8>) {
        if key_frame {
            self.give_up();
        } else if self.frames.is_empty() {
            return;
        }
        self.bytes += frame.len();
        self.frames.push_back((at, frame));
        if self.frames.len() > MAX_FRAMES || self.bytes > MAX_BYTES {
            self.give_up();
        }
    }

    /// Something is missing: what is kept leads nowhere.
    pub(super) fn give_up(&mut self) {
        self.take();
    }

    /// All that is kept, oldest first.
    pub(super) fn take(&mut self) -> VecDeque<(Duration, Vec<u8>)> {
        self.bytes = 0;
        std::mem::take(&mut self.frames)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(parked: &mut Parked) -> usize {
        parked.take().len()
    }

    #[test]
    fn only_what_follows_a_key_frame_is_kept_and_a_new_one_begins_anew() {
        let mut parked = Parked::default();
        parked.put(Duration::ZERO, false, vec![1]);
        assert_eq!(kept(&mut parked), 0);
        parked.put(Duration::ZERO, true, vec![0]);
        parked.put(Duration::ZERO, false, vec![1]);
        parked.put(Duration::ZERO, true, vec![0]);
        parked.put(Duration::ZERO, false, vec![1]);
        assert_eq!(kept(&mut parked), 2);
    }

    #[test]
    fn too_much_is_given_up_until_the_next_key_frame() {
        let mut parked = Parked::default();
        parked.put(Duration::ZERO, true, vec![0]);
        for _ in 0..MAX_FRAMES {
            parked.put(Duration::ZERO, false, vec![1]);
        }
        parked.put(Duration::ZERO, false, vec![1]);
        assert_eq!(kept(&mut parked), 0);
        parked.put(Duration::ZERO, true, vec![0; MAX_BYTES + 1]);
        assert_eq!(kept(&mut parked), 0);
    }
}
