//! Steps of a join, each with the time it took.

use std::time::Duration;

use room_messages::api::Milestone;
use room_messages::{Decryption, PeerTrack, Source};

use crate::Moment;

/// See the module.
#[derive(Debug)]
pub struct Timeline {
    began_at: Duration,
    steps: Vec<Milestone>,
}

impl Timeline {
    #[must_use]
    pub fn new(now: Moment) -> Self {
        Self {
            began_at: now.since_start,
            steps: Vec::new(),
        }
    }

    #[must_use]
    pub fn began_at(&self) -> Duration {
        self.began_at
    }

    #[must_use]
    pub fn steps(&self) -> &[Milestone] {
        &self.steps
    }

    /// Notes a step the first time it is reached.
    pub fn mark(&mut self, step: &str, now: Moment) {
        if self.steps.iter().any(|milestone| milestone.step == step) {
            return;
        }
        let after = now.since_start.saturating_sub(self.began_at);
        self.steps.push(Milestone {
            step: step.to_owned(),
            after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
        });
    }

    /// Notes the first picture and the first sound that can be played.
    pub fn mark_first(&mut self, tracks: &[PeerTrack], now: Moment) {
        let shows = |track: &PeerTrack, source: Source| {
            track.source == source
                && matches!(track.decryption, Decryption::Decrypting | Decryption::Plain)
        };
        for (source, step) in [
            (Source::Camera, "first_picture"),
            (Source::Microphone, "first_sound"),
        ] {
            if tracks.iter().any(|track| shows(track, source)) {
                self.mark(step, now);
            }
        }
    }
}
