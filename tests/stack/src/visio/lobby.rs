//! Who waits, who was let in, and who was not: by the cookie alone.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A waiting place lasts so long after the last question.
const WAITS: Duration = Duration::from_secs(3);
/// A denial is remembered so long.
const DENIED: Duration = Duration::from_secs(5);

/// What a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Waiting,
    Accepted,
    Denied,
}

#[derive(Debug)]
struct Guest {
    /// The name of the first question of a waiting place.
    name: String,
    standing: Standing,
    until: Instant,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Lobby {
    /// By meeting and cookie.
    guests: BTreeMap<(String, String), Guest>,
    asked: usize,
}

impl Lobby {
    /// A guest asks.
    pub(crate) fn ask(&mut self, slug: &str, id: &str, name: &str) -> Standing {
        self.asked += 1;
        let now = Instant::now();
        self.guests.retain(|_, guest| guest.until > now);
        let place = (slug.to_owned(), id.to_owned());
        let guest = self.guests.entry(place).or_insert_with(|| Guest {
            name: name.to_owned(),
            standing: Standing::Waiting,
            until: now,
        });
        if guest.standing == Standing::Waiting {
            guest.until = now + WAITS;
        }
        guest.standing
    }

    pub(crate) fn waiting(&self, slug: &str) -> Vec<(String, String)> {
        let now = Instant::now();
        let here = self.guests.iter().filter(|((of, _), guest)| {
            of == slug && guest.standing == Standing::Waiting && guest.until > now
        });
        here.map(|((_, id), guest)| (id.clone(), guest.name.clone()))
            .collect()
    }

    pub(crate) fn decide(&mut self, slug: &str, id: &str, let_in: bool) {
        let place = (slug.to_owned(), id.to_owned());
        if let Some(guest) = self.guests.get_mut(&place) {
            let (standing, lasts) = if let_in {
                (Standing::Accepted, Duration::from_secs(6 * 3600))
            } else {
                (Standing::Denied, DENIED)
            };
            guest.standing = standing;
            guest.until = Instant::now() + lasts;
        }
    }

    pub(crate) fn forget(&mut self, slug: &str, id: &str) {
        self.guests.remove(&(slug.to_owned(), id.to_owned()));
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked
    }
}
