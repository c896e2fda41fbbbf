//! One room's camera and microphone to another's stage and speaker, through two real
//! connections.

use std::sync::Arc;

use room_frames::Codec;
use room_messages::{AudioInput, Decryption, MediaKey, Source, VideoFormat, VideoInput};

use super::tests::{Room, info};
use crate::peer::sdp::sections;
use crate::peer::{
    Candidate, PeerConnection, PeerEvent, PeerEvents, PeerOptions, RemoteTrack, Subscription,
};
use crate::send::{
    Camera, CameraOptions, Microphone, MicrophoneOptions, Outlet, Publisher, PublisherOptions,
    SendEvent, VideoTrack,
};
use crate::voice::tests::wait_for;

fn options(name: &str) -> PeerOptions {
    PeerOptions {
        name: name.into(),
        loopback: true,
        ..PeerOptions::default()
    }
}

async fn carry(mut events: PeerEvents, to: impl Fn(Candidate)) {
    while let Some(event) = events.recv().await {
        if let PeerEvent::Candidate(candidate) = event {
            to(candidate);
        }
    }
}

fn tracks(offer: &str) -> Vec<RemoteTrack> {
    sections(offer)
        .into_iter()
        .filter_map(|section| {
            let sound = section.kind == "audio";
            Some(RemoteTrack {
                mid: section.mid,
                sid: section.track?,
                codec: if sound { "opus" } else { "VP8" }.into(),
            })
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_room_sees_and_hears_another() {
    crate::gst::init().unwrap();
    let room = Room::new(true);
    room.admit(vec![
        info("cam", Source::Camera, "video/VP8", true),
        info("mic", Source::Microphone, "audio/opus", true),
    ]);
    let format = VideoFormat {
        width: 640,
        height: 360,
        frames_per_second: 30,
        layers: 1,
    };
    let camera_options = CameraOptions::new(VideoInput::Test, format);
    let publishing = PublisherOptions {
        peer: options("pub"),
        encrypted: true,
    };
    let (publisher, pub_events, mut send_events) = Publisher::new(publishing).await.unwrap();
    let subscription = Some(Subscription::new(Arc::clone(&room.receiver) as _));
    let (subscriber, sub_events) = PeerConnection::new(options("sub"), subscription)
        .await
        .unwrap();
    let (publisher, subscriber) = (Arc::new(publisher), Arc::new(subscriber));
    let sound_track = publisher.add_sound(Source::Microphone, "mic").await;
    sound_track.unwrap();
    let video = VideoTrack {
        codec: Codec::Vp8,
        layers: camera_options.layers(),
    };
    let picture_track = publisher.add_video(Source::Camera, "cam", video).await;
    picture_track.unwrap();
    let offer = publisher.offer().await.unwrap();
    let named = tracks(&offer);
    let answer = subscriber.offered(offer, named).await.unwrap();
    let (to_sub, to_pub) = (Arc::clone(&subscriber), Arc::clone(&publisher));
    publisher.answered(answer).await.unwrap();
    let carriers = [
        tokio::spawn(carry(pub_events, move |one| to_sub.add_candidate(one))),
        tokio::spawn(carry(sub_events, move |one| to_pub.add_candidate(one))),
    ];
    let (picture, sound) = (Outlet::default(), Outlet::default());
    let (entry, sound_entry) = (publisher.entry(), publisher.entry());
    picture.connect(move |frame| entry.put(frame));
    sound.connect(move |frame| sound_entry.put(frame));
    let camera = Arc::new(Camera::new(camera_options, picture.clone(), |_| {}).unwrap());
    let options = MicrophoneOptions::new(AudioInput::Test);
    let microphone = Microphone::new(options, sound.clone(), |_| {}).unwrap();
    camera.set_on(true);
    microphone.set_open(true);
    let key = MediaKey::new(vec![0x21; 16]).unwrap();
    publisher.set_key(0, &key);
    let asked = Arc::clone(&camera);
    let asking = tokio::spawn(async move {
        while let Some(event) = send_events.recv().await {
            if let SendEvent::KeyFrameNeeded { layer, .. } = event {
                asked.need_key_frame(layer);
            }
        }
    });
    // The key comes late, as it does in every call: the key frame asked for must come then.
    wait_for("frames without a key", || {
        let tracks = room.receiver.peer_tracks();
        let missing = Decryption::MissingKey { index: 0 };
        tracks.iter().all(|track| track.decryption == missing)
    });
    room.set_key(0x21);
    wait_for("picture and sound", || {
        let figures = room.receiver.statistics();
        let seen = figures.iter().any(|f| f.codec == "VP8" && f.frames > 60);
        let near = |hz: f64| (hz - 440.0).abs() < 5.0;
        let heard = figures.iter().any(|f| f.tone_hz.is_some_and(near));
        seen && heard
    });
    assert_eq!(room.slot().newest_size(), Some((640, 360)));
    assert!(room.stage.picture().unwrap().len() > 1000);
    asking.abort();
    let _ = asking.await;
    for carrier in carriers {
        carrier.abort();
        let _ = carrier.await;
    }
    Arc::into_inner(camera).unwrap().close().await;
    microphone.close().await;
    Arc::into_inner(publisher).unwrap().close().await;
    Arc::into_inner(subscriber).unwrap().close().await;
    wait_for("the tracks are gone", || {
        room.receiver.statistics().is_empty()
    });
}
