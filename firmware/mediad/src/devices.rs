//! Camera, microphone, speaker and stage, as the configuration names them.
//!
//! Invariant: camera and microphone are open only while the room publishes in a call.

mod plugs;

use std::sync::{Arc, Mutex, PoisonError};

use room_media::send::{
    Camera, CameraOptions, Layer, Microphone, MicrophoneOptions, Outlet, Publisher,
};
use room_media::stage::{Stage, StageOptions};
use room_media::voice::{Voice, VoiceOptions};
use room_messages::api::View;
use room_messages::{
    AudioInput, Configuration, DeviceState, Fact, SimulatedDevice, Source, VideoInput,
};
use tokio::sync::Notify;

use crate::outcome::Failure;

/// The stage is redrawn at most this often; pictures of others seldom come faster.
const STAGE_FRAMES_PER_SECOND: u32 = 30;

/// What is captured, shared with the connection that publishes it.
#[derive(Debug)]
pub struct Capture {
    camera: Camera,
    microphone: Microphone,
    camera_outlet: Outlet,
    microphone_outlet: Outlet,
    /// Number of the connection that publishes.
    publisher: Mutex<u64>,
    pub layers: Vec<Layer>,
    pub has_camera: bool,
    pub has_microphone: bool,
}

/// Everything the room is equipped with.
pub struct Devices {
    pub capture: Arc<Capture>,
    pub stage: Stage,
    pub voice: Voice,
    pub simulated: bool,
    captured: Arc<Mutex<Captured>>,
}

#[derive(Clone, Copy)]
struct Captured {
    camera: DeviceState,
    microphone: DeviceState,
}

impl Capture {
    /// Opens or closes the camera and the microphone.
    pub fn set_open(&self, camera: bool, microphone: bool) {
        self.camera.set_on(camera);
        self.microphone.set_open(microphone);
    }

    pub fn set_watched(&self, watched: &[bool]) {
        self.camera.set_watched(watched);
    }

    pub fn need_key_frame(&self, source: Source, layer: usize) {
        if source == Source::Camera {
            self.camera.need_key_frame(layer);
        }
    }

    pub fn set_view(&self, view: View) {
        self.camera.set_view(view);
    }

    pub fn set_estimate(&self, bits_per_second: Option<u32>) {
        self.camera.set_estimate(bits_per_second);
    }

    /// Frames go to this publisher of connection `number` from now on. The server takes every
    /// layer of a fresh track for watched and speaks up only when that changes: what it said of
    /// the track before must not keep the camera closed.
    pub fn connect(&self, number: u64, publisher: &Publisher) {
        let mut owner = lock(&self.publisher);
        *owner = number;
        self.camera.set_watched(&vec![true; self.layers.len()]);
        let (camera, microphone) = (publisher.entry(), publisher.entry());
        self.camera_outlet.connect(move |frame| camera.put(frame));
        self.microphone_outlet
            .connect(move |frame| microphone.put(frame));
    }

    /// Frames go nowhere until somebody publishes again; unless another connection does so
    /// already, because the one before took its time to end.
    pub fn disconnect(&self, number: u64) {
        if *lock(&self.publisher) == number {
            self.camera_outlet.disconnect();
            self.microphone_outlet.disconnect();
            self.camera.set_estimate(None);
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
            camera: initial(matches!(
                configuration.camera,
                VideoInput::None | VideoInput::Board(_)
            )),
            microphone: initial(matches!(
                configuration.microphone,
                AudioInput::None | AudioInput::Board(_)
            )),
        }));
        let capture = capture(configuration, &captured, changed)?;
        let stage = Stage::new(StageOptions {
            output: configuration.stage.clone(),
            room_name: configuration.room_name.clone(),
            language: configuration.language,
            frames_per_second: STAGE_FRAMES_PER_SECOND,
        })
        .map_err(|error| start("the stage", error))?;
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
            captured,
        })
    }

    pub fn fact(&self) -> Fact {
        let captured = *lock(&self.captured);
        Fact::Devices {
            camera: captured.camera,
            microphone: captured.microphone,
            speaker: self.voice.state(),
            volume: self.voice.volume(),
        }
    }

    pub fn plug(&self, device: SimulatedDevice, present: bool) {
        match device {
            SimulatedDevice::Camera => self.capture.camera.set_plugged(present),
            SimulatedDevice::Microphone => self.capture.microphone.set_plugged(present),
            SimulatedDevice::Speaker => self.voice.simulate_present(present),
        }
    }
}

fn capture(
    configuration: &Configuration,
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
    let camera = Camera::new(
        CameraOptions::new(configuration.camera.clone(), configuration.video),
        camera_outlet.clone(),
        report(|captured, state| captured.camera = state),
    )
    .map_err(|error| start("the camera", error))?;
    let microphone = Microphone::new(
        MicrophoneOptions::new(configuration.microphone.clone()),
        microphone_outlet.clone(),
        report(|captured, state| captured.microphone = state),
    )
    .map_err(|error| start("the microphone", error))?;
    Ok(Capture {
        layers: camera.layers().to_vec(),
        camera,
        microphone,
        camera_outlet,
        microphone_outlet,
        publisher: Mutex::new(0),
        has_camera: configuration.camera != VideoInput::None,
        has_microphone: configuration.microphone != AudioInput::None,
    })
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
