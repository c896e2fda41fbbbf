//! Whole branches: RTP made by the sending formats through a fake pad, decoders and all.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::{AppSink, AppSrc};
use room_frames::{Codec, Sealer};
use room_messages::api::Language;
use room_messages::{
    AudioOutput, Decryption, Identity, MediaKey, PeerTrack, SfuId, Source, StageOutput,
    TrackStatistics,
};

use super::flow::tests::Sender;
use super::{KeyStore, Receiver, ReceiverOptions, TrackInfo};
use crate::peer::{IncomingTrack, TrackSink};
use crate::stage::{FrameSlot, Stage, StageOptions};
use crate::voice::tests::wait_for;
use crate::voice::{Voice, VoiceOptions};

const KEY: [u8; 16] = [0x21; 16];
const PEER: &str = "@peer:example.org:DEVICE";

fn peer() -> Identity {
    Identity(PEER.into())
}

/// Frames of an encoder.
fn encoded(line: &str) -> Vec<Vec<u8>> {
    crate::gst::init().unwrap();
    let line = format!("{line} ! appsink name=sink sync=false");
    let pipeline = gst::parse::launch(&line).unwrap();
    let pipeline = pipeline.downcast::<gst::Pipeline>().unwrap();
    let sink = pipeline.by_name("sink").unwrap();
    let sink = sink.downcast::<AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut frames = Vec::new();
    while let Ok(sample) = sink.pull_sample() {
        let map = sample.buffer().unwrap().map_readable().unwrap();
        frames.push(map.to_vec());
    }
    pipeline.set_state(gst::State::Null).unwrap();
    assert!(!frames.is_empty());
    frames
}

fn vp8() -> Vec<Vec<u8>> {
    encoded(
        "videotestsrc num-buffers=40 pattern=red ! video/x-raw,format=I420,width=640,height=360,colorimetry=bt601 \
         ! vp8enc deadline=1 cpu-used=-6 threads=1 keyframe-max-dist=20 target-bitrate=800000",
    )
}

fn opus() -> Vec<Vec<u8>> {
    encoded(
        "audiotestsrc num-buffers=100 samplesperbuffer=960 freq=700 volume=0.3 \
         ! audio/x-raw,rate=48000,channels=1 ! opusenc frame-size=20 inband-fec=true",
    )
}

/// A connection's pipeline with one pad.
struct FakePad {
    pipeline: gst::Pipeline,
    source: AppSrc,
    plis: Arc<AtomicUsize>,
}

impl FakePad {
    fn new() -> Self {
        crate::gst::init().unwrap();
        let pipeline = gst::Pipeline::new();
        let source = AppSrc::builder()
            .caps(&gst::Caps::new_empty_simple("application/x-rtp"))
            .format(gst::Format::Time)
            .is_live(true)
            .build();
        pipeline.add(&source).unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        let plis = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&plis);
        let pad = source.static_pad("src").unwrap();
        pad.add_probe(gst::PadProbeType::EVENT_UPSTREAM, move |_, info| {
            let fields = info.event().and_then(|event| event.structure());
            if let Some(fields) = fields.filter(|f| f.name() == "GstForceKeyUnit") {
                assert_eq!(fields.get("all-headers"), Ok(false));
                counted.fetch_add(1, Ordering::Relaxed);
            }
            gst::PadProbeReturn::Ok
        });
        Self {
            pipeline,
            source,
            plis,
        }
    }

    fn pad(&self) -> gst::Pad {
        self.source.static_pad("src").unwrap()
    }

    fn incoming(&self, mid: &str, sid: &str, codec: &str) -> IncomingTrack {
        IncomingTrack {
            mid: mid.into(),
            sid: sid.into(),
            codec: codec.into(),
            pad: self.pad(),
            pipeline: self.pipeline.clone(),
        }
    }

    fn push(&self, packets: Vec<Vec<u8>>) {
        for packet in packets {
            self.source
                .push_buffer(gst::Buffer::from_mut_slice(packet))
                .unwrap();
        }
    }
}

impl Drop for FakePad {
    fn drop(&mut self) {
        self.pipeline.set_state(gst::State::Null).unwrap();
    }
}

pub(super) struct Room {
    keys: KeyStore,
    pub(super) stage: Stage,
    pub(super) receiver: Arc<Receiver>,
    changes: Arc<AtomicUsize>,
}

impl Room {
    pub(super) fn new(encrypted: bool) -> Self {
        let changes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&changes);
        let changed = Arc::new(move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let options = StageOptions::new(StageOutput::None, "Salle".into(), Language::Fr);
        let stage = Stage::new(options).unwrap();
        let options = VoiceOptions {
            output: AudioOutput::None,
            simulated: true,
        };
        let voice = Voice::new(options, changed.clone());
        let keys = KeyStore::new();
        let options = ReceiverOptions {
            sfu: SfuId::OWN,
            encrypted,
            sif_trailer: Vec::new(),
        };
        let receiver = Receiver::new(options, keys.clone(), stage.clone(), voice, changed);
        Self {
            keys,
            stage,
            receiver,
            changes,
        }
    }

