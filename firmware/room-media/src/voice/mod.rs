//! Voices to the speaker.
//!
//! One thread mixes all voices in blocks of 20 ms and hands them to the output, only while a
//! call needs it, one rings, or the room itself says something. A real device paces the thread; a file and the measured output are paced by
//! the clock.
//!
//! Invariant: the speaker is open only while running, and pushing samples never waits for it.

mod meter;
mod output;
mod prompt;
#[cfg(test)]
pub(crate) mod tests;
mod wav;

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use room_audio::{Mixer, VoiceId};
use room_messages::api::Language;
use room_messages::{AudioOutput, DeviceState, Identity, Prompt};

use meter::Meter;
use output::Output;

/// Frames of one block: 20 ms.
const BLOCK: usize = 960;
const PERIOD: Duration = Duration::from_millis(20);
/// How long a broken output is left alone before it is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// Called, from any thread, when there is something new to read. Must not block.
pub type Changed = Arc<dyn Fn() + Send + Sync>;

#[derive(Clone, Debug)]
pub struct VoiceOptions {
    pub output: AudioOutput,
    /// Measure tones too.
    pub simulated: bool,
}

/// A handle to the speaker; the last one dropped stops it.
#[derive(Clone)]
pub struct Voice {
    shared: Arc<Shared>,
    _thread: Arc<Thread>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    changed: Changed,
    simulated: bool,
}

struct State {
    mixer: Mixer,
    /// 0 to 100.
    volume: u8,
    meters: BTreeMap<VoiceId, Meter>,
    running: bool,
    /// `None` while no speaker is plugged in.
    output: AudioOutput,
    present: bool,
    ended: bool,
    device: DeviceState,
}

struct Thread {
    shared: Arc<Shared>,
    handle: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Voice").finish_non_exhaustive()
    }
}

impl State {
    fn needs_speaker(&self) -> bool {
        self.running || self.mixer.is_ringing() || self.mixer.is_saying()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_device(&self, device: DeviceState) {
        let old = std::mem::replace(&mut self.lock().device, device);
        if old != device {
            (self.changed)();
        }
    }
}

impl Voice {
    /// `changed` is called when [`Self::state`] changes.
    #[must_use]
    pub fn new(options: VoiceOptions, changed: Changed) -> Self {
        let output = match options.output {
            AudioOutput::Board(_) => AudioOutput::None,
            named => named,
        };
        let device = match output {
            AudioOutput::None => DeviceState::Absent,
            _ => DeviceState::Off,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                mixer: Mixer::new(BLOCK),
                volume: 100,
                meters: BTreeMap::new(),
                running: false,
                output,
                present: true,
                ended: false,
                device,
            }),
            wake: Condvar::new(),
            changed,
            simulated: options.simulated,
        });
        let handle = spawn(Arc::clone(&shared));
        let thread = Thread {
            shared: Arc::clone(&shared),
            handle,
        };
        Self {
            shared,
            _thread: Arc::new(thread),
        }
    }

    /// Opens (a call needs it) or closes the speaker.
    pub fn set_running(&self, running: bool) {
        self.shared.lock().running = running;
        self.shared.wake.notify_all();
    }

    /// How loud a call rings, 0 to 100, whatever voices are played with; 0: none does.
    pub fn set_ring(&self, volume: u8) {
        self.shared.lock().mixer.set_ring(volume);
        self.shared.wake.notify_all();
    }

    /// Says this now, over the voices, instead of what is being said. Blocks while it is decoded.
    /// Without a speaker nothing is said, not even later.
    pub fn say(&self, prompts: &[Prompt], language: Language) {
        match prompt::samples(prompts, language) {
            Ok(samples) => {
                let mut state = self.shared.lock();
                if state.output == AudioOutput::None || !state.present {
                    return;
                }
                state.mixer.say(samples);
                drop(state);
                self.shared.wake.notify_all();
            }
            Err(error) => tracing::warn!(%error, "nothing can be said aloud"),
        }
    }

    /// 0 to 100.
    pub fn set_volume(&self, volume: u8) {
        let mut state = self.shared.lock();
        state.volume = volume.min(100);
        state.mixer.set_volume(volume);
    }

    /// What voices are played with now, 0 to 100.
    #[must_use]
    pub fn volume(&self) -> u8 {
        self.shared.lock().volume
    }

    /// The speaker that is plugged in now, by its ALSA name; `None`: none is.
    pub fn set_device(&self, pcm: Option<String>) {
        self.shared.lock().output = pcm.map_or(AudioOutput::None, AudioOutput::Device);
        self.shared.wake.notify_all();
    }

    /// Profile `sim`: the speaker is unplugged (`false`) or back.
    pub fn simulate_present(&self, present: bool) {
        self.shared.lock().present = present;
        self.shared.wake.notify_all();
    }

    #[must_use]
    pub fn state(&self) -> DeviceState {
        self.shared.lock().device
    }

    /// Who speaks now, loudest first.
    #[must_use]
    pub fn speaking(&self) -> Vec<Identity> {
        let now = Instant::now();
        let state = self.shared.lock();
        let mut loud: Vec<_> = state
            .meters
            .values()
            .filter_map(|meter| Some((meter.speaking(now)?, &meter.identity)))
            .collect();
        loud.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut named: Vec<Identity> = Vec::new();
        for (_, identity) in loud {
            if !named.contains(identity) {
                named.push(identity.clone());
            }
        }
        named
    }

    /// A new voice of this participant; heard until it is dropped. `None` when there are more
    /// than any call has.
    #[must_use]
    pub fn track(&self, identity: Identity) -> Option<VoiceTrack> {
        let mut state = self.shared.lock();
        let id = state.mixer.add()?;
        let meter = Meter::new(identity, self.shared.simulated);
        state.meters.insert(id, meter);
        Some(VoiceTrack {
            shared: Arc::clone(&self.shared),
            id,
        })
    }
}

