//! Packets sent lately, to send them again when the SFU asks (NACK, RFC 4585).
//!
//! A packet goes out again on its own SSRC, byte for byte, and not on a repair stream of its own as
//! RFC 4588 (RTX) has it: `webrtcbin` cannot announce one for simulcast layers (`repaired-rtp-stream-id`).
//! LiveKit takes both: its receive buffer sorts a repeated packet in as a late one, by sequence number;
//! the price is that the SFU cannot tell a repetition from reordering in its figures.
//!
//! What others lose on the way to us is asked for by `rtpbin`, and comes by RTX where the SFU offers it.

use std::collections::VecDeque;
use std::time::Duration;

/// Packets kept per layer: a second of 1.7 Mbit/s is about 200.
const KEPT: usize = 512;
/// A packet is not sent again within this time, however often it is asked for.
const AGAIN_AFTER: Duration = Duration::from_millis(20);
/// Older packets would come too late to be played.
const TOO_OLD: Duration = Duration::from_millis(800);

/// Packets of one SSRC.
#[derive(Clone, Debug, Default)]
pub struct History {
    packets: VecDeque<Sent>,
}

#[derive(Clone, Debug)]
struct Sent {
    sequence: u16,
    first: Duration,
    last: Duration,
    bytes: Vec<u8>,
}

impl History {
    /// Remembers a packet. Sequence numbers have to follow each other.
    pub fn add(&mut self, now: Duration, sequence: u16, bytes: Vec<u8>) {
        if self.packets.len() == KEPT {
            self.packets.pop_front();
        }
        self.packets.push_back(Sent {
            sequence,
            first: now,
            last: now,
            bytes,
        });
    }

    /// The packet to send again, if it is still here and not too old.
    pub fn again(&mut self, now: Duration, sequence: u16) -> Option<Vec<u8>> {
        let newest = self.packets.back()?.sequence;
        let back = usize::from(newest.wrapping_sub(sequence));
        let place = self.packets.len().checked_sub(back + 1)?;
        let sent = self.packets.get_mut(place)?;
        let fresh = now.saturating_sub(sent.first) <= TOO_OLD;
        let just_sent = now.saturating_sub(sent.last) < AGAIN_AFTER;
        if sent.sequence != sequence || !fresh || just_sent {
            return None;
        }
        sent.last = now;
        Some(sent.bytes.clone())
    }
}

/// Sequence numbers a generic NACK asks for: pairs of packet id and bit mask of the 16 after.
#[must_use]
pub fn asked_for(fci: &[u8]) -> Vec<u16> {
    let mut asked = Vec::new();
    for entry in fci.chunks_exact(4).take(64) {
        let &[p0, p1, m0, m1] = entry else { continue };
        let first = u16::from_be_bytes([p0, p1]);
        let mask = u16::from_be_bytes([m0, m1]);
        asked.push(first);
        let following = (0..16_u16).filter(|bit| mask & (1 << bit) != 0);
        asked.extend(following.map(|bit| first.wrapping_add(bit + 1)));
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_lost_packet_is_found_across_the_wrap_of_its_number() {
        let mut history = History::default();
        for step in 0..1000_u16 {
            let sequence = 65_000_u16.wrapping_add(step);
            history.add(
                ms(u64::from(step)),
                sequence,
                sequence.to_be_bytes().to_vec(),
            );
        }
        let wanted = 65_000_u16.wrapping_add(990);
        assert_eq!(
            history.again(ms(1100), wanted),
            Some(wanted.to_be_bytes().to_vec())
        );
        assert_eq!(history.again(ms(1110), wanted), None);
        assert!(history.again(ms(1130), wanted).is_some());
    }

    #[test]
    fn old_unknown_and_future_packets_are_not_sent() {
        let mut history = History::default();
        assert_eq!(history.again(ms(0), 1), None);
        history.add(ms(0), 10, vec![1]);
        assert_eq!(history.again(ms(100), 11), None);
        assert_eq!(history.again(ms(100), 9), None);
        assert_eq!(history.again(ms(900), 10), None);
    }

    #[test]
    fn a_nack_names_its_packet_and_those_of_its_mask() {
        assert_eq!(asked_for(&[0xff, 0xff, 0x80, 0x01]), [0xffff, 0, 15]);
        assert!(asked_for(&[1, 2, 3]).is_empty());
        assert!(asked_for(&vec![0xff; 100_000]).len() <= 64 * 17);
    }
}
