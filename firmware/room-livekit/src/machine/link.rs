//! Getting to the server, and back to it.

use std::time::Duration;

use room_messages::EndReason;

use super::{Machine, OpenFailure, Order, Phase, Tokenless, Trouble, Way, retry};
use crate::{Event, State};

/// The server's first message must come within this time.
const GREETING_TIMEOUT: Duration = Duration::from_secs(5);
/// A token older than this is renewed before joining anew: it may be about to expire.
const TOKEN_FRESH: Duration = Duration::from_secs(180);
/// How long to wait for a fresh token when the present one may still do.
const TOKEN_PATIENCE: Duration = Duration::from_secs(3);
/// How often to ask for a token we cannot go on without, at most.
const TOKEN_ASK_EVERY: Duration = Duration::from_secs(10);
/// How often to ask for a fresh token while the present one may still do.
const TOKEN_HINT_EVERY: Duration = Duration::from_secs(30);
/// The room we publish in may be made a moment after the token. Who gave the order may try again
/// with another token, and a join that has no prospect is to say so well before it times out.
const MISSING_PATIENCE: Duration = Duration::from_secs(5);
/// The server forgets a participant about 20 s after it lost it.
const RESUME_WITHIN: Duration = Duration::from_secs(30);
/// A connection that held this long was a good one: the next loss starts with no delay.
const STABLE_AFTER: Duration = Duration::from_secs(10);
/// Fresh tokens refused in a row.
const MAX_REFUSALS: u32 = 3;

impl Machine {
    /// Orders the socket open, or asks for a fresh token first.
    pub(super) fn open(&mut self, now: Duration, way: Way) {
        let resume = match way {
            Way::Resume if self.still_remembered(now) => {
                self.joined.as_ref().map(|joined| joined.sid.clone())
            }
            _ => None,
        };
        if resume.is_none() && self.token_is_old(now) && !self.asked_lately(now) {
            self.ask_for_token(now, now, false);
            return;
        }
        self.phase = Phase::Opening(if resume.is_some() {
            Way::Resume
        } else {
            Way::Join
        });
        self.out.push(Order::Open {
            token: self.token.clone(),
            resume,
        });
    }

    fn still_remembered(&self, now: Duration) -> bool {
        let lost_at = self.trouble.lost_at.unwrap_or(now);
        now.saturating_sub(lost_at) <= RESUME_WITHIN
    }

    fn token_is_old(&self, now: Duration) -> bool {
        now.saturating_sub(self.token_since) > TOKEN_FRESH
    }

    fn asked_lately(&self, now: Duration) -> bool {
        self.token_asked
            .is_some_and(|at| now.saturating_sub(at) < TOKEN_HINT_EVERY)
    }

    fn ask_for_token(&mut self, now: Duration, not_before: Duration, refused: bool) {
        self.token_asked = Some(now);
        let patience = if refused {
            TOKEN_ASK_EVERY
        } else {
            TOKEN_PATIENCE
        };
        self.phase = Phase::Tokenless(Tokenless {
            not_before,
            until: not_before.max(now) + patience,
            refused,
        });
        self.emit(Event::TokenNeeded);
    }

    pub(super) fn token_did_not_come(&mut self, now: Duration, wait: Tokenless) {
        if wait.refused {
            self.ask_for_token(now, now, true);
        } else {
            self.open(now, Way::Join);
        }
    }

    pub(super) fn token_came(&mut self, now: Duration) {
        self.token_since = now;
        self.token_asked = None;
        let Phase::Tokenless(wait) = self.phase else {
            return;
        };
        if wait.not_before <= now {
            self.open(now, Way::Join);
        } else {
            self.phase = Phase::Waiting {
                way: Way::Join,
                at: wait.not_before,
            };
        }
    }

    pub(super) fn opened(&mut self, now: Duration, way: Way) {
        self.phase = Phase::Greeting {
            way,
            until: now + GREETING_TIMEOUT,
        };
    }

