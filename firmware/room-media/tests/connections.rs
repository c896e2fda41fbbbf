//! Two connections of this process with each other: sealed picture and sound go across.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use room_frames::{Codec, Depayloader, KeyRing, Opened, SifTrailer, open, rtp};
use room_media::peer::sdp::sections;
use room_media::peer::{
    IncomingTrack, PeerConnection, PeerEvent, PeerEvents, PeerOptions, RemoteTrack, Subscription,
    TrackSink,
};
use room_media::send::{
    Camera, CameraOptions, Microphone, MicrophoneOptions, Outlet, Publisher, PublisherOptions,
    SendEvent, SendEvents, VideoTrack,
};
use room_messages::{AudioInput, MediaKey, Source, VideoFormat, VideoInput};
use tokio::sync::mpsc;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(60);
const KEY: [u8; 16] = [7; 16];

fn options(name: &str) -> PeerOptions {
    PeerOptions {
        name: name.into(),
        loopback: true,
        ..PeerOptions::default()
    }
}

/// Opens every frame that arrives.
struct Opener {
    opened: mpsc::UnboundedSender<(String, Codec)>,
}

impl TrackSink for Opener {
    fn added(&self, track: IncomingTrack) {
        let codec = Codec::from_name(&track.codec).unwrap();
        let (opened, sid) = (self.opened.clone(), track.sid.clone());
        let state = Mutex::new((Depayloader::new(codec), KeyRing::new()));
        state.lock().unwrap().1.set(3, &KEY);
        let sink = gstreamer_app::AppSink::builder()
            .sync(false)
            .async_(false)
            .build();
        let callbacks = gstreamer_app::AppSinkCallbacks::builder().new_sample(move |sink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            let bytes = sample.buffer().unwrap().map_readable().unwrap();
            let ids = rtp::ExtensionIds::default();
            let packet = rtp::parse(&bytes, &ids).unwrap();
            let (depayloader, keys) = &mut *state.lock().unwrap();
            let header = &packet.header;
            let done = depayloader.push(header.sequence, header.marker, packet.payload);
            if let Some(frame) = done.frame {
                assert!(codec != Codec::Vp8 || frame.len() > 13);
                if let Opened::Frame(_) = open(codec, &frame, keys, &SifTrailer::none()) {
                    let _ = opened.send((sid.clone(), codec));
                }
            }
            Ok(gst::FlowSuccess::Ok)
        });
        sink.set_callbacks(callbacks.build());
        track.pipeline.add(&sink).unwrap();
        sink.sync_state_with_parent().unwrap();
        track.pad.link(&sink.static_pad("sink").unwrap()).unwrap();
    }

    fn changed(&self, _mid: &str, _sid: Option<&str>) {}

    fn removed(&self, _mid: &str, _pad: &gst::Pad) {}
}

/// Carries candidates from one side to the other until either ends.
async fn carry(mut events: PeerEvents, to: impl Fn(room_media::peer::Candidate)) {
    while let Some(event) = events.recv().await {
        if let PeerEvent::Candidate(candidate) = event {
            to(candidate);
        }
    }
}

struct Call {
    publisher: Arc<Publisher>,
    subscriber: Arc<PeerConnection>,
    send_events: SendEvents,
    carriers: Vec<tokio::task::JoinHandle<()>>,
}

impl Call {
    async fn start(sink: Arc<dyn TrackSink>, layers: &[room_media::send::Layer]) -> Self {
        let publishing = PublisherOptions {
            peer: options("pub"),
            encrypted: true,
        };
        let (publisher, pub_events, send_events) = Publisher::new(publishing).await.unwrap();
        let subscription = Some(Subscription::new(sink));
        let (subscriber, sub_events) = PeerConnection::new(options("sub"), subscription)
            .await
            .unwrap();
        let (publisher, subscriber) = (Arc::new(publisher), Arc::new(subscriber));
        publisher
            .add_sound(Source::Microphone, "mic")
            .await
            .unwrap();
        let video = VideoTrack {
            codec: Codec::Vp8,
            layers: layers.to_vec(),
        };
        publisher
            .add_video(Source::Camera, "cam", video)
            .await
            .unwrap();
        let offer = publisher.offer().await.unwrap();
        let tracks = remote_tracks(&offer);
        assert_eq!(tracks.len(), 2, "{offer}");
        let answer = subscriber.offered(offer, tracks).await.unwrap();
        let (to_sub, to_pub) = (Arc::clone(&subscriber), Arc::clone(&publisher));
        publisher.answered(answer).await.unwrap();
        let carriers = vec![
            tokio::spawn(carry(pub_events, move |one| to_sub.add_candidate(one))),
            tokio::spawn(carry(sub_events, move |one| to_pub.add_candidate(one))),
        ];
        Self {
            publisher,
            subscriber,
            send_events,
            carriers,
        }
    }

