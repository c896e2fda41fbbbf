//! Receiver reports (RFC 3550): what the SFU lost of each stream, and how far away it is.
//!
//! Read from the packets themselves: the RTP session keeps only one report per reporter, and
//! an SFU reports on all streams.

use std::time::{SystemTime, UNIX_EPOCH};

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;

/// Seconds from 1900, where NTP time begins, to 1970.
const NTP_TO_UNIX: u64 = 2_208_988_800;
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
/// Longer round trips are errors of a clock.
const MOST_ROUND_TRIP_MS: f64 = 30_000.0;

/// One report about one of our streams.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Report {
    pub ssrc: u32,
    pub loss_percent: f64,
    /// In units of the stream's clock.
    pub jitter: u32,
    pub round_trip_ms: Option<f64>,
}

/// Calls `take` with every report, on a thread of the session.
pub(super) fn watch(session: &glib::Object, take: impl Fn(Report) + Send + Sync + 'static) {
    session.connect("on-receiving-rtcp", false, move |values| {
        let buffer = values.get(1)?.get::<gst::Buffer>().ok()?;
        let bytes = buffer.map_readable().ok()?;
        reports(&bytes, ntp_now()).into_iter().for_each(&take);
        None
    });
}

/// The middle 32 bits of NTP time now: 1/65536 s.
fn ntp_now() -> u32 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let fraction = u64::from(now.subsec_nanos()) * 65_536 / 1_000_000_000;
    // Its upper bits are left out on purpose.
    ((now.as_secs() + NTP_TO_UNIX) << 16 | fraction) as u32
}

fn reports(mut compound: &[u8], now: u32) -> Vec<Report> {
    let mut all = Vec::new();
    while let Some((&[first, kind, l0, l1], rest)) = compound.split_first_chunk::<4>() {
        let length = usize::from(u16::from_be_bytes([l0, l1])) * 4;
        let Some((body, next)) = rest.split_at_checked(length) else {
            break;
        };
        let skip = match kind {
            SENDER_REPORT => 24,
            RECEIVER_REPORT => 4,
            _ => usize::MAX,
        };
        let blocks = body.get(skip..).unwrap_or_default().chunks_exact(24);
        all.extend(
            blocks
                .take(usize::from(first & 0x1f))
                .filter_map(|block| report(block, now)),
        );
        compound = next;
    }
    all
}

fn report(block: &[u8], now: u32) -> Option<Report> {
    let word = |place: usize| {
        let bytes = block.get(place * 4..)?.first_chunk()?;
        Some(u32::from_be_bytes(*bytes))
    };
    let (last, delay) = (word(4)?, word(5)?);
    let round_trip = f64::from(now.wrapping_sub(last).wrapping_sub(delay)) * 1000.0 / 65_536.0;
    Some(Report {
        ssrc: word(0)?,
        loss_percent: f64::from(word(1)? >> 24) * 100.0 / 256.0,
        jitter: word(3)?,
        round_trip_ms: (last != 0 && round_trip < MOST_ROUND_TRIP_MS).then_some(round_trip),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver_report(last: u32, delay: u32) -> Vec<u8> {
        let mut packet = vec![0x81, 201, 0, 7, 0, 0, 0, 1];
        for word in [7, 64 << 24 | 9, 1000, 900, last, delay] {
            packet.extend(u32::to_be_bytes(word));
        }
        packet
    }

    #[test]
    fn a_report_tells_loss_jitter_and_round_trip() {
        let mut compound = vec![0x80, 205, 0, 1, 1, 2, 3, 4];
        compound.extend(receiver_report(100, 50));
        let found = reports(&compound, 100 + 50 + 65_536 / 10);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].ssrc, found[0].jitter), (7, 900));
        assert!((found[0].loss_percent - 25.0).abs() < 0.01);
        assert!((found[0].round_trip_ms.unwrap() - 100.0).abs() < 0.1);
    }

    #[test]
    fn without_a_sender_report_there_is_no_round_trip() {
        assert_eq!(reports(&receiver_report(0, 0), 99)[0].round_trip_ms, None);
        assert_eq!(
            reports(&receiver_report(100, 50), 100)[0].round_trip_ms,
            None
        );
    }

    #[test]
    fn cut_and_lying_packets_do_no_harm() {
        let whole = receiver_report(1, 1);
        for length in 0..whole.len() {
            assert!(reports(&whole[..length], 0).is_empty());
        }
        let mut lying = whole;
        lying[0] = 0x9f;
        assert_eq!(reports(&lying, 0).len(), 1);
    }
}
