//! At a meeting's door: look the meeting up, ask to enter, wait in the lobby, come back.
//!
//! Rules (recorded from La Suite Meet 1.27): a waiting place is held by one question a second and
//! lost 3 s after the last; a denied guest who asks again is queued anew, so nothing is asked
//! after a denial; an accepted one gets a fresh pass with each question, by its cookie.
//! Invariants: one question at a time; a wait the instance asks for is kept to; who was let in
//! once is only sent away by a clear no.

use std::time::Duration;

use room_messages::api::VisioEntry;

use super::answer::{Entry, Refusal};
use super::{Ask, Cookie, Meeting, Pass, VisioFact, VisioOrder};
use crate::pause::Pause;
use crate::{Moment, RequestId};

/// Between the beginnings of two questions in the lobby.
pub const POLL_EVERY: Duration = Duration::from_secs(1);
/// After an answer that took its time.
const POLL_AFTER: Duration = Duration::from_millis(200);
/// Longest wait in the lobby: who prepares a room comes early, and organisers come late. La
/// Suite's own client waits for 10 minutes, the server without end.
pub const LOBBY_LIMIT: Duration = Duration::from_secs(30 * 60);
/// Longest wait for a first useful answer.
pub const FIRST_LIMIT: Duration = Duration::from_secs(30);
/// Failures in a row before an instance that never answered is called unreachable.
const FIRST_TRIES: u32 = 3;

/// What the call must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    Pass(Pass),
    /// There is no way in; nothing more is asked.
    Shut(Shut),
}

/// Why there is no way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shut {
    Unknown,
    Denied,
    /// Nobody let the room in for [`LOBBY_LIMIT`].
    NotLetIn,
    Unreachable,
    Throttled,
    Refused,
    Foreign,
}

/// See the module.
#[derive(Debug)]
pub struct Door {
    meeting: Meeting,
    name: String,
    cookie: Option<Cookie>,
    /// `None` before the look-up.
    registered: Option<bool>,
    entry: VisioEntry,
    open: Option<(RequestId, Duration)>,
    next_at: Option<Duration>,
    give_up_at: Option<Duration>,
    pause: Pause,
    was_in: bool,
    waited: bool,
}

impl Door {
    #[must_use]
    pub fn new(now: Moment, meeting: Meeting, name: String, cookie: Option<Cookie>) -> Self {
        Self {
            meeting,
            name,
            cookie,
            registered: None,
            entry: VisioEntry::Asking,
            open: None,
            next_at: Some(now.since_start),
            give_up_at: Some(now.since_start.saturating_add(FIRST_LIMIT)),
            pause: Pause::default(),
            was_in: false,
            waited: false,
        }
    }

    /// The same for a meeting the room was in before a restart: networks and servers may take
    /// their time to come up, so only a clear no ends it.
    #[must_use]
    pub fn coming_back(self) -> Self {
        Self {
            give_up_at: None,
            was_in: true,
            ..self
        }
    }

    #[must_use]
    pub fn meeting(&self) -> &Meeting {
        &self.meeting
    }

    #[must_use]
    pub fn cookie(&self) -> Option<&Cookie> {
        self.cookie.as_ref()
    }

    #[must_use]
    pub fn entry(&self) -> VisioEntry {
        self.entry
    }

