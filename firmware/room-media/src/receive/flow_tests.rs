use super::*;
use crate::receive::KeyStore;
use room_frames::rtp::{Extensions, Header};
use room_frames::{Payloader, Sealer};
use room_messages::{Identity, MediaKey};

const KEY: [u8; 16] = [3; 16];

/// Sends frames of one track.
pub(crate) struct Sender {
    codec: Codec,
    sealer: Option<Sealer>,
    payloader: Payloader,
    sequence: u16,
    timestamp: u32,
}

impl Sender {
    pub(crate) fn new(codec: Codec, sealer: Option<Sealer>) -> Self {
        Self {
            codec,
            sealer,
            payloader: Payloader::new(codec, 1),
            sequence: 65_530,
            timestamp: 0xffff_0000,
        }
    }

    pub(crate) fn send(&mut self, frame: &[u8]) -> Vec<Vec<u8>> {
        let sealed = match &self.sealer {
            Some(sealer) => sealer.seal(self.codec, frame).unwrap(),
            None => frame.to_vec(),
        };
        self.timestamp = self.timestamp.wrapping_add(self.codec.clock_rate() / 50);
        let payloads = self.payloader.payloads(&sealed, 1100);
        payloads
            .iter()
            .map(|payload| {
                self.sequence = self.sequence.wrapping_add(1);
                let header = Header {
                    payload_type: 96,
                    marker: payload.marker,
                    sequence: self.sequence,
                    timestamp: self.timestamp,
                    ssrc: 7,
                };
                header.packet(
                    &ExtensionIds::default(),
                    &Extensions::default(),
                    &payload.bytes,
                )
            })
            .collect()
    }
}

fn peer() -> (KeyStore, Identity) {
    (KeyStore::new(), Identity("peer".into()))
}

fn flow(codec: Codec, admission: Admission, keys: &KeyStore, id: &Identity) -> Flow {
    Flow::new(codec, admission, keys.ring(id).unwrap(), SifTrailer::none())
}

fn key_frame() -> Vec<u8> {
    vec![0x10; 3000]
}

fn delta_frame() -> Vec<u8> {
    vec![0x11; 500]
}

fn run(flow: &mut Flow, now: u64, packets: Vec<Vec<u8>>) -> Vec<Step> {
    let now = Duration::from_millis(now);
    packets.iter().map(|p| flow.packet(now, p)).collect()
}

fn frames(steps: &[Step]) -> usize {
    steps.iter().filter(|step| step.frame.is_some()).count()
}

#[test]
fn pictures_start_with_the_key_frame_asked_for_once_the_key_is_there() {
    let (keys, id) = peer();
    let mut flow = flow(Codec::Vp8, Admission::Sealed, &keys, &id);
    let mut sender = Sender::new(Codec::Vp8, Some(Sealer::new(2, &KEY)));
    let steps = run(&mut flow, 0, sender.send(&key_frame()));
    assert_eq!(frames(&steps), 0);
    assert!(
        steps.iter().all(|step| !step.ask),
        "it would not open either"
    );
    assert_eq!(flow.decryption, Decryption::MissingKey { index: 2 });
    keys.set(&id, 2, &MediaKey::new(vec![9; 16]).unwrap());
    run(&mut flow, 20, sender.send(&delta_frame()));
    assert_eq!(flow.decryption, Decryption::WrongKey { index: 2 });
    keys.set(&id, 2, &MediaKey::new(KEY.to_vec()).unwrap());
    let steps = run(&mut flow, 600, sender.send(&delta_frame()));
    assert_eq!((frames(&steps), steps[0].ask), (0, true));
    assert_eq!(flow.decryption, Decryption::Decrypting);
    let steps = run(&mut flow, 620, sender.send(&key_frame()));
    assert_eq!(frames(&steps), 1);
    assert_eq!(frames(&run(&mut flow, 640, sender.send(&delta_frame()))), 1);
    assert_eq!(flow.figures.decrypt_failures, 2);
}

#[test]
fn pictures_that_came_before_their_key_are_decoded_when_it_comes() {
    let (keys, id) = peer();
    let mut flow = flow(Codec::Vp8, Admission::Sealed, &keys, &id);
    let mut sender = Sender::new(Codec::Vp8, Some(Sealer::new(2, &KEY)));
    run(&mut flow, 0, sender.send(&key_frame()));
    run(&mut flow, 20, sender.send(&delta_frame()));
    keys.set(&id, 2, &MediaKey::new(KEY.to_vec()).unwrap());
    let steps = run(&mut flow, 40, sender.send(&delta_frame()));
    let last = steps.last().unwrap();
    let earlier: Vec<_> = last
        .earlier
        .iter()
        .map(|(_, frame)| frame.clone())
        .collect();
    assert_eq!(earlier, [key_frame(), delta_frame()]);
    assert!(last.earlier.is_sorted_by_key(|(at, _)| *at));
    assert_eq!(last.frame, Some(delta_frame()));
    assert!(
        run(&mut flow, 60, sender.send(&delta_frame()))[0]
            .earlier
            .is_empty()
    );
}