    pub(super) fn set_key(&self, byte: u8) {
        let key = MediaKey::new(vec![byte; 16]).unwrap();
        self.keys.set(&peer(), 0, &key);
    }

    pub(super) fn admit(&self, tracks: Vec<TrackInfo>) {
        self.receiver.set_roster(BTreeSet::from([peer()]));
        self.receiver.set_tracks(tracks);
    }

    fn track(&self) -> PeerTrack {
        self.receiver.peer_tracks().remove(0)
    }

    fn figures(&self) -> TrackStatistics {
        self.receiver
            .statistics()
            .into_iter()
            .next()
            .unwrap_or_default()
    }

    pub(super) fn slot(&self) -> FrameSlot {
        self.stage.slot(&peer(), Source::Camera)
    }
}

pub(super) fn info(sid: &str, source: Source, codec: &str, encrypted: bool) -> TrackInfo {
    TrackInfo {
        sid: sid.into(),
        identity: peer(),
        source,
        codec: codec.into(),
        encrypted,
        muted: false,
    }
}

fn camera() -> TrackInfo {
    info("TR_camera", Source::Camera, "video/VP8", true)
}

fn sealed(codec: Codec) -> Sender {
    Sender::new(codec, Some(Sealer::new(0, &KEY)))
}

/// Sends frames over and over, at about the pace of a camera, until `condition`.
fn stream(pad: &FakePad, sender: &mut Sender, frames: &[Vec<u8>], condition: impl Fn() -> bool) {
    let next = std::cell::RefCell::new((sender, frames.iter().cycle()));
    wait_for("what the stream should bring", || {
        let (sender, frames) = &mut *next.borrow_mut();
        pad.push(sender.send(frames.next().unwrap()));
        std::thread::sleep(Duration::from_millis(5));
        condition()
    });
}

#[test]
fn an_encrypted_picture_reaches_the_stage_once_its_key_is_there() {
    let (room, pad, frames) = (Room::new(true), FakePad::new(), vp8());
    room.admit(vec![camera()]);
    room.receiver.added(pad.incoming("0", "TR_camera", "VP8"));
    let mut sender = sealed(Codec::Vp8);
    stream(&pad, &mut sender, &frames, || {
        room.track().decryption == Decryption::MissingKey { index: 0 }
    });
    assert_eq!(
        pad.plis.load(Ordering::Relaxed),
        0,
        "it would not open either"
    );
    room.set_key(9);
    stream(&pad, &mut sender, &frames, || {
        room.track().decryption == Decryption::WrongKey { index: 0 }
    });
    assert!(room.slot().newest_size().is_none());
    room.set_key(0x21);
    stream(&pad, &mut sender, &frames, || room.figures().frames > 30);
    assert_eq!(room.track().decryption, Decryption::Decrypting);
    let figures = room.figures();
    assert_eq!((figures.width, figures.height), (640, 360));
    assert!(figures.decrypt_failures > 0);
    assert_eq!(room.slot().newest_size(), Some((640, 360)));
    assert!(room.changes.load(Ordering::Relaxed) >= 3);
    room.receiver.set_tracks(vec![TrackInfo {
        muted: true,
        ..camera()
    }]);
    assert_eq!(room.slot().newest_size(), None);
}

#[test]
fn h264_is_decoded_as_well() {
    let (room, pad) = (Room::new(true), FakePad::new());
    let frames = encoded(
        "videotestsrc num-buffers=40 ! video/x-raw,format=I420,width=320,height=180 \
         ! openh264enc gop-size=20 slice-mode=n-slices num-slices=1 \
         ! video/x-h264,stream-format=byte-stream,alignment=au",
    );
    room.set_key(0x21);
    room.admit(vec![info("TR_camera", Source::Camera, "H264", true)]);
    room.receiver.added(pad.incoming("0", "TR_camera", "H264"));
    let mut sender = sealed(Codec::H264);
    stream(&pad, &mut sender, &frames, || room.figures().frames > 30);
    assert_eq!(room.figures().decrypt_failures, 0);
    assert_eq!(room.slot().newest_size(), Some((320, 180)));
}