    /// False only when the instance has said that it does not know the meeting.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.registered != Some(false)
    }

    /// The look-up found a meeting.
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.registered.is_some()
    }

    /// The name others know the room by: the pass has that of the last question.
    pub fn rename(&mut self, name: String) {
        self.name = name;
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A fresh pass is wanted at `at`, since start.
    pub fn renew(&mut self, at: Duration) {
        if self.open.is_none() && self.next_at.is_none() {
            self.next_at = Some(at);
        }
    }

    /// The question that is due.
    pub fn work(&mut self, now: Moment, requests: &mut RequestId) -> Option<VisioOrder> {
        let due = self.next_at.is_some_and(|at| now.since_start >= at);
        if !due || self.open.is_some() {
            return None;
        }
        self.next_at = None;
        let request = requests.next();
        self.open = Some((request, now.since_start));
        let ask = match self.registered {
            Some(true) => Ask::enter(&self.meeting, &self.name, self.cookie.clone()),
            _ => Ask::look_up(&self.meeting, &self.name),
        };
        Some(VisioOrder { request, ask })
    }

    /// Whether this answers the open question.
    #[must_use]
    pub fn asked(&self, request: RequestId) -> bool {
        self.open.is_some_and(|(open, _)| open == request)
    }

    /// The answer to the open question; late ones to others are ignored.
    pub fn answered(&mut self, now: Moment, fact: &VisioFact) -> Option<News> {
        let (_, sent_at) = self.open.take_if(|(open, _)| *open == fact.request)?;
        let plain = self.meeting.is_plain();
        let answer = fact.answer.as_ref().ok_or(Refusal::Failing);
        let read = match self.registered {
            Some(true) => {
                let entry = answer.and_then(|answer| answer.entry(plain));
                entry.map(|(entry, cookie)| self.stands(now, sent_at, entry, cookie))
            }
            _ => {
                let found = answer.and_then(|answer| answer.found(plain));
                found.map(|found| self.found(now, found.registered, found.pass))
            }
        };
        read.unwrap_or_else(|refusal| self.refused(now, refusal))
    }

    fn found(&mut self, now: Moment, registered: bool, pass: Option<Pass>) -> Option<News> {
        self.registered = Some(registered);
        self.pause.reset();
        match pass.filter(|_| !registered) {
            Some(pass) => Some(self.admit(pass)),
            None if registered => {
                self.next_at = Some(now.since_start);
                None
            }
            None => self.refused(now, Refusal::Foreign),
        }
    }

    fn stands(
        &mut self,
        now: Moment,
        sent_at: Duration,
        entry: Entry,
        cookie: Option<Cookie>,
    ) -> Option<News> {
        self.cookie = cookie.or(self.cookie.take());
        self.pause.reset();
        match entry {
            Entry::Accepted(pass) => Some(self.admit(pass)),
            Entry::Denied => Some(News::Shut(Shut::Denied)),
            Entry::Waiting => {
                self.wait(now, sent_at);
                None
            }
        }
    }

    fn admit(&mut self, pass: Pass) -> News {
        (self.was_in, self.waited) = (true, false);
        self.entry = VisioEntry::Admitted;
        self.give_up_at = None;
        News::Pass(pass)
    }

    fn wait(&mut self, now: Moment, sent_at: Duration) {
        self.entry = VisioEntry::Waiting;
        if !std::mem::replace(&mut self.waited, true) {
            self.give_up_at = Some(now.since_start.saturating_add(LOBBY_LIMIT));
        }
        let regular = sent_at.saturating_add(POLL_EVERY);
        let earliest = now.since_start.saturating_add(POLL_AFTER);
        self.next_at = Some(regular.max(earliest));
    }

    fn refused(&mut self, now: Moment, refusal: Refusal) -> Option<News> {
        let shut = match refusal {
            Refusal::Unknown => Some(Shut::Unknown),
            // A proxy on the way may answer anything while the network is restored.
            _ if self.was_in => None,
            Refusal::Refused => Some(Shut::Refused),
            Refusal::Foreign => Some(Shut::Foreign),
            Refusal::Throttled { .. } | Refusal::Failing => None,
        };
        let shut = shut.or_else(|| self.ask_later(now, refusal));
        shut.map(News::Shut)
    }

    fn ask_later(&mut self, now: Moment, refusal: Refusal) -> Option<Shut> {
        let (entry, asked, end) = match refusal {
            Refusal::Throttled { wait } => (VisioEntry::Throttled, wait, Shut::Throttled),
            _ => (VisioEntry::Unreachable, None, Shut::Unreachable),
        };
        self.entry = entry;
        let at = self.pause.end(now, asked);
        self.next_at = Some(at);
        let too_late = self.give_up_at.is_some_and(|limit| at >= limit);
        let first = self.registered.is_none() && !self.was_in;
        let never = first && self.pause.tries() >= FIRST_TRIES;
        (too_late || never).then_some(end)
    }

    /// Time passed.
    pub fn tick(&mut self, now: Moment) -> Option<News> {
        self.give_up_at.filter(|at| now.since_start >= *at)?;
        let shut = if self.waited {
            Shut::NotLetIn
        } else {
            Shut::Unreachable
        };
        Some(News::Shut(shut))
    }

    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let next = self.next_at.filter(|_| self.open.is_none());
        next.into_iter().chain(self.give_up_at).min()
    }
}

#[cfg(test)]
mod tests;