/// One voice in the mix.
pub struct VoiceTrack {
    shared: Arc<Shared>,
    id: VoiceId,
}

impl std::fmt::Debug for VoiceTrack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VoiceTrack").finish_non_exhaustive()
    }
}

/// What is known of a voice over the last second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VoiceFigures {
    /// dB of full scale; `None` before anything was heard.
    pub level_dbfs: Option<f64>,
    /// Hz; profile `sim` only.
    pub tone_hz: Option<f64>,
}

impl VoiceTrack {
    /// Takes decoded samples at 48 kHz, interleaved when `channels` is 2.
    pub fn push(&self, samples: &[i16], channels: usize) {
        let mut state = self.shared.lock();
        if let Some(meter) = state.meters.get_mut(&self.id) {
            meter.push(Instant::now(), samples, channels);
        }
        if state.running {
            state.mixer.push(self.id, samples, channels);
        }
    }

    #[must_use]
    pub fn figures(&self) -> VoiceFigures {
        let state = self.shared.lock();
        let meter = state.meters.get(&self.id);
        meter.map(|m| m.figures(Instant::now())).unwrap_or_default()
    }
}

impl Drop for VoiceTrack {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.mixer.remove(self.id);
        state.meters.remove(&self.id);
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.wake.notify_all();
        if let Some(handle) = self.handle.take() {
            // A thread that panicked has nothing left to clean up.
            let _ = handle.join();
        }
    }
}

fn spawn(shared: Arc<Shared>) -> Option<JoinHandle<()>> {
    std::thread::Builder::new()
        .name("voice".into())
        .spawn(move || Player::new(shared).run())
        .inspect_err(|error| tracing::error!(%error, "no thread for the speaker"))
        .ok()
}

/// What the thread should do next.
enum Task {
    End,
    Wait,
    Play,
}

struct Player {
    shared: Arc<Shared>,
    wanted: AudioOutput,
    output: Option<Output>,
    block: Vec<i16>,
    due: Instant,
}

impl Player {
    fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            wanted: AudioOutput::None,
            output: None,
            block: vec![0; 2 * BLOCK],
            due: Instant::now(),
        }
    }

    fn run(mut self) {
        loop {
            match self.task() {
                Task::End => return,
                Task::Wait => {}
                Task::Play => self.play(),
            }
        }
    }

    /// Waits until there is something to do.
    fn task(&mut self) -> Task {
        let mut state = self.shared.lock();
        if state.ended {
            return Task::End;
        }
        if state.output != self.wanted {
            self.wanted = state.output.clone();
            self.output = None;
        }
        let device = match (&state.output, state.needs_speaker(), state.present) {
            (AudioOutput::None, ..) => DeviceState::Absent,
            (_, true, true) => return Task::Play,
            (_, true, false) => DeviceState::Failed,
            (_, false, _) => DeviceState::Off,
        };
        if state.device != device {
            drop(state);
            self.release();
            self.shared.set_device(device);
            return Task::Wait;
        }
        state = self
            .shared
            .wake
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner);
        drop(state);
        self.due = Instant::now();
        Task::Wait
    }

    /// A file stays open between calls, so that it holds all of them.
    fn release(&mut self) {
        if !matches!(self.wanted, AudioOutput::File(_)) {
            self.output = None;
        }
    }

    fn play(&mut self) {
        let output = match self.output.take() {
            Some(output) => Ok(output),
            None => Output::open(&self.wanted),
        };
        let played = output.and_then(|mut output| {
            self.shared.set_device(DeviceState::Live);
            if !output.paces() {
                self.keep_pace();
            }
            self.shared.lock().mixer.mix(&mut self.block);
            output.write(&self.block)?;
            Ok(output)
        });
        match played {
            Ok(output) => self.output = Some(output),
            Err(error) => {
                tracing::warn!(%error, "the speaker does not work");
                self.shared.set_device(DeviceState::Failed);
                self.pause();
            }
        }
    }

    fn keep_pace(&mut self) {
        let now = Instant::now();
        match self.due.checked_duration_since(now) {
            Some(wait) => std::thread::sleep(wait),
            // Far behind (the machine slept): do not catch up with a burst.
            None if now - self.due > 5 * PERIOD => self.due = now,
            None => {}
        }
        self.due += PERIOD;
    }

    fn pause(&mut self) {
        let state = self.shared.lock();
        // Woken early or late, the loop looks again.
        drop(self.shared.wake.wait_timeout(state, RETRY));
        self.due = Instant::now();
    }
}