#[test]
fn what_waits_for_a_key_is_given_up_when_a_packet_is_lost() {
    let (keys, id) = peer();
    let mut flow = flow(Codec::Vp8, Admission::Sealed, &keys, &id);
    let mut sender = Sender::new(Codec::Vp8, Some(Sealer::new(2, &KEY)));
    run(&mut flow, 0, sender.send(&key_frame()));
    sender.send(&delta_frame());
    run(&mut flow, 40, sender.send(&delta_frame()));
    keys.set(&id, 2, &MediaKey::new(KEY.to_vec()).unwrap());
    let steps = run(&mut flow, 60, sender.send(&delta_frame()));
    assert!(
        steps
            .iter()
            .all(|s| s.earlier.is_empty() && s.frame.is_none())
    );
}

#[test]
fn a_picture_of_absurd_size_never_reaches_the_decoder() {
    let (keys, id) = peer();
    let mut flow = flow(Codec::Vp8, Admission::Plain, &keys, &id);
    let mut sender = Sender::new(Codec::Vp8, None);
    let mut frame = key_frame();
    frame[..10].copy_from_slice(&[0x10, 0, 0, 0x9d, 1, 0x2a, 0xff, 0x3f, 0x10, 0]);
    assert_eq!(frames(&run(&mut flow, 0, sender.send(&frame))), 0);
    assert_eq!(frames(&run(&mut flow, 20, sender.send(&delta_frame()))), 0);
    frame[6..10].copy_from_slice(&[0x80, 2, 0x68, 1]);
    assert_eq!(frames(&run(&mut flow, 40, sender.send(&frame))), 1);
}

#[test]
fn after_a_loss_delta_frames_wait() {
    let (keys, id) = peer();
    let mut flow = flow(Codec::Vp8, Admission::Plain, &keys, &id);
    let mut sender = Sender::new(Codec::Vp8, None);
    assert_eq!(frames(&run(&mut flow, 0, sender.send(&key_frame()))), 1);
    let mut packets = sender.send(&key_frame());
    packets.remove(1);
    let steps = run(&mut flow, 20, packets);
    assert_eq!(frames(&steps), 0);
    assert!(steps.iter().any(|step| step.ask && step.missing == 1));
    assert_eq!(frames(&run(&mut flow, 40, sender.send(&delta_frame()))), 0);
    assert_eq!(frames(&run(&mut flow, 60, sender.send(&key_frame()))), 1);
}

#[test]
fn unencrypted_and_uninvited_media_is_never_handed_on() {
    let (keys, id) = peer();
    let mut sender = Sender::new(Codec::Opus, None);
    for admission in [Admission::Refused, Admission::Ignored, Admission::Sealed] {
        let mut flow = flow(Codec::Opus, admission, &keys, &id);
        for n in 0..10 {
            let steps = run(&mut flow, n * 20, sender.send(&[0x78; 60]));
            assert_eq!(frames(&steps), 0);
        }
        let expected = match admission {
            Admission::Ignored => Decryption::Waiting,
            _ => Decryption::Refused,
        };
        assert_eq!(flow.decryption, expected, "{admission:?}");
    }
}

#[test]
fn sound_goes_on_after_a_loss_and_time_runs_on_across_the_wrap() {
    let (keys, id) = peer();
    keys.set(&id, 0, &MediaKey::new(KEY.to_vec()).unwrap());
    let mut flow = flow(Codec::Opus, Admission::Sealed, &keys, &id);
    let mut sender = Sender::new(Codec::Opus, Some(Sealer::new(0, &KEY)));
    let mut at = Vec::new();
    for n in 0..100 {
        let packets = sender.send(&[0x78; 60]);
        if n % 10 != 5 {
            at.extend(run(&mut flow, n * 20, packets).iter().map(|s| s.at));
        }
    }
    assert_eq!(at.len(), 90);
    assert!(at.is_sorted());
    assert_eq!(at.last(), Some(&Duration::from_millis(99 * 20)));
}

#[test]
fn noise_does_no_harm() {
    let (keys, id) = peer();
    let mut flow = flow(Codec::H264, Admission::Sealed, &keys, &id);
    let mut state = 1_u32;
    for n in 0..5000 {
        let packet: Vec<u8> = (0..n % 60)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        let step = flow.packet(Duration::from_millis(n), &packet);
        assert_eq!(step.frame, None);
    }
}
