//! What `mediad` reports of this call.

use room_messages::{EndReason, Fact};

use super::{Around, OwnMedia, Run, Step};
use crate::input::Effect;
use crate::problem::Issue;
use crate::sfus::{OwnSfu, SfuEffect, TokenFailure};

impl Run {
    pub(in crate::call) fn media(&mut self, fact: &Fact, around: &mut Around<'_>) -> Step {
        self.presence.fact(fact);
        self.qualities.fact(fact);
        match fact {
            Fact::Sfu { sfu, state } => {
                let news = self.sfus.fact(around.now, *sfu, state, around.requests);
                let step = self.sfu_step(news, around);
                self.judge(around);
                step
            }
            // Somebody who was kept may be gone.
            Fact::Present { .. } if self.keeper.is_some() => self.recount(around),
            Fact::TokenNeeded { sfu } => {
                let asked = self.sfus.token_needed(*sfu, around.requests);
                Step::go_on(self.sfu_effects(asked))
            }
            Fact::PeerTracks { tracks } => {
                self.peer_tracks.clone_from(tracks);
                self.timeline.mark_first(tracks, around.now);
                Step::default()
            }
            Fact::OwnTracks { tracks } => {
                self.own_tracks.clone_from(tracks);
                Step::default()
            }
            _ => Step::default(),
        }
    }

    /// The process is gone, and with it every connection and track.
    pub(in crate::call) fn media_down(&mut self) {
        self.peer_tracks.clear();
        self.own_tracks.clear();
        self.presence.media_down();
        self.qualities.media_down();
        if self.own_media == OwnMedia::Connected {
            self.own_media = OwnMedia::Lost;
        }
    }

    pub(super) fn sfu_step(
        &mut self,
        (effects, news): (Vec<SfuEffect>, Option<OwnSfu>),
        around: &mut Around<'_>,
    ) -> Step {
        let mut effects: Vec<Effect> = self.sfu_effects(effects);
        match news {
            None => {}
            Some(OwnSfu::Connected) => {
                self.own_media = OwnMedia::Connected;
                self.mark("sfu_connected", around);
                self.settle(around);
            }
            Some(OwnSfu::Reconnecting) => self.lose(),
            Some(OwnSfu::Expelled(reason)) => {
                return Step {
                    effects,
                    failed: Some(self.end_problem(&reason)),
                };
            }
            Some(OwnSfu::NoToken(failure)) => {
                self.lose();
                if !self.was_in_call {
                    return Step {
                        effects,
                        failed: Some(self.token_problem(failure)),
                    };
                }
            }
            Some(OwnSfu::Lost(reason)) => {
                self.lose();
                if !self.was_in_call {
                    return Step {
                        effects,
                        failed: Some(self.end_problem(&reason)),
                    };
                }
            }
        }
        effects.extend(self.roster_effect());
        Step::go_on(effects)
    }

    fn lose(&mut self) {
        if self.own_media == OwnMedia::Connected {
            self.own_media = OwnMedia::Lost;
        }
    }

    fn token_problem(&self, failure: TokenFailure) -> room_messages::api::Problem {
        let service = self.service.as_deref().unwrap_or_default();
        match failure {
            TokenFailure::Unreachable => Issue::TokenUnreachable,
            TokenFailure::Refused => Issue::TokenRefused,
            TokenFailure::NotFound | TokenFailure::RateLimited { .. } | TokenFailure::Failing => {
                Issue::TokenFailing
            }
        }
        .about(service)
    }

    fn end_problem(&self, reason: &EndReason) -> room_messages::api::Problem {
        match reason {
            EndReason::DuplicateIdentity => Issue::SfuDuplicate,
            EndReason::Removed => Issue::SfuRemoved,
            EndReason::RoomClosed | EndReason::Asked => Issue::SfuClosed,
            EndReason::RoomMissing => Issue::SfuRoomMissing,
            EndReason::NotAllowed => Issue::SfuRefused,
            EndReason::Unreachable { .. } => Issue::SfuUnreachable,
        }
        .about(&self.sfus.own_address())
    }
}
