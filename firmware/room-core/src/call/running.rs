//! The two kinds of call: in a Matrix room, and a Visio meeting.
//!
//! Invariant: neither can become the other. A call with keys has no way to the connection of one
//! without, and the other way round; what both have in common is here.

use std::time::Duration;

use room_messages::Fact;
use room_messages::api::Phase;

use super::Around;
use super::run::{Run, Step};
use super::visit::Visit;

/// See the module.
#[derive(Debug)]
pub enum Running {
    Matrix(Box<Run>),
    Visio(Box<Visit>),
}

impl Running {
    pub(super) fn media(&mut self, fact: &Fact, around: &mut Around<'_>) -> Step {
        match self {
            Self::Matrix(run) => run.media(fact, around),
            Self::Visio(visit) => visit.media(fact, around),
        }
    }

    pub(super) fn media_down(&mut self) {
        match self {
            Self::Matrix(run) => run.media_down(),
            Self::Visio(visit) => visit.media_down(),
        }
    }

    pub(super) fn set_hand(&mut self, raised: bool, around: &mut Around<'_>) -> Step {
        match self {
            Self::Matrix(run) => run.set_hand(raised, around),
            Self::Visio(visit) => visit.set_hand(raised, around),
        }
    }

    pub(super) fn tick(&mut self, around: &mut Around<'_>) -> Step {
        match self {
            Self::Matrix(run) => run.tick(around),
            Self::Visio(visit) => visit.tick(around),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        match self {
            Self::Matrix(run) => run.phase(),
            Self::Visio(visit) => visit.phase(),
        }
    }

    pub(super) fn began_at(&self) -> Duration {
        match self {
            Self::Matrix(run) => run.began_at(),
            Self::Visio(visit) => visit.began_at(),
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        match self {
            Self::Matrix(run) => run.next_deadline(),
            Self::Visio(visit) => visit.next_deadline(),
        }
    }

    pub(super) fn captures(&self) -> bool {
        match self {
            Self::Matrix(_) => true,
            Self::Visio(visit) => visit.captures(),
        }
    }

    pub(super) fn forbidden(&self) -> (bool, bool) {
        match self {
            Self::Matrix(_) => (false, false),
            Self::Visio(visit) => visit.forbidden(),
        }
    }

    pub(super) fn may_share(&self) -> bool {
        match self {
            Self::Matrix(_) => true,
            Self::Visio(visit) => visit.may_share(),
        }
    }

    pub(super) fn hand_seen(&self) -> bool {
        match self {
            Self::Matrix(run) => run.hand_seen(),
            Self::Visio(visit) => visit.hand_seen(),
        }
    }
}
