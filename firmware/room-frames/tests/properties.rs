//! What must hold for any frame, any packet size, any loss and any bytes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use proptest::collection::vec;
use proptest::prelude::*;
use room_frames::rtp::{self, ExtensionIds, Extensions, Header};
use room_frames::{Codec, Depayloader, KeyRing, Opened, Payloader, Sealer, SifTrailer, open};

const KEY: [u8; 16] = [0x5a; 16];

fn codec() -> impl Strategy<Value = Codec> {
    prop_oneof![Just(Codec::Opus), Just(Codec::Vp8), Just(Codec::H264)]
}

/// A NAL unit: no start code within, no zero at its end.
fn unit(header: u8, bytes: &[u8]) -> Vec<u8> {
    let mut unit = vec![0, 0, 0, 1, header];
    let mut zeros = 0;
    for &byte in bytes {
        if zeros == 2 && byte <= 3 {
            unit.push(3);
            zeros = 0;
        }
        unit.push(byte);
        zeros = if byte == 0 { zeros + 1 } else { 0 };
    }
    unit.push(0x80);
    unit
}

fn h264() -> impl Strategy<Value = Vec<u8>> {
    let before = vec(
        (
            prop_oneof![Just(0x67), Just(0x68), Just(6)],
            vec(any::<u8>(), 1..300),
        ),
        0..4,
    );
    let slices = vec(
        (
            prop_oneof![Just(0x65), Just(0x41)],
            vec(any::<u8>(), 1..4000),
        ),
        1..3,
    );
    (before, slices).prop_map(|(before, slices)| {
        before
            .iter()
            .chain(&slices)
            .flat_map(|(header, bytes)| unit(*header, bytes))
            .collect()
    })
}

fn frame() -> impl Strategy<Value = (Codec, Vec<u8>)> {
    prop_oneof![
        vec(any::<u8>(), 1..400).prop_map(|frame| (Codec::Opus, frame)),
        vec(any::<u8>(), 10..6000).prop_map(|frame| (Codec::Vp8, frame)),
        h264().prop_map(|frame| (Codec::H264, frame)),
    ]
}

fn ring(index: u8) -> KeyRing {
    let mut ring = KeyRing::new();
    ring.set(index, &KEY);
    ring
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_frame_arrives_as_it_was_sent(
        (codec, frame) in frame(), index: u8, limit in 16_usize..1400, first: u16,
    ) {
        let sealed = Sealer::new(index, &KEY).seal(codec, &frame).unwrap();
        let mut depayloader = Depayloader::new(codec);
        let mut whole = None;
        for (at, payload) in Payloader::new(codec, first).payloads(&sealed, limit).iter().enumerate() {
            prop_assert!(codec == Codec::Opus || payload.bytes.len() <= limit);
            let header = Header { sequence: first.wrapping_add(at as u16), marker: payload.marker, ..Header::default() };
            let packet = header.packet(&ExtensionIds::default(), &Extensions::default(), &payload.bytes);
            let packet = rtp::parse(&packet, &ExtensionIds::default()).unwrap();
            let out = depayloader.push(packet.header.sequence, packet.header.marker, packet.payload);
            prop_assert!(!out.incomplete);
            prop_assert!(whole.is_none());
            whole = out.frame;
        }
        prop_assert_eq!(whole.as_ref(), Some(&sealed));
        let opened = open(codec, &sealed, &mut ring(index), &SifTrailer::none());
        prop_assert_eq!(opened, Opened::Frame(frame));
    }

    #[test]
    fn whatever_is_lost_or_comes_twice_only_whole_frames_come_out(
        frames in vec(frame(), 1..6), fates in vec(0_u8..10, 0..200), limit in 200_usize..1400,
    ) {
        let codec = frames[0].0;
        let sealer = Sealer::new(1, &KEY);
        let sent: Vec<_> = frames.iter().filter(|f| f.0 == codec).map(|f| f.1.clone()).collect();
        let mut payloader = Payloader::new(codec, 7);
        let mut depayloader = Depayloader::new(codec);
        let (mut sequence, mut fates, mut lost, mut told) = (0_u16, fates.into_iter(), false, false);
        let mut received = Vec::new();
        for payload in sent.iter().flat_map(|f| payloader.payloads(&sealer.seal(codec, f).unwrap(), limit)) {
            sequence = sequence.wrapping_add(1);
            let times = match fates.next() { Some(0) => 0, Some(1) => 2, _ => 1 };
            lost |= times == 0;
            for _ in 0..times {
                let out = depayloader.push(sequence, payload.marker, &payload.bytes);
                told |= out.incomplete;
                received.extend(out.frame);
            }
        }
        prop_assert!(lost || received.len() == sent.len());
        prop_assert!(lost || !told);
        for frame in received {
            // A frame whose first packets were lost before anything was seen cannot be told
            // from a whole one; it must not open.
            if let Opened::Frame(plain) = open(codec, &frame, &mut ring(1), &SifTrailer::none()) {
                prop_assert!(sent.contains(&plain));
            }
        }
    }

    #[test]
    fn a_flipped_bit_never_opens((codec, frame) in frame(), at: prop::sample::Index, bit in 0_u8..8) {
        let mut sealed = Sealer::new(1, &KEY).seal(codec, &frame).unwrap();
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        let opened = open(codec, &sealed, &mut ring(1), &SifTrailer::none());
        prop_assert!(!matches!(opened, Opened::Frame(_)));
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(codec in codec(), packets in vec(vec(any::<u8>(), 0..80), 0..30)) {
        let mut depayloader = Depayloader::new(codec);
        let sif = SifTrailer::new(b"trailer");
        let ids = ExtensionIds { mid: Some(1), rid: Some(2), twcc: Some(3), audio_level: Some(4) };
        for (at, bytes) in packets.iter().enumerate() {
            let _ = rtp::parse(bytes, &ids);
            let _ = open(codec, bytes, &mut ring(0), &sif);
            let _ = Sealer::new(0, &KEY).seal(codec, bytes);
            let _ = Payloader::new(codec, 0).payloads(bytes, at);
            let out = depayloader.push(at as u16, at % 3 == 0, bytes);
            if let Some(frame) = out.frame {
                let _ = open(codec, &frame, &mut ring(0), &sif);
            }
        }
    }
}
