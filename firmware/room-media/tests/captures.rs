//! Camera and microphone on their own: what they give, and that they let go.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::sync::mpsc;
use std::time::{Duration, Instant};

use room_media::send::{
    Camera, CameraOptions, EncodedFrame, Microphone, MicrophoneOptions, Outlet,
};
use room_messages::api::View;
use room_messages::{AudioInput, DeviceState, VideoFormat, VideoInput};

const LIMIT: Duration = Duration::from_secs(30);

fn outlet() -> (Outlet, mpsc::Receiver<EncodedFrame>) {
    let (sender, frames) = mpsc::channel();
    let outlet = Outlet::default();
    outlet.connect(move |frame| {
        let _ = sender.send(frame);
    });
    (outlet, frames)
}

fn camera(
    input: VideoInput,
) -> (
    Camera,
    mpsc::Receiver<EncodedFrame>,
    mpsc::Receiver<DeviceState>,
) {
    room_media::gst::init().unwrap();
    let (outlet, frames) = outlet();
    let (report, states) = mpsc::channel();
    let options = CameraOptions::new(input, VideoFormat::default());
    let camera = Camera::new(options, outlet, move |state| {
        let _ = report.send(state);
    });
    (camera.unwrap(), frames, states)
}

fn wait_for(frames: &mpsc::Receiver<EncodedFrame>, what: impl Fn(&EncodedFrame) -> bool) {
    let begun = Instant::now();
    while !what(&frames.recv_timeout(LIMIT).unwrap()) {
        assert!(begun.elapsed() < LIMIT);
    }
}

fn wait_state(states: &mpsc::Receiver<DeviceState>, wanted: DeviceState) {
    while states.recv_timeout(LIMIT).unwrap() != wanted {}
}

#[test]
fn three_layers_begin_with_key_frames_and_follow_requests_and_viewers() {
    let (camera, frames, states) = camera(VideoInput::Test);
    wait_state(&states, DeviceState::Off);
    camera.set_on(true);
    wait_state(&states, DeviceState::Live);
    let mut begun = [false; 3];
    while begun.contains(&false) {
        let frame = frames.recv_timeout(LIMIT).unwrap();
        assert!(frame.key_frame || begun[frame.layer]);
        assert_eq!(frame.width, [320, 640, 1280][frame.layer]);
        begun[frame.layer] = true;
    }
    camera.need_key_frame(1);
    wait_for(&frames, |frame| frame.layer == 1 && frame.key_frame);
    camera.set_watched(&[true, false, false]);
    let mut small_in_a_row = 0;
    while small_in_a_row < 20 {
        let frame = frames.recv_timeout(LIMIT).unwrap();
        small_in_a_row = if frame.layer == 0 {
            small_in_a_row + 1
        } else {
            0
        };
    }
    camera.set_watched(&[true, true, true]);
    wait_for(&frames, |frame| frame.layer == 2 && frame.key_frame);
    camera.set_on(false);
    wait_state(&states, DeviceState::Off);
    while frames.try_recv().is_ok() {}
    assert!(frames.recv_timeout(Duration::from_millis(200)).is_err());
}

/// Decodes VP8 frames: blueness (the U of YUV) of dots in the middle line.
struct Decoder {
    pipeline: gstreamer::Pipeline,
    source: gstreamer_app::AppSrc,
    sink: gstreamer_app::AppSink,
}

impl Decoder {
    fn new() -> Self {
        use gstreamer::prelude::*;
        let line = "appsrc name=in is-live=true format=time do-timestamp=true caps=video/x-vp8 \
                    ! vp8dec ! video/x-raw,format=I420 ! appsink name=out sync=false";
        let pipeline = gstreamer::parse::launch(line).unwrap();
        let pipeline = pipeline.downcast::<gstreamer::Pipeline>().unwrap();
        let source = pipeline.by_name("in").unwrap().downcast().unwrap();
        let sink = pipeline.by_name("out").unwrap().downcast().unwrap();
        pipeline.set_state(gstreamer::State::Playing).unwrap();
        Self {
            pipeline,
            source,
            sink,
        }
    }

