//! A call for help: somebody in the room wants somebody to come.
//!
//! Invariant: a call has one reference from its beginning to its end, so that what the help desk
//! is told, what the log says and what the screen shows are the same thing. It ends by itself:
//! a call nobody takes back must not hide the next one.

use std::time::Duration;

use room_messages::api;

use crate::{Entropy, Moment};

/// How long a call stands unless it is taken back or made again.
pub const LASTS: Duration = Duration::from_secs(15 * 60);

/// Letters and digits that are not mistaken for each other when they are said or read
/// (Crockford's base 32).
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 6;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Help(Option<Wanted>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    reference: String,
    since_ms: u64,
    until: Moment,
}

impl Help {
    /// Calls for help, or takes the call back. A call that is made again stands for longer.
    pub fn set(&mut self, now: Moment, wanted: bool, entropy: &mut dyn Entropy) {
        if !wanted {
            self.0 = None;
            return;
        }
        let until = now.after(LASTS);
        match &mut self.0 {
            Some(standing) => standing.until = until,
            none => {
                *none = Some(Wanted {
                    reference: reference(entropy),
                    since_ms: now.unix_ms,
                    until,
                });
            }
        }
    }

    /// Forgets a call that has stood for long enough.
    pub fn tick(&mut self, now: Moment) {
        let over = |wanted: &Wanted| now.since_start >= wanted.until.since_start;
        if self.0.as_ref().is_some_and(over) {
            self.0 = None;
        }
    }

    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    #[must_use]
    pub fn status(&self) -> Option<api::Help> {
        let wanted = self.0.as_ref()?;
        Some(api::Help {
            reference: wanted.reference.clone(),
            since_ms: wanted.since_ms,
            until_ms: wanted.until.unix_ms,
        })
    }

    /// When [`Help::tick`] is next of use, since start.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        Some(self.0.as_ref()?.until.since_start)
    }
}

fn reference(entropy: &mut dyn Entropy) -> String {
    let sign = |byte: u8| SIGNS.get(usize::from(byte % 32)).copied().map(char::from);
    let bytes = entropy.bytes().into_iter();
    bytes.filter_map(sign).take(LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(u8);

    impl Entropy for Counting {
        fn bytes(&mut self) -> [u8; 32] {
            self.0 = self.0.wrapping_add(37);
            [self.0; 32]
        }
    }

    fn at(seconds: u64) -> Moment {
        Moment {
            since_start: Duration::from_secs(seconds),
            unix_ms: 1_000_000 + seconds * 1000,
        }
    }

    #[test]
    fn a_call_keeps_its_reference_and_ends_by_itself_or_when_taken_back() {
        let (mut help, mut entropy) = (Help::default(), Counting(0));
        help.set(at(0), true, &mut entropy);
        let first = help.status().unwrap();
        assert_eq!(first.reference, "555555");
        help.set(at(60), true, &mut entropy);
        let again = help.status().unwrap();
        assert_eq!(
            (&again.reference, again.since_ms),
            (&first.reference, first.since_ms)
        );
        assert!(again.until_ms > first.until_ms);
        let end = help.next_deadline().unwrap();
        assert_eq!(end, Duration::from_secs(60) + LASTS);
        help.tick(at(end.as_secs() - 1));
        assert!(help.is_wanted());
        help.tick(at(end.as_secs()));
        assert_eq!((help.is_wanted(), help.next_deadline()), (false, None));
        help.set(at(2000), true, &mut entropy);
        assert_ne!(help.status().unwrap().reference, first.reference);
        help.set(at(2001), false, &mut entropy);
        assert_eq!(help.status(), None);
    }
}