    pub(super) fn open_failed(&mut self, now: Duration, way: Way, why: OpenFailure) {
        match (way, why) {
            (Way::Resume, OpenFailure::Refused(_)) => self.open(now, Way::Join),
            (Way::Join, OpenFailure::Refused(401 | 403)) => self.not_allowed(now),
            (Way::Join, OpenFailure::Refused(404)) => self.room_missing(now),
            (_, OpenFailure::Refused(status)) => {
                self.tell_unreachable(|| format!("the server answered with HTTP status {status}"));
                self.retry(now, way);
            }
            (_, OpenFailure::Unreachable(detail)) => {
                self.tell_unreachable(|| detail.chars().take(300).collect());
                self.retry(now, way);
            }
        }
    }

    fn tell_unreachable(&mut self, detail: impl FnOnce() -> String) {
        if self.joined.is_none() {
            self.emit(Event::Unreachable { detail: detail() });
        }
    }

    fn not_allowed(&mut self, now: Duration) {
        self.trouble.refusals += 1;
        let first_and_fresh = self.joined.is_none() && !self.token_is_old(now);
        if first_and_fresh || self.trouble.refusals >= MAX_REFUSALS {
            self.end(EndReason::NotAllowed);
        } else {
            self.ask_for_token(now, now, true);
        }
    }

    /// Who fetches a token makes the room, if they may: so a room that is gone (the server was
    /// restarted) comes back with a fresh token. A room we only listen in is made by others.
    fn room_missing(&mut self, now: Duration) {
        let since = *self.trouble.missing_since.get_or_insert(now);
        let delay = retry::delay(self.trouble.misses, self.rules.jitter);
        self.trouble.misses = self.trouble.misses.saturating_add(1);
        if self.joined.is_some() {
            self.ask_for_token(now, now + delay, true);
        } else if self.rules.publishing && now.saturating_sub(since) >= MISSING_PATIENCE {
            self.end(EndReason::RoomMissing);
        } else {
            self.wait(now, Way::Join, delay.max(Duration::from_millis(300)));
        }
    }

    /// Plans the next attempt after one that failed.
    pub(super) fn retry(&mut self, now: Duration, way: Way) {
        let delay = retry::delay(self.trouble.attempts, self.rules.jitter);
        self.trouble.attempts = self.trouble.attempts.saturating_add(1);
        self.wait(now, way, delay);
    }

    fn wait(&mut self, now: Duration, way: Way, delay: Duration) {
        if delay.is_zero() {
            self.open(now, way);
        } else {
            let at = now + delay;
            self.phase = Phase::Waiting { way, at };
        }
    }

    /// The live connection went away by itself.
    pub(super) fn lost(&mut self, now: Duration, since: Duration) {
        let way = self.way_back(now);
        self.go_back(now, since, way);
    }

    pub(super) fn resumable(&self) -> bool {
        let server_agrees = |joined: &super::Joined| joined.resumable;
        self.rules.resume && self.joined.as_ref().is_some_and(server_agrees)
    }

    /// A session that was resumed and does not even hold a few seconds is given up.
    pub(super) fn way_back(&self, now: Duration) -> Way {
        let resumable = self.resumable();
        let in_vain = match self.phase {
            Phase::Live {
                since,
                way: Way::Resume,
            } => now.saturating_sub(since) < STABLE_AFTER,
            _ => false,
        };
        if resumable && !in_vain {
            Way::Resume
        } else {
            Way::Join
        }
    }

    /// Back to the server by the given way; the socket is closed or being closed.
    pub(super) fn go_back(&mut self, now: Duration, since: Duration, way: Way) {
        if now.saturating_sub(since) >= STABLE_AFTER {
            self.trouble = Trouble::default();
        }
        self.trouble.lost_at = Some(now);
        if way == Way::Join {
            self.queue.clear();
        }
        self.emit(Event::State(State::Reconnecting));
        self.retry(now, way);
    }

    pub(super) fn end(&mut self, reason: EndReason) {
        self.phase = Phase::Over;
        self.queue.clear();
        self.emit(Event::Ended(reason));
    }
}
