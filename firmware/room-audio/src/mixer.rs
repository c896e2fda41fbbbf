//! Many voices into one stereo output.
//!
//! Invariant: a voice that stalls, bursts or drifts is heard as well as it can be and never
//! delays the others; the sum never wraps around.

use std::collections::BTreeMap;

use crate::buffer::VoiceBuffer;
use crate::limiter::limit;
use crate::ring::Ring;

/// More voices than this at once are not taken.
pub const MAX_VOICES: usize = 1024;
/// Of what voices are played with while the room says something: 8 dB softer.
const BEHIND: f32 = 0.4;

/// A voice in a mixer. Never used again within one mixer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoiceId(u64);

#[derive(Debug)]
pub struct Mixer {
    voices: BTreeMap<VoiceId, VoiceBuffer>,
    next: u64,
    sum: Vec<[f32; 2]>,
    volume: f32,
    /// What rings beside the voices, and how loud.
    ring: Option<(Ring, f32)>,
    /// What the room itself says: mono, the next sample first.
    said: std::vec::IntoIter<i16>,
}

impl Mixer {
    /// For output blocks of `frames` stereo frames (960 are 20 ms).
    #[must_use]
    pub fn new(frames: usize) -> Self {
        Self {
            voices: BTreeMap::new(),
            next: 0,
            sum: vec![[0.0; 2]; frames],
            volume: 1.0,
            ring: None,
            said: Vec::new().into_iter(),
        }
    }

    /// 0 to 100; follows hearing: each 10 is about 6 dB at the lower end, none at the top.
    pub fn set_volume(&mut self, volume: u8) {
        self.volume = gain(volume);
    }

    /// Rings this loud, 0 to 100, whatever voices are played with; 0 ends it. Begins with its first
    /// note, and goes on when only the loudness is another.
    pub fn set_ring(&mut self, volume: u8) {
        let ring = self.ring.take().map(|(ring, _)| ring);
        self.ring = (volume > 0).then(|| (ring.unwrap_or_default(), gain(volume)));
    }

    #[must_use]
    pub const fn is_ringing(&self) -> bool {
        self.ring.is_some()
    }

    /// Says this over the voices, as loud as they are played and they a little softer meanwhile;
    /// instead of what is being said.
    pub fn say(&mut self, mono: Vec<i16>) {
        self.said = mono.into_iter();
    }

    #[must_use]
    pub fn is_saying(&self) -> bool {
        self.said.len() > 0
    }

    /// Adds a voice; `None` when there are too many.
    pub fn add(&mut self) -> Option<VoiceId> {
        if self.voices.len() >= MAX_VOICES {
            return None;
        }
        let id = VoiceId(self.next);
        self.next += 1;
        self.voices.insert(id, VoiceBuffer::default());
        Some(id)
    }

    pub fn remove(&mut self, voice: VoiceId) {
        self.voices.remove(&voice);
    }

    /// Takes decoded samples, interleaved when `channels` is 2.
    pub fn push(&mut self, voice: VoiceId, samples: &[i16], channels: usize) {
        if let Some(buffer) = self.voices.get_mut(&voice) {
            buffer.push(samples, channels);
        }
    }

    /// Writes the next block, interleaved stereo, into `output`; `false` when all was silent.
    /// What `output` has beyond a block stays silent.
    pub fn mix(&mut self, output: &mut [i16]) -> bool {
        self.sum.fill([0.0; 2]);
        let mut sound = self.is_ringing() || self.is_saying();
        for buffer in self.voices.values_mut() {
            sound |= buffer.add_to(&mut self.sum);
        }
        output.fill(0);
        for (frame, sum) in output.chunks_exact_mut(2).zip(&self.sum) {
            let ring = self.ring.as_mut();
            let ring = ring.map_or(0.0, |(ring, gain)| ring.next() * *gain);
            let (said, voices) = match self.said.next() {
                Some(said) => (f32::from(said) * self.volume, self.volume * BEHIND),
                None => (0.0, self.volume),
            };
            for (sample, value) in frame.iter_mut().zip(sum) {
                *sample = limit(value * voices + ring + said);
            }
        }
        sound
    }
}

/// Follows hearing.
fn gain(volume: u8) -> f32 {
    (f32::from(volume.min(100)) / 100.0).powi(2)
}

#[cfg(test)]
#[path = "mixer_tests.rs"]
mod tests;
