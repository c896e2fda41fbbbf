//! What is measured of one voice.

use std::time::{Duration, Instant};

use room_audio::{Level, LevelMeter, RATE, SILENCE_DBFS, ToneMeter};
use room_messages::Identity;

use super::VoiceFigures;

/// Louder than this is speech: room noise of a bad microphone stays below.
const SPEECH_DBFS: f64 = -45.0;
/// Pauses between words.
const HOLD: Duration = Duration::from_millis(400);
/// After this long without samples the voice is silent.
const STALE: Duration = Duration::from_millis(1500);

pub(super) struct Meter {
    pub(super) identity: Identity,
    gathering: LevelMeter,
    gathered: usize,
    /// Of the last whole second.
    level: Option<f64>,
    /// Of the newest block.
    momentary: f64,
    loud: Option<Instant>,
    heard: Option<Instant>,
    tone: Option<ToneMeter>,
}

impl Meter {
    pub(super) fn new(identity: Identity, tones: bool) -> Self {
        Self {
            identity,
            gathering: LevelMeter::default(),
            gathered: 0,
            level: None,
            momentary: SILENCE_DBFS,
            loud: None,
            heard: None,
            tone: tones.then(ToneMeter::default),
        }
    }

    pub(super) fn push(&mut self, now: Instant, samples: &[i16], channels: usize) {
        self.heard = Some(now);
        self.momentary = Level::of(samples).dbfs;
        if self.momentary > SPEECH_DBFS {
            self.loud = Some(now);
        }
        self.gathering.push(samples);
        self.gathered += samples.len() / channels.max(1);
        if self.gathered >= RATE as usize {
            self.level = Some(self.gathering.take().dbfs);
            self.gathered = 0;
        }
        if let Some(tone) = &mut self.tone {
            tone.push(samples, channels);
        }
    }

    /// The loudness, when this voice speaks now.
    pub(super) fn speaking(&self, now: Instant) -> Option<f64> {
        let loud = now.saturating_duration_since(self.loud?) < HOLD;
        loud.then_some(self.momentary)
    }

    pub(super) fn figures(&self, now: Instant) -> VoiceFigures {
        let Some(heard) = self.heard else {
            return VoiceFigures::default();
        };
        if now.saturating_duration_since(heard) > STALE {
            return VoiceFigures {
                level_dbfs: Some(SILENCE_DBFS),
                tone_hz: None,
            };
        }
        VoiceFigures {
            level_dbfs: Some(self.level.unwrap_or(self.momentary)),
            tone_hz: self.tone.as_ref().and_then(ToneMeter::tone),
        }
    }
}