    fn blueness(&self, frame: EncodedFrame, dots: [u32; 2]) -> [u8; 2] {
        use gstreamer_video::VideoFrameRef;
        use gstreamer_video::prelude::*;
        let buffer = gstreamer::Buffer::from_mut_slice(frame.data);
        self.source.push_buffer(buffer).unwrap();
        let sample = self.sink.pull_sample().unwrap();
        let info = gstreamer_video::VideoInfo::from_caps(sample.caps().unwrap()).unwrap();
        assert_eq!((info.width(), info.height()), (frame.width, frame.height));
        let picture =
            VideoFrameRef::from_buffer_ref_readable(sample.buffer().unwrap(), &info).unwrap();
        let stride = picture.plane_stride()[1].unsigned_abs();
        let plane = picture.plane_data(1).unwrap();
        dots.map(|x| plane[(info.height() / 4 * stride + x / 2) as usize])
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        use gstreamer::prelude::*;
        self.pipeline.set_state(gstreamer::State::Null).unwrap();
    }
}

#[test]
fn a_turned_camera_sends_the_wanted_part_in_full_size_also_after_it_was_closed() {
    let (camera, frames, states) = camera(VideoInput::Test);
    camera.set_on(true);
    let see = |what: &dyn Fn([u8; 2]) -> bool| {
        let (decoder, begun) = (Decoder::new(), Instant::now());
        camera.need_key_frame(0);
        let mut decodes = false;
        loop {
            assert!(begun.elapsed() < LIMIT, "the picture does not change");
            let frame = frames.recv_timeout(LIMIT).unwrap();
            decodes |= frame.layer == 0 && frame.key_frame;
            // Near the left end, and near the right one.
            if decodes && frame.layer == 0 && what(decoder.blueness(frame, [80, 300])) {
                return;
            }
        }
    };
    // Of white, yellow, cyan, green, magenta, red and blue: yellow on the left, blue on the right.
    see(&|[left, right]| left < 60 && right > 200);
    let left_end = View {
        pan: -1000,
        tilt: 1000,
        zoom: 400,
    };
    camera.set_view(left_end);
    // White on the left, yellow on the right.
    see(&|[left, right]| left.abs_diff(128) < 20 && right < 60);
    camera.set_on(false);
    wait_state(&states, DeviceState::Live);
    wait_state(&states, DeviceState::Off);
    while frames.try_recv().is_ok() {}
    camera.set_on(true);
    see(&|[left, right]| left.abs_diff(128) < 20 && right < 60);
    camera.set_view(View::default());
    see(&|[left, right]| left < 60 && right > 200);
}

#[test]
fn a_low_estimate_stops_the_largest_layer_only() {
    let (camera, frames, _states) = camera(VideoInput::Test);
    camera.set_on(true);
    wait_for(&frames, |frame| frame.layer == 2);
    camera.set_estimate(Some(500_000));
    let mut without_top = 0;
    while without_top < 30 {
        let frame = frames.recv_timeout(LIMIT).unwrap();
        without_top = if frame.layer == 2 { 0 } else { without_top + 1 };
    }
}

#[test]
fn a_missing_file_is_a_failed_camera_and_not_the_end() {
    let (camera, _frames, states) = camera(VideoInput::File("/nowhere/at/all.y4m".into()));
    camera.set_on(true);
    wait_state(&states, DeviceState::Failed);
    camera.set_on(false);
    wait_state(&states, DeviceState::Off);
}

#[test]
fn an_unplugged_camera_fails_and_comes_back() {
    let (camera, frames, states) = camera(VideoInput::Test);
    camera.set_on(true);
    wait_state(&states, DeviceState::Live);
    camera.set_plugged(false);
    wait_state(&states, DeviceState::Failed);
    while frames.try_recv().is_ok() {}
    camera.set_plugged(true);
    wait_state(&states, DeviceState::Live);
    wait_for(&frames, |frame| frame.key_frame);
}

