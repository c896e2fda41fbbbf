//! Camera, microphone, what is shared, speaker and stage, as the configuration names them.
//!
//! Invariant: camera, microphone and content are open only while the room publishes in a call.

mod plugs;

use std::sync::{Arc, Mutex, PoisonError};

use room_media::send::bitrate::split;
use room_media::send::{
    Camera, CameraOptions, Layer, Microphone, MicrophoneOptions, Outlet, Publisher,
};
use room_media::stage::{Stage, StageOptions};
use room_media::voice::{Voice, VoiceOptions};
use room_messages::api::{Language, View};
use room_messages::{
    AudioInput, Configuration, DeviceState, Fact, Identity, Prompt, SimulatedDevice, Source,
    VideoInput,
};
use tokio::sync::Notify;

use crate::outcome::Failure;

/// The stage is redrawn at most this often; pictures of others seldom come faster.
const STAGE_FRAMES_PER_SECOND: u32 = 30;

/// What is captured, shared with the connection that publishes it.
#[derive(Debug)]
pub struct Capture {
    camera: Camera,
    content: Camera,
    microphone: Microphone,
    camera_outlet: Outlet,
    content_outlet: Outlet,
    microphone_outlet: Outlet,
    /// Number of the connection that publishes.
    publisher: Mutex<u64>,
    way: Mutex<Way>,
    pub has_camera: bool,
    pub has_microphone: bool,
}

/// The way to the SFU, and who goes it.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    estimate: Option<u32>,
    sharing: bool,
}

/// What is wanted open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub camera: bool,
    pub microphone: bool,
    pub content: bool,
}

/// Everything the room is equipped with.
pub struct Devices {
    pub capture: Arc<Capture>,
    pub stage: Stage,
    pub voice: Voice,
    pub simulated: bool,
    language: Language,
    captured: Arc<Mutex<Captured>>,
}

#[derive(Clone, Copy)]
struct Captured {
    camera: DeviceState,
    microphone: DeviceState,
    content: DeviceState,
}

impl Capture {
    /// Opens what is wanted and closes the rest.
    pub fn set_open(&self, wanted: Wanted) {
        self.camera.set_on(wanted.camera);
        self.microphone.set_open(wanted.microphone);
        self.content.set_on(wanted.content);
        lock(&self.way).sharing = wanted.content;
        self.share_out();
    }

    fn video(&self, source: Source) -> Option<&Camera> {
        match source {
            Source::Camera => Some(&self.camera),
            Source::ScreenShare => Some(&self.content),
            Source::Microphone | Source::ScreenShareAudio => None,
        }
    }

    /// The layers to announce, smallest first; none for sound.
    pub fn layers(&self, source: Source) -> &[Layer] {
        self.video(source).map_or(&[], Camera::layers)
    }

    pub fn set_watched(&self, source: Source, watched: &[bool]) {
        if let Some(video) = self.video(source) {
            video.set_watched(watched);
        }
    }

    pub fn need_key_frame(&self, source: Source, layer: usize) {
        if let Some(video) = self.video(source) {
            video.need_key_frame(layer);
        }
    }

    pub fn set_view(&self, view: View) {
        self.camera.set_view(view);
    }

    pub fn set_estimate(&self, bits_per_second: Option<u32>) {
        lock(&self.way).estimate = bits_per_second;
        self.share_out();
    }

    /// Gives each picture its part of the way.
    fn share_out(&self) {
        let Way { estimate, sharing } = *lock(&self.way);
        let content = if sharing { self.content.layers() } else { &[] };
        let parts = estimate.map(|estimate| split(estimate, content));
        self.camera.set_estimate(parts.map(|parts| parts.0));
        self.content
            .set_estimate(parts.map(|parts| parts.1).filter(|_| sharing));
    }

    /// Frames go to this publisher of connection `number` from now on. The server takes every
    /// layer of a fresh track for watched and speaks up only when that changes: what it said of
    /// the track before must not keep the camera closed.
    pub fn connect(&self, number: u64, publisher: &Publisher) {
        let mut owner = lock(&self.publisher);
        *owner = number;
        for video in [&self.camera, &self.content] {
            video.set_watched(&vec![true; video.layers().len()]);
        }
        for outlet in self.outlets() {
            let entry = publisher.entry();
            outlet.connect(move |frame| entry.put(frame));
        }
    }

    fn outlets(&self) -> [&Outlet; 3] {
        [
            &self.camera_outlet,
            &self.content_outlet,
            &self.microphone_outlet,
        ]
    }

