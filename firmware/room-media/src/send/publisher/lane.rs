//! One RTP stream: the microphone, or one layer of the camera. Frames in, packets out.

use std::time::Duration;

use room_frames::rtp::{Extensions, Header};
use room_frames::{Codec, Payloader};

use super::super::frame::EncodedFrame;
use super::super::history::History;
use super::caps::{IDS, payload_type};
use super::meter::Meter;
use super::reports::Report;

/// Longest payload: with headers, extensions, SRTP, TURN and IPv6 it stays below 1280 bytes.
const PAYLOAD_LIMIT: usize = 1120;

/// State of one stream.
#[derive(Debug)]
pub(super) struct Lane {
    pub ssrc: u32,
    pub codec: Codec,
    rid: Option<&'static str>,
    sequence: u16,
    /// RTP time starts anywhere (RFC 3550).
    offset: u32,
    payloader: Payloader,
    pub history: History,
    pub meter: Meter,
    /// What the SFU said last.
    pub report: Option<Report>,
    level: Option<u8>,
    /// Frames before the first key frame are of no use to anybody.
    begun: bool,
}

impl Lane {
    pub fn new(codec: Codec, rid: Option<&'static str>) -> Self {
        let random = u64::from(gstreamer::glib::random_int()) << 32
            | u64::from(gstreamer::glib::random_int());
        Self {
            ssrc: gstreamer::glib::random_int() | 1,
            codec,
            rid,
            // Small enough not to wrap at once, which confuses SRTP when the first are lost.
            sequence: (random >> 48) as u16 >> 1,
            offset: random as u32,
            payloader: Payloader::new(codec, (random >> 32) as u16),
            history: History::default(),
            meter: Meter::default(),
            report: None,
            level: None,
            begun: false,
        }
    }

    pub const fn rid(&self) -> Option<&'static str> {
        self.rid
    }

    /// Level of the last frame of sound.
    pub const fn level(&self) -> Option<u8> {
        self.level
    }

    /// Whether the frame is of use: streams begin with a key frame.
    pub fn takes(&mut self, frame: &EncodedFrame) -> bool {
        self.begun |= frame.key_frame;
        self.begun && frame.codec == self.codec
    }

    pub const fn has_begun(&self) -> bool {
        self.begun
    }

    /// The next frame has to be a key frame (new connection).
    pub fn restart(&mut self) {
        self.begun = false;
    }

    /// Packets of `sealed`, which is `frame`'s data ready to send.
    pub fn packets(
        &mut self,
        now: Duration,
        mid: &str,
        frame: &EncodedFrame,
        sealed: &[u8],
    ) -> Vec<Vec<u8>> {
        self.meter.add(now, sealed.len());
        (self.meter.width, self.meter.height) = (frame.width, frame.height);
        self.level = frame.level;
        let timestamp = self.timestamp(frame.captured_ns);
        let values = Extensions {
            mid: Some(mid.to_owned()),
            rid: self.rid.map(str::to_owned),
            twcc: (self.codec != Codec::Opus).then_some(0),
            audio_level: frame.level.map(|level| level.min(127) | voice(level)),
        };
        let mut packets = Vec::new();
        for payload in self.payloader.payloads(sealed, PAYLOAD_LIMIT) {
            let header = Header {
                payload_type: payload_type(self.codec),
                marker: match self.codec {
                    Codec::Opus => frame.talk_spurt,
                    _ => payload.marker,
                },
                sequence: self.sequence,
                timestamp,
                ssrc: self.ssrc,
            };
            let packet = header.packet(&IDS, &values, &payload.bytes);
            self.history.add(now, self.sequence, packet.clone());
            self.sequence = self.sequence.wrapping_add(1);
            packets.push(packet);
        }
        packets
    }

    fn timestamp(&self, captured_ns: u64) -> u32 {
        let rate = u128::from(self.codec.clock_rate());
        let ticks = u128::from(captured_ns) * rate / 1_000_000_000;
        // RTP time wraps.
        (ticks as u32).wrapping_add(self.offset)
    }
}

/// The bit that says voice: anything well above a quiet room.
const fn voice(level: u8) -> u8 {
    if level < 50 { 0x80 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_frames::rtp::parse;
    use room_messages::Source;

    fn frame(codec: Codec, key_frame: bool, bytes: usize) -> EncodedFrame {
        EncodedFrame {
            source: Source::Camera,
            layer: 0,
            codec,
            data: vec![7; bytes],
            captured_ns: 1_000_000_000,
            key_frame,
            width: 320,
            height: 180,
            level: None,
            talk_spurt: false,
        }
    }

    #[test]
    fn a_layer_begins_with_a_key_frame() {
        let mut lane = Lane::new(Codec::Vp8, Some("q"));
        assert!(!lane.takes(&frame(Codec::Vp8, false, 10)));
        assert!(lane.takes(&frame(Codec::Vp8, true, 10)));
        assert!(lane.takes(&frame(Codec::Vp8, false, 10)));
        lane.restart();
        assert!(!lane.takes(&frame(Codec::Vp8, false, 10)));
        assert!(!lane.takes(&frame(Codec::H264, true, 10)));
    }

    #[test]
    fn every_packet_names_section_and_layer_and_fits_the_network() {
        let mut lane = Lane::new(Codec::Vp8, Some("q"));
        let key = frame(Codec::Vp8, true, 5000);
        let packets = lane.packets(Duration::ZERO, "video0", &key, &key.data);
        assert!(packets.len() >= 5);
        let parsed: Vec<_> = packets.iter().map(|p| parse(p, &IDS).unwrap()).collect();
        for packet in &parsed {
            assert_eq!(packet.extensions.mid.as_deref(), Some("video0"));
            assert_eq!(packet.extensions.rid.as_deref(), Some("q"));
            assert_eq!(packet.extensions.twcc, Some(0));
            assert_eq!(packet.header.timestamp, parsed[0].header.timestamp);
        }
        assert!(packets.iter().all(|packet| packet.len() < 1200));
        let markers = parsed.iter().filter(|packet| packet.header.marker);
        assert_eq!(markers.count(), 1);
        assert!(parsed.last().unwrap().header.marker);
    }

    #[test]
    fn sound_tells_its_level_and_marks_the_start_of_speech() {
        let mut lane = Lane::new(Codec::Opus, None);
        let mut speech = frame(Codec::Opus, true, 60);
        (speech.level, speech.talk_spurt) = (Some(30), true);
        let packets = lane.packets(Duration::ZERO, "audio1", &speech, &speech.data);
        let packet = parse(&packets[0], &IDS).unwrap();
        assert_eq!(packet.extensions.audio_level, Some(0x80 | 30));
        assert!(packet.header.marker && packets.len() == 1);
    }
}