#[test]
fn a_voice_is_heard_with_its_tone_even_when_packets_are_lost() {
    let (room, pad, frames) = (Room::new(true), FakePad::new(), opus());
    room.set_key(0x21);
    room.admit(vec![info(
        "TR_voice",
        Source::Microphone,
        "audio/opus",
        true,
    )]);
    room.receiver.added(pad.incoming("1", "TR_voice", "OPUS"));
    let mut sender = sealed(Codec::Opus);
    for (number, frame) in frames.iter().enumerate() {
        let packets = sender.send(frame);
        if number % 10 != 7 {
            pad.push(packets);
        }
        // No burst: what is more than a second late would be dropped.
        wait_for("the decoder", || {
            room.figures().frames as usize + 20 > number
        });
    }
    // Lost packets are made up: as many frames as were sent, apart from the first.
    wait_for("all sound", || room.figures().frames >= 95);
    let figures = room.figures();
    assert!(
        (figures.tone_hz.unwrap() - 700.0).abs() < 5.0,
        "{figures:?}"
    );
    assert!(figures.level_dbfs.unwrap() > -25.0);
    assert_eq!(room.track().decryption, Decryption::Decrypting);
}

#[test]
fn unencrypted_media_in_an_encrypted_call_is_refused_and_in_a_plain_call_played() {
    let frames = vp8();
    for (encrypted, expected) in [(true, Decryption::Refused), (false, Decryption::Plain)] {
        let (room, pad) = (Room::new(encrypted), FakePad::new());
        room.admit(vec![info("TR_camera", Source::Camera, "VP8", false)]);
        room.receiver.added(pad.incoming("0", "TR_camera", "VP8"));
        let mut sender = Sender::new(Codec::Vp8, None);
        for frame in &frames {
            pad.push(sender.send(frame));
        }
        assert_eq!(room.track().decryption, expected);
        if encrypted {
            assert_eq!(room.receiver.statistics(), []);
        } else {
            wait_for("pictures", || {
                room.figures().frames as usize == frames.len()
            });
        }
    }
}

#[test]
fn nobody_outside_the_roster_is_decoded_and_a_section_can_change_its_track() {
    let (room, pad, frames) = (Room::new(true), FakePad::new(), vp8());
    room.set_key(0x21);
    room.receiver.set_tracks(vec![camera()]);
    room.receiver.added(pad.incoming("0", "", "VP8"));
    room.receiver.changed("0", Some("TR_camera"));
    let mut sender = sealed(Codec::Vp8);
    pad.push(sender.send(&frames[0]));
    assert_eq!(room.receiver.statistics(), []);
    room.receiver.set_roster(BTreeSet::from([peer()]));
    stream(&pad, &mut sender, &frames, || room.figures().frames > 10);
    let other = TrackInfo {
        sid: "TR_screen".into(),
        source: Source::ScreenShare,
        ..camera()
    };
    room.receiver.set_tracks(vec![other]);
    room.receiver.changed("0", Some("TR_screen"));
    stream(&pad, &mut sender, &frames, || {
        room.figures().source == Some(Source::ScreenShare) && room.figures().frames > 10
    });
    assert_eq!(room.slot().newest_size(), None);
    room.receiver.set_roster(BTreeSet::new());
    assert_eq!(room.receiver.statistics(), []);
    let screen = room.stage.slot(&peer(), Source::ScreenShare);
    assert_eq!(screen.newest_size(), None);
}

#[test]
fn content_that_breaks_a_decoder_harms_nothing_else() {
    let (room, pad, frames) = (Room::new(true), FakePad::new(), vp8());
    room.set_key(0x21);
    room.admit(vec![camera()]);
    room.receiver.added(pad.incoming("0", "TR_camera", "VP8"));
    let mut sender = sealed(Codec::Vp8);
    stream(&pad, &mut sender, &frames, || room.figures().frames > 5);
    let mut noise: Vec<u8> = (0..3000_u32).map(|n| (n * 97 % 251) as u8).collect();
    noise[..10].copy_from_slice(&[0x10, 0xff, 0xff, 0x9d, 0x01, 0x2a, 0xff, 0x0f, 0xff, 0x0f]);
    for _ in 0..20 {
        pad.push(sender.send(&noise));
    }
    let before = room.figures().frames;
    stream(&pad, &mut sender, &frames, || {
        room.figures().frames > before + 30 && room.slot().newest_size() == Some((640, 360))
    });
    assert_eq!(pad.pipeline.current_state(), gst::State::Playing);
}

#[test]
fn tracks_that_come_and_go_leave_nothing_behind() {
    let (room, frames) = (Room::new(true), vp8());
    room.set_key(0x21);
    room.admit(vec![camera()]);
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let mut at_first = None;
    for round in 0..30 {
        let pad = FakePad::new();
        room.receiver.added(pad.incoming("0", "TR_camera", "VP8"));
        let mut sender = sealed(Codec::Vp8);
        stream(&pad, &mut sender, &frames, || room.figures().frames > 3);
        room.receiver.removed("0", &pad.pad());
        wait_for("the branch is gone", || pad.pipeline.children().len() == 1);
        assert_eq!(room.receiver.statistics(), []);
        if round == 5 {
            at_first = Some(threads());
        }
    }
    // Other tests run beside this one: some threads are theirs.
    wait_for("threads end", || threads() <= at_first.unwrap() + 25);
    assert_eq!(room.slot().newest_size(), None);
}
