//! A Visio meeting as a guest, from its code to being in it.
//!
//! Door → pass → media. There is no Matrix room, no membership and no key: a visit can order a
//! connection by [`Order::Visit`] alone, which has no end-to-end encryption, and nothing it holds
//! could be taken for one with it.
//! Invariant: nothing is captured before the room was let in; a step names a failure instead of
//! ending the call itself; the caller releases.

mod hand;
mod media;
mod view;

use std::time::Duration;

use room_messages::api::{Phase, Problem};
use room_messages::{OwnTrack, PeerTrack, SfuPerson, Source, Token};

use super::Around;
use super::quality::Qualities;
use super::run::Step;
use super::timeline::Timeline;
use crate::Moment;
use crate::input::Effect;
use crate::problem::Issue;
use crate::visio::answer::Refusal;
use crate::visio::ask::{Ask, own_name};
use crate::visio::door::{Door, News, Shut};
use crate::visio::{Cookie, Meeting, VisioFact, VisioOrder};
use hand::Hand;

/// From a pass to being connected, at first.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);

/// How the media of the meeting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Not ordered, or over: the next pass makes it.
    None,
    Ordered,
    Up,
    /// `mediad` restores it by itself, and may ask for a fresh pass.
    Lost,
}

/// Somebody in the meeting.
#[derive(Clone, Debug)]
pub struct Guest {
    pub person: SfuPerson,
    /// Unix milliseconds since when the room knows of them.
    pub since_ms: u64,
}

/// See the module.
#[derive(Debug)]
pub struct Visit {
    door: Door,
    /// The name the room asked to enter with.
    given_name: String,
    link: Link,
    /// Address of the media server, for problems.
    address: String,
    connect_until: Option<Duration>,
    /// Connections that failed in a row.
    failures: u32,
    /// The newest one: endpoints take it, and the first one ends.
    token: Option<Token>,
    was_in_call: bool,
    since_ms: Option<u64>,
    timeline: Timeline,
    people: Vec<Guest>,
    /// `None` as long as the media server has not said it.
    may_publish: Option<Vec<Source>>,
    hand: Hand,
    peer_tracks: Vec<PeerTrack>,
    own_tracks: Vec<OwnTrack>,
    qualities: Qualities,
}

impl Visit {
    /// Begins to join; `cookie` is the instance's from before, `remembered` a meeting the room was
    /// in before a restart.
    pub(super) fn begin(
        meeting: Meeting,
        cookie: Option<Cookie>,
        remembered: bool,
        around: &mut Around<'_>,
    ) -> (Self, Vec<Effect>) {
        let name = own_name(around.name);
        let door = Door::new(around.now, meeting, name.clone(), cookie);
        let mut visit = Self {
            door: if remembered { door.coming_back() } else { door },
            given_name: name,
            link: Link::None,
            address: String::new(),
            connect_until: None,
            failures: 0,
            token: None,
            was_in_call: false,
            since_ms: None,
            timeline: Timeline::new(around.now),
            people: Vec::new(),
            may_publish: None,
            hand: Hand::default(),
            peer_tracks: Vec::new(),
            own_tracks: Vec::new(),
            qualities: Qualities::default(),
        };
        let effects = visit.due(around);
        (visit, effects)
    }

    /// An instance's answer.
    pub(super) fn visio(&mut self, fact: &VisioFact, around: &mut Around<'_>) -> Step {
        let news = if self.door.asked(fact.request) {
            self.door.answered(around.now, fact)
        } else {
            let answer = fact.answer.as_ref().ok_or(Refusal::Failing);
            let done = answer.and_then(|answer| answer.done());
            self.hand.answered(around.now, fact.request, done);
            None
        };
        if self.door.is_found() {
            self.timeline.mark("resolved", around.now);
        }
        self.follow(news, around)
    }

    pub(super) fn tick(&mut self, around: &mut Around<'_>) -> Step {
        let late = self
            .connect_until
            .is_some_and(|at| around.now.since_start >= at);
        if late && !self.was_in_call {
            return Step::fail(Issue::JoinTimedOut.about("media"));
        }
        let news = self.door.tick(around.now);
        self.follow(news, around)
    }

    fn follow(&mut self, news: Option<News>, around: &mut Around<'_>) -> Step {
        let mut effects = Vec::new();
        match news {
            Some(News::Shut(shut)) => return Step::fail(self.shut_problem(shut)),
            Some(News::Pass(pass)) => effects.push(self.connect(pass, around.now)),
            None => {}
        }
        effects.extend(self.due(around));
        Step::go_on(effects)
    }

    /// Whatever is to be asked of the instance now.
    fn due(&mut self, around: &mut Around<'_>) -> Vec<Effect> {
        let door = self.door.work(around.now, around.requests);
        let hand = self.hand_due(around);
        door.into_iter().chain(hand).map(Effect::Visio).collect()
    }

    fn hand_due(&mut self, around: &mut Around<'_>) -> Option<VisioOrder> {
        let token = self.token.as_ref().filter(|_| self.link == Link::Up)?;
        let (request, raised) = self.hand.work(around.now, around.requests)?;
        let ask = Ask::hand(self.door.meeting(), raised, token.clone());
        Some(VisioOrder { request, ask })
    }

    pub(super) fn set_hand(&mut self, raised: bool, around: &mut Around<'_>) -> Step {
        self.hand.want(raised);
        Step::go_on(self.due(around))
    }

    #[must_use]
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let connect = self.connect_until.filter(|_| !self.was_in_call);
        let hand = self.hand.next_deadline().filter(|_| self.link == Link::Up);
        let all = [self.door.next_deadline(), hand, connect];
        all.into_iter().flatten().min()
    }

    #[must_use]
    pub fn phase(&self) -> Phase {
        match (self.was_in_call, self.link == Link::Up) {
            (_, true) => Phase::InCall,
            (false, false) => Phase::Joining,
            (true, false) => Phase::Reconnecting,
        }
    }

    /// What to keep for the instance.
    pub(super) fn into_cookie(self) -> Option<(String, Cookie)> {
        let cookie = self.door.cookie()?.clone();
        Some((self.door.meeting().origin().to_string(), cookie))
    }

    fn settle(&mut self, now: Moment) {
        self.connect_until = None;
        self.failures = 0;
        if !self.was_in_call {
            self.was_in_call = true;
            self.since_ms = Some(now.unix_ms);
            self.timeline.mark("in_call", now);
        }
    }

    fn shut_problem(&self, shut: Shut) -> Problem {
        let issue = match shut {
            Shut::Unknown => Issue::VisioUnknown,
            Shut::Denied => Issue::VisioDenied,
            Shut::NotLetIn => Issue::VisioNotLetIn,
            Shut::Unreachable => Issue::VisioUnreachable,
            Shut::Throttled => Issue::VisioThrottled,
            Shut::Refused | Shut::Foreign => Issue::VisioForeign,
        };
        issue.about(self.door.meeting().host())
    }
}
