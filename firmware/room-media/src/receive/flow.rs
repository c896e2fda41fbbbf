//! A track's packets become frames that may be decoded: no GStreamer, no clock.

use std::time::Duration;

use room_frames::rtp::{self, ExtensionIds};
use room_frames::{Codec, Depayloader, Opened, SifTrailer, Verdict, VideoGate, open, vp8};
use room_messages::Decryption;

use super::figures::Figures;
use super::keys::{SharedRing, lock};
use super::parked::Parked;
use super::track::{Admission, MAX_SIDE};

/// Unsealed frames in a row after which a track announced as encrypted is called unencrypted:
/// a single one may be damage.
const PLAIN_IN_A_ROW: u32 = 5;

/// One track between its packets and its decoder.
pub(super) struct Flow {
    codec: Codec,
    admission: Admission,
    ring: SharedRing,
    sif: SifTrailer,
    depayloader: Depayloader,
    gate: Option<VideoGate>,
    parked: Parked,
    plain_in_a_row: u32,
    clock: StreamClock,
    pub(super) decryption: Decryption,
    pub(super) figures: Figures,
}

/// What a packet led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// Decode these first, with their times: they waited for their key.
    pub(super) earlier: Vec<(Duration, Vec<u8>)>,
    /// Decode this.
    pub(super) frame: Option<Vec<u8>>,
    /// Time of the frame since the first one.
    pub(super) at: Duration,
    /// Packets missing just before this one.
    pub(super) missing: u16,
    /// Ask the sender for a key frame.
    pub(super) ask: bool,
}

impl Flow {
    pub(super) fn new(
        codec: Codec,
        admission: Admission,
        ring: SharedRing,
        sif: SifTrailer,
    ) -> Self {
        Self {
            codec,
            admission,
            ring,
            sif,
            depayloader: Depayloader::new(codec),
            gate: (codec != Codec::Opus).then(VideoGate::new),
            parked: Parked::default(),
            plain_in_a_row: 0,
            clock: StreamClock::default(),
            decryption: admission.at_first(),
            figures: Figures::default(),
        }
    }

    /// Takes an RTP packet that arrived at `now` (since any fixed moment).
    pub(super) fn packet(&mut self, now: Duration, packet: &[u8]) -> Step {
        let mut step = Step::default();
        let Some(packet) = rtp::parse(packet, &ExtensionIds::default()) else {
            return step;
        };
        let (header, payload) = (packet.header, packet.payload);
        let rate = self.codec.clock_rate();
        step.missing =
            self.figures
                .packet(now, payload.len(), header.sequence, header.timestamp, rate);
        if matches!(self.admission, Admission::Ignored | Admission::Refused) {
            return step;
        }
        step.at = self.clock.at(header.timestamp, rate);
        let out = self
            .depayloader
            .push(header.sequence, header.marker, payload);
        if out.incomplete || step.missing > 0 {
            self.parked.give_up();
        }
        if out.incomplete {
            step.ask |= self.broken(now);
        }
        if let Some(frame) = out.frame {
            self.frame(now, frame, &mut step);
        }
        step
    }

    /// A frame is missing or the decoder failed; `true` says to ask for a key frame.
    pub(super) fn broken(&mut self, now: Duration) -> bool {
        self.gate.as_mut().is_some_and(|gate| gate.broken(now))
    }

    fn frame(&mut self, now: Duration, frame: Vec<u8>, step: &mut Step) {
        let Some(frame) = self.opened(frame, step) else {
            return;
        };
        self.unpark(now, step);
        step.frame = self.judged(now, frame, step);
    }

    /// The key has come: pictures that waited for it go first.
    fn unpark(&mut self, now: Duration, step: &mut Step) {
        for (at, frame) in self.parked.take() {
            let opened = open(self.codec, &frame, &mut lock(&self.ring), &self.sif);
            let Opened::Frame(frame) = opened else { return };
            if let Some(frame) = self.judged(now, frame, step) {
                step.earlier.push((at, frame));
            }
        }
    }

    /// The frame, if it can be decoded now.
    fn judged(&mut self, now: Duration, frame: Vec<u8>, step: &mut Step) -> Option<Vec<u8>> {
        if self.codec == Codec::Vp8 && oversized(&frame) {
            step.ask |= self.broken(now);
            return None;
        }
        let key_frame = self.codec.is_key_frame(&frame);
        let (verdict, ask) = match &mut self.gate {
            Some(gate) => gate.frame(now, key_frame),
            None => (Verdict::Decode, false),
        };
        step.ask |= ask;
        (verdict == Verdict::Decode).then_some(frame)
    }

    fn opened(&mut self, frame: Vec<u8>, step: &mut Step) -> Option<Vec<u8>> {
        if self.admission == Admission::Plain {
            let filler = self.sif.is_filler(self.codec, &frame);
            return (!filler).then_some(frame);
        }
        let opened = open(self.codec, &frame, &mut lock(&self.ring), &self.sif);
        let trouble = match opened {
            Opened::Frame(frame) => {
                self.plain_in_a_row = 0;
                self.decryption = Decryption::Decrypting;
                return Some(frame);
            }
            Opened::Empty | Opened::Filler => return None,
            Opened::MissingKey { index } => {
                self.park(step.at, frame);
                Some(Decryption::MissingKey { index })
            }
            Opened::WrongKey { index } => {
                self.parked.give_up();
                Some(Decryption::WrongKey { index })
            }
            Opened::NotSealed => {
                self.plain_in_a_row += 1;
                (self.plain_in_a_row >= PLAIN_IN_A_ROW).then_some(Decryption::Refused)
            }
        };
        self.figures.decrypt_failures += 1;
        if let Some(trouble) = trouble {
            self.decryption = trouble;
        }
        if let Some(gate) = &mut self.gate {
            gate.closed();
        }
        None
    }

    fn park(&mut self, at: Duration, frame: Vec<u8>) {
        if self.gate.is_some() {
            let key_frame = self.codec.is_key_frame(&frame);
            self.parked.put(at, key_frame, frame);
        }
    }
}

/// A VP8 decoder makes room for what a key frame states, up to 16383 pixels a side: a few
/// bytes would cost a gigabyte.
fn oversized(frame: &[u8]) -> bool {
    vp8::dimensions(frame).is_some_and(|(width, height)| u32::from(width.max(height)) > MAX_SIDE)
}

/// RTP time as time since the first packet; never goes backwards.
#[derive(Clone, Copy, Debug, Default)]
struct StreamClock {
    last: Option<u32>,
    ticks: u64,
}

impl StreamClock {
    fn at(&mut self, timestamp: u32, rate: u32) -> Duration {
        let ahead = timestamp.wrapping_sub(self.last.unwrap_or(timestamp));
        if ahead < 0x8000_0000 {
            self.ticks += u64::from(ahead);
            self.last = Some(timestamp);
        }
        let nanos = u128::from(self.ticks) * 1_000_000_000 / u128::from(rate.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
#[path = "flow_tests.rs"]
pub(super) mod tests;