#[test]
fn the_microphone_sends_the_tone_leaves_silence_out_and_marks_its_return() {
    room_media::gst::init().unwrap();
    let (outlet, frames) = outlet();
    let (report, states) = mpsc::channel();
    let options = MicrophoneOptions::new(AudioInput::Test);
    let microphone = Microphone::new(options, outlet, move |state| {
        let _ = report.send(state);
    });
    let microphone = microphone.unwrap();
    microphone.set_open(true);
    wait_state(&states, DeviceState::Live);
    let first = frames.recv_timeout(LIMIT).unwrap();
    assert!(first.talk_spurt);
    let (mut loud, mut gaps, mut last) = (0, 0, first.captured_ns);
    let begun = first.captured_ns;
    while last - begun < 4_000_000_000 {
        let frame = frames.recv_timeout(LIMIT).unwrap();
        loud += usize::from(frame.level.is_some_and(|level| level < 20));
        if frame.captured_ns - last > 30_000_000 {
            gaps += 1;
            assert!(frame.talk_spurt);
        }
        last = frame.captured_ns;
    }
    assert!((80..=160).contains(&loud), "{loud} loud frames");
    assert!(gaps >= 2, "{gaps} gaps");
    microphone.set_open(false);
    wait_state(&states, DeviceState::Off);
}

/// Whether an Opus packet carries the 20 ms before its own once more (LBRR, RFC 6716, 4.2.3): the
/// second bit of a SILK frame, after the one that says whether somebody speaks. Packets of CELT
/// (configurations 16 to 31) have none.
fn carries_the_one_before(packet: &[u8]) -> bool {
    let (toc, frame) = (packet[0], packet[1]);
    assert_eq!(toc & 7, 0, "one mono frame, TOC {toc:#x}");
    let has_silk = toc >> 3 < 16;
    has_silk && frame & 0x40 != 0
}

/// Of so many loud packets, those that repair a loss.
fn repairing(fec: bool, packets: usize) -> usize {
    let (outlet, frames) = outlet();
    let options = MicrophoneOptions {
        fec,
        ..MicrophoneOptions::new(AudioInput::Test)
    };
    let microphone = Microphone::new(options, outlet, |_| {}).unwrap();
    microphone.set_open(true);
    let loud = std::iter::from_fn(|| frames.recv_timeout(LIMIT).ok())
        .filter(|frame| frame.level.is_some_and(|level| level < 20));
    let loud = loud.take(packets);
    loud.filter(|frame| carries_the_one_before(&frame.data))
        .count()
}

#[test]
fn speech_carries_the_packet_before_so_that_a_lost_one_can_be_heard() {
    room_media::gst::init().unwrap();
    let with = repairing(true, 60);
    assert!(with >= 40, "{with} of 60");
    assert_eq!(repairing(false, 60), 0);
}

/// A file that goes when the test ends.
struct Temporary(std::path::PathBuf);

impl Temporary {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("salle-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_short_video_file_of_another_size_is_shown_again_and_again() {
    let mut content = b"YUV4MPEG2 W322 H240 F25:1\n".to_vec();
    for value in [60, 180] {
        content.extend(b"FRAME\n");
        content.extend(vec![value; 322 * 240 + 2 * 161 * 120]);
    }
    let file = Temporary::new("again.y4m", &content);
    let (camera, frames, _states) = camera(VideoInput::File(file.0.clone()));
    camera.set_on(true);
    for _ in 0..20 {
        wait_for(&frames, |frame| frame.layer == 2);
    }
}

#[test]
fn a_short_sound_file_is_played_again_and_again() {
    room_media::gst::init().unwrap();
    let mut content = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0".to_vec();
    content.extend(44_100_u32.to_le_bytes());
    content.extend([0, 0, 0, 0, 4, 0, 16, 0]);
    content.extend(b"data\0\0\0\0");
    let loud = |place: u16| (f32::from(place).sin() * 9000.0) as i16;
    content.extend((0..20_000).flat_map(|place| loud(place).to_le_bytes()));
    let file = Temporary::new("again.wav", &content);
    let (outlet, frames) = outlet();
    let options = MicrophoneOptions::new(AudioInput::File(file.0.clone()));
    let microphone = Microphone::new(options, outlet, |_| {}).unwrap();
    microphone.set_open(true);
    for _ in 0..50 {
        wait_for(&frames, |frame| frame.level.is_some_and(|level| level < 30));
    }
}
