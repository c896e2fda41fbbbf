//! Misbehaviour on request: what an overloaded or broken service does to its clients.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How requests for tokens go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Every answer is this HTTP status (400 to 599), with `M_UNKNOWN`.
    Status(u16),
    /// The answer is right but for the token, which is signed with a key the SFU does not have.
    ForeignKey,
    /// The answer is 200 with something that is no answer.
    Nonsense,
    /// 429 with this `retry_after_ms` and `Retry-After`.
    Limited(Duration),
}

/// The switch. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    present: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    /// How many more requests it hits; `None` is all.
    left: Option<u32>,
    requests: u64,
    ending: bool,
}

impl Faults {
    /// From now on every request for a token goes wrong.
    pub fn set(&self, fault: Fault) {
        self.with(|state| (state.fault, state.left) = (Some(fault), None));
    }

    /// The next `count` requests for a token go wrong, those after them do not.
    pub fn set_for(&self, fault: Fault, count: u32) {
        self.with(|state| (state.fault, state.left) = (Some(fault), Some(count)));
    }

    /// All is well again.
    pub fn clear(&self) {
        self.with(|state| (state.fault, state.left) = (None, None));
    }

    /// The service is told to end: it grants nothing any more.
    pub(crate) fn end(&self) {
        self.with(|state| state.ending = true);
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.with(|state| state.ending)
    }

    /// How many requests for tokens there were, good and bad.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.with(|state| state.requests)
    }

    /// Counts a request and says what happens to it.
    pub(crate) fn next(&self) -> Option<Fault> {
        self.with(|state| {
            state.requests += 1;
            match &mut state.left {
                None => state.fault,
                Some(0) => None,
                Some(left) => {
                    *left -= 1;
                    state.fault
                }
            }
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.present.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_fault_ends_by_itself() {
        let faults = Faults::default();
        faults.set_for(Fault::Status(500), 2);
        let seen: Vec<_> = (0..3).map(|_| faults.next()).collect();
        assert_eq!(
            seen,
            [Some(Fault::Status(500)), Some(Fault::Status(500)), None]
        );
        assert_eq!(faults.requests(), 3);
    }
}