    /// Frames go nowhere until somebody publishes again; unless another connection does so
    /// already, because the one before took its time to end.
    pub fn disconnect(&self, number: u64) {
        if *lock(&self.publisher) == number {
            for outlet in self.outlets() {
                outlet.disconnect();
            }
            self.set_estimate(None);
        }
    }
}

impl Devices {
    /// `changed` is told whenever a device's state may have changed.
    ///
    /// # Errors
    /// When the stage or a device's thread cannot be started.
    pub fn start(configuration: &Configuration, changed: &Arc<Notify>) -> Result<Self, Failure> {
        let captured = Arc::new(Mutex::new(Captured {
            camera: initial(is_absent(&configuration.camera)),
            content: initial(is_absent(&configuration.content)),
            microphone: initial(matches!(
                configuration.microphone,
                AudioInput::None | AudioInput::Board(_)
            )),
        }));
        let stage = Stage::new(StageOptions {
            output: configuration.stage.clone(),
            room_name: configuration.room_name.clone(),
            language: configuration.language,
            frames_per_second: STAGE_FRAMES_PER_SECOND,
        })
        .map_err(|error| start("the stage", error))?;
        let capture = capture(configuration, &stage, &captured, changed)?;
        let told = Arc::clone(changed);
        let voice = Voice::new(
            VoiceOptions {
                output: configuration.speaker.clone(),
                simulated: configuration.simulated,
            },
            Arc::new(move || told.notify_one()),
        );
        let capture = Arc::new(capture);
        plugs::start(configuration, &capture, &voice)
            .map_err(|error| start("the watch over what is plugged in", error))?;
        Ok(Self {
            capture,
            stage,
            voice,
            simulated: configuration.simulated,
            language: configuration.language,
            captured,
        })
    }

    pub fn fact(&self) -> Fact {
        let captured = *lock(&self.captured);
        Fact::Devices {
            camera: captured.camera,
            microphone: captured.microphone,
            speaker: self.voice.state(),
            content: captured.content,
            volume: self.voice.volume(),
        }
    }

    /// Decoding takes some milliseconds, in which nobody is kept waiting.
    pub fn say(&self, prompts: Vec<Prompt>) {
        let (voice, language) = (self.voice.clone(), self.language);
        tokio::task::spawn_blocking(move || voice.say(&prompts, language));
    }

    pub fn plug(&self, device: SimulatedDevice, present: bool) {
        match device {
            SimulatedDevice::Camera => self.capture.camera.set_plugged(present),
            SimulatedDevice::Microphone => self.capture.microphone.set_plugged(present),
            SimulatedDevice::Speaker => self.voice.simulate_present(present),
            SimulatedDevice::Content => self.capture.content.set_plugged(present),
        }
    }
}

fn capture(
    configuration: &Configuration,
    stage: &Stage,
    captured: &Arc<Mutex<Captured>>,
    changed: &Arc<Notify>,
) -> Result<Capture, Failure> {
    let report = |store: fn(&mut Captured, DeviceState)| {
        let (captured, changed) = (Arc::clone(captured), Arc::clone(changed));
        move |state| {
            store(&mut lock(&captured), state);
            changed.notify_one();
        }
    };
    let (camera_outlet, microphone_outlet) = (Outlet::default(), Outlet::default());
    let content_outlet = Outlet::default();
    let camera = Camera::new(
        CameraOptions::new(configuration.camera.clone(), configuration.video),
        camera_outlet.clone(),
        report(|captured, state| captured.camera = state),
    )
    .map_err(|error| start("the camera", error))?;
    let content = Camera::new(
        CameraOptions::content(
            configuration.content.clone(),
            configuration.content_video,
            stage.slot(&Identity::ROOM, Source::ScreenShare),
        ),
        content_outlet.clone(),
        report(|captured, state| captured.content = state),
    )
    .map_err(|error| start("the share", error))?;
    let microphone = Microphone::new(
        MicrophoneOptions::new(configuration.microphone.clone()),
        microphone_outlet.clone(),
        report(|captured, state| captured.microphone = state),
    )
    .map_err(|error| start("the microphone", error))?;
    Ok(Capture {
        camera,
        content,
        microphone,
        camera_outlet,
        content_outlet,
        microphone_outlet,
        publisher: Mutex::new(0),
        way: Mutex::default(),
        has_camera: configuration.camera != VideoInput::None,
        has_microphone: configuration.microphone != AudioInput::None,
    })
}

fn is_absent(input: &VideoInput) -> bool {
    matches!(input, VideoInput::None | VideoInput::Board(_))
}

fn initial(absent: bool) -> DeviceState {
    if absent {
        DeviceState::Absent
    } else {
        DeviceState::Off
    }
}

fn start(what: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::Start {
        what,
        source: Box::new(error),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
