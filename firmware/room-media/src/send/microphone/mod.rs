//! The microphone: captured, measured, encoded as Opus.
//!
//! Invariant: muted means no pipeline and a closed device.
//!
//! Frames of silence are left out (DTX), so a quiet room sends almost nothing; the first frame
//! after a pause says so, and the receivers' jitter buffers use the pause to catch up.

mod level;
mod pipeline;
mod source;
mod tone;
mod wav;

use room_messages::{AudioInput, DeviceState};

use super::capture::Capture;
use super::control::Input;
use super::frame::Outlet;
use pipeline::{Command, MicrophoneRig};

/// What a microphone is made with.
#[derive(Clone, Debug)]
pub struct MicrophoneOptions {
    pub input: AudioInput,
    /// Bits per second, 6000 to 128000.
    pub bitrate: i32,
    /// Whether silence is left out.
    pub dtx: bool,
    /// Whether a packet of speech also carries the one before it, coarser (in-band FEC): a single
    /// lost packet is then heard all the same.
    pub fec: bool,
}

impl MicrophoneOptions {
    /// 32 kbit/s mono with DTX and FEC: wideband speech and more.
    #[must_use]
    pub fn new(input: AudioInput) -> Self {
        Self {
            input,
            bitrate: 32_000,
            dtx: true,
            fec: true,
        }
    }
}

/// Handle of the microphone. It starts muted. Dropping it closes the device in the background.
pub struct Microphone {
    capture: Capture<Command>,
}

impl std::fmt::Debug for Microphone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Microphone").finish_non_exhaustive()
    }
}

impl Microphone {
    /// `report` gets every change of the device's state, on the microphone's thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new(
        options: MicrophoneOptions,
        outlet: Outlet,
        report: impl Fn(DeviceState) + Send + 'static,
    ) -> std::io::Result<Self> {
        let absent = matches!(options.input, AudioInput::None | AudioInput::Board(_));
        let rig = MicrophoneRig::new(options, outlet);
        let capture = Capture::start("microphone", absent, rig, report)?;
        Ok(Self { capture })
    }

    /// `true` opens the device, `false` (muted, or no call) closes it at once.
    pub fn set_open(&self, open: bool) {
        self.capture.input(Input::Want(open));
    }

    /// The microphone that is plugged in now, by its ALSA name; `None`: none is. The next opening
    /// takes it.
    pub fn set_device(&self, pcm: Option<String>) {
        let present = pcm.is_some();
        if let Some(pcm) = pcm {
            self.capture.command(Command::Device(pcm));
        }
        self.capture.input(Input::Present(present));
    }

    /// Profile `sim`: pulls the plug or puts it back.
    pub fn set_plugged(&self, plugged: bool) {
        self.capture.input(Input::Plug(plugged));
    }

    /// Closes the microphone and waits until it is released.
    pub async fn close(self) {
        self.capture.close().await;
    }
}