    async fn end(self) {
        for carrier in self.carriers {
            carrier.abort();
            let _ = carrier.await;
        }
        Arc::into_inner(self.publisher).unwrap().close().await;
        Arc::into_inner(self.subscriber).unwrap().close().await;
    }
}

fn remote_tracks(offer: &str) -> Vec<RemoteTrack> {
    sections(offer)
        .into_iter()
        .filter_map(|section| {
            Some(RemoteTrack {
                mid: section.mid,
                sid: section.track?,
                codec: if section.kind == "audio" {
                    "opus"
                } else {
                    "VP8"
                }
                .into(),
            })
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sealed_picture_and_sound_reach_the_other_side_once_there_is_a_key() {
    room_media::gst::init().unwrap();
    let format = VideoFormat {
        width: 640,
        height: 360,
        frames_per_second: 30,
        layers: 1,
    };
    let camera_options = CameraOptions::new(VideoInput::Test, format);
    let (opened, mut inbox) = mpsc::unbounded_channel();
    let mut call = Call::start(Arc::new(Opener { opened }), &camera_options.layers()).await;
    let (entry, sound_entry) = (call.publisher.entry(), call.publisher.entry());
    let (picture, sound) = (Outlet::default(), Outlet::default());
    picture.connect(move |frame| entry.put(frame));
    sound.connect(move |frame| sound_entry.put(frame));
    let camera = Camera::new(camera_options, picture.clone(), |_| {}).unwrap();
    let options = MicrophoneOptions::new(AudioInput::Test);
    let microphone = Microphone::new(options, sound.clone(), |_| {}).unwrap();
    camera.set_on(true);
    microphone.set_open(true);
    wait_event(&mut call.send_events, |event| {
        matches!(event, SendEvent::KeyFrameNeeded { .. })
    })
    .await;
    // Connected, and still nothing may have gone out.
    let figures = call.publisher.statistics();
    assert!(figures.iter().all(|track| track.frames == 0), "{figures:?}");
    let key = MediaKey::new(KEY.to_vec()).unwrap();
    call.publisher.set_key(3, &key);
    let (mut pictures, mut sounds) = (0, 0);
    while pictures < 30 || sounds < 30 {
        tokio::select! {
            one = timeout(LIMIT, inbox.recv()) => match one.unwrap().unwrap() {
                (sid, Codec::Vp8) => { assert_eq!(sid, "cam"); pictures += 1; }
                (sid, _) => { assert_eq!(sid, "mic"); sounds += 1; }
            },
            Some(event) = call.send_events.recv() => match event {
                SendEvent::KeyFrameNeeded { layer, .. } => camera.need_key_frame(layer),
                SendEvent::Estimate { bits_per_second } => camera.set_estimate(Some(bits_per_second)),
            },
        }
    }
    let figures = call.publisher.statistics();
    let picture_figures = figures.iter().find(|t| t.codec == "VP8").unwrap();
    assert_eq!((picture_figures.width, picture_figures.height), (640, 360));
    assert!(picture_figures.bits_per_second > 0);
    camera.close().await;
    microphone.close().await;
    picture.disconnect();
    sound.disconnect();
    call.end().await;
}

async fn wait_event(events: &mut SendEvents, what: impl Fn(&SendEvent) -> bool) {
    let found = async {
        while let Some(event) = events.recv().await {
            if what(&event) {
                return;
            }
        }
        panic!("the publisher ended");
    };
    timeout(LIMIT, found).await.unwrap();
}

fn threads_and_files() -> (usize, usize) {
    let count = |path| std::fs::read_dir(path).unwrap().count();
    (count("/proc/self/task"), count("/proc/self/fd"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_connections_leave_no_thread_and_no_file_behind() {
    room_media::gst::init().unwrap();
    let format = VideoFormat::default();
    let layers = CameraOptions::new(VideoInput::Test, format).layers();
    let mut after_warm_up = None;
    for round in 0..100 {
        let (opened, _inbox) = mpsc::unbounded_channel();
        let mut call = Call::start(Arc::new(Opener { opened }), &layers).await;
        wait_event(&mut call.send_events, |event| {
            matches!(event, SendEvent::KeyFrameNeeded { .. })
        })
        .await;
        call.end().await;
        if round == 9 {
            after_warm_up = Some(threads_and_files());
        }
    }
    let (threads, files) = after_warm_up.unwrap();
    let settled = async {
        loop {
            let now = threads_and_files();
            // Thread pools may have one more or less at any time, and idle threads stay a while.
            if now.0 <= threads + 4 && now.1 <= files + 4 {
                return;
            }
            eprintln!("{threads} threads and {files} files became {now:?}");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    timeout(LIMIT, settled).await.unwrap();
}
