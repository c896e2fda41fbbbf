//! The stage: what the room's screen shows; see `receive` for what `mediad` uses.
//!
//! One thread draws, at most 30 times a second and only when somebody looks: a window, a
//! file, or a request for a picture.
//!
//! Invariant: handing a picture to a [`FrameSlot`] never waits for drawing, and names from
//! outside are cleaned before they are drawn.

mod canvas;
mod card;
mod cast;
mod composer;
mod frame;
mod icon;
mod layout;
mod name;
mod output;
mod paint;
mod picture;
mod slot;
#[cfg(test)]
mod tests;
mod text;

pub use slot::FrameSlot;

use std::collections::BTreeMap;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gstreamer::glib;
use room_messages::api::{Language, Text};
use room_messages::{Arrangement, Identity, RosterEntry, Screen, Source, StageOutput};

use composer::{Composer, Slots};
use output::Output;
use paint::{Painter, Voice};

/// Of the picture, in pixels; even.
const SIZE: (u32, u32) = (1280, 720);
/// Longest wait for a picture.
const PATIENCE: Duration = Duration::from_secs(10);
/// A picture that does not change is shown again this often, so that a file's time runs on.
const REPEAT: Duration = Duration::from_secs(1);
const RETRY: Duration = Duration::from_secs(2);
/// Keyword of the PNG's text (iTXt; one of those the PNG standard names).
const DESCRIPTION: &str = "Description";
/// Requests for pictures that wait.
const MAX_REQUESTS: usize = 16;

#[derive(Clone, Debug)]
pub struct StageOptions {
    pub output: StageOutput,
    pub room_name: String,
    pub language: Language,
    /// At most, 1 to 30.
    pub frames_per_second: u32,
}

impl StageOptions {
    /// At most 30 pictures a second.
    #[must_use]
    pub fn new(output: StageOutput, room_name: String, language: Language) -> Self {
        Self {
            output,
            room_name,
            language,
            frames_per_second: 30,
        }
    }
}

/// What a tile says of a person's voice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    pub muted: bool,
    pub speaking: bool,
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum StageError {
    #[error("GStreamer cannot be used")]
    Init(#[from] crate::gst::InitError),
    #[error("the stage's picture cannot be drawn")]
    Picture(#[source] glib::BoolError),
    #[error("a picture's memory cannot be used")]
    Memory,
    #[error("the stage's output does not open")]
    Output(#[source] glib::BoolError),
    #[error("there is no display")]
    NoDisplay,
    #[error("the stage's output stopped")]
    Stopped,
    #[error("the stage's thread does not run")]
    Thread,
    #[error("the picture cannot be written as PNG")]
    Png,
}

/// A handle; the last one dropped closes window and file.
#[derive(Clone)]
pub struct Stage {
    shared: Arc<Shared>,
    _thread: Arc<Thread>,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").finish_non_exhaustive()
    }
}

struct Shared {
    wanted: Mutex<Wanted>,
    wake: Condvar,
}

#[derive(Default)]
struct Wanted {
    screen: Option<Screen>,
    roster: Option<Vec<RosterEntry>>,
    arrangement: Option<Arrangement>,
    signs: Option<BTreeMap<Identity, Signs>>,
    slots: Slots,
    requests: Vec<Sender<Result<Vec<u8>, StageError>>>,
    ended: bool,
}

struct Thread {
    shared: Arc<Shared>,
    handle: Option<JoinHandle<()>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage {
    /// Starts with an idle screen without a line.
    ///
    /// # Errors
    /// When GStreamer cannot be used. An output that does not open is tried again.
    pub fn new(options: StageOptions) -> Result<Self, StageError> {
        crate::gst::init()?;
        let voice = Voice {
            room: options.room_name.clone(),
            language: options.language,
        };
        let size = SIZE;
        let screen = Screen::Idle {
            line: Text::default(),
        };
        let shared = Arc::new(Shared {
            wanted: Mutex::default(),
            wake: Condvar::new(),
        });
        let theirs = Arc::clone(&shared);
        let handle = std::thread::Builder::new()
            .name("stage".into())
            .spawn(move || {
                let painter = Painter::new(voice, size.0, size.1);
                match Composer::new(painter, screen, size) {
                    Ok(composer) => Drawer::new(theirs, options, composer).run(),
                    Err(error) => tracing::error!(%error, "no stage"),
                }
            })
            .map_err(|_| StageError::Thread)?;
        let thread = Thread {
            shared: Arc::clone(&shared),
            handle: Some(handle),
        };
        Ok(Self {
            shared,
            _thread: Arc::new(thread),
        })
    }

    pub fn show(&self, screen: Screen) {
        self.shared.lock().screen = Some(screen);
        self.shared.wake.notify_all();
    }

    /// Whose tiles a call shows, in this order.
    pub fn set_roster(&self, entries: Vec<RosterEntry>) {
        self.shared.lock().roster = Some(entries);
        self.shared.wake.notify_all();
    }

    /// Who and what is large during a call.
    pub fn arrange(&self, arrangement: Arrangement) {
        self.shared.lock().arrangement = Some(arrangement);
        self.shared.wake.notify_all();
    }

    /// Marks who speaks and who is muted; those who are not named are neither.
    pub fn mark(&self, signs: BTreeMap<Identity, Signs>) {
        self.shared.lock().signs = Some(signs);
        self.shared.wake.notify_all();
    }

    /// Where pictures of this track go. Shown while `identity` is in the roster.
    #[must_use]
    pub fn slot(&self, identity: &Identity, source: Source) -> FrameSlot {
        let mut wanted = self.shared.lock();
        wanted.slots.retain(|_, slot| !slot.orphaned());
        let key = (identity.clone(), source);
        wanted.slots.entry(key).or_default().clone()
    }

    /// What the stage shows now, as PNG, with every text on it under the keyword `Description`,
    /// a line each. Blocks for some tens of milliseconds.
    ///
    /// # Errors
    /// When the picture cannot be drawn or encoded in time.
    pub fn picture(&self) -> Result<Vec<u8>, StageError> {
        let (sender, receiver) = channel();
        {
            let mut wanted = self.shared.lock();
            if wanted.requests.len() >= MAX_REQUESTS {
                return Err(StageError::Thread);
            }
            wanted.requests.push(sender);
        }
        self.shared.wake.notify_all();
        match receiver.recv_timeout(PATIENCE) {
            Ok(picture) => picture,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Err(StageError::Thread)
            }
        }
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

struct Drawer {
    shared: Arc<Shared>,
    options: StageOptions,
    composer: Composer,
    output: Option<Output>,
    tried: Option<Instant>,
    /// What was said last of an output that does not open.
    wrong: Option<String>,
    pushed: Option<Instant>,
    period: Duration,
}

/// What the thread does next.
struct Turn {
    slots: Slots,
    requests: Vec<Sender<Result<Vec<u8>, StageError>>>,
}

impl Drawer {
    fn new(shared: Arc<Shared>, options: StageOptions, composer: Composer) -> Self {
        let period = Duration::from_secs(1) / options.frames_per_second.clamp(1, 30);
        Self {
            shared,
            options,
            composer,
            output: None,
            tried: None,
            wrong: None,
            pushed: None,
            period,
        }
    }

    fn run(mut self) {
        let mut due = Instant::now();
        loop {
            self.open();
            let Some(turn) = self.turn(due) else {
                return;
            };
            due = (due + self.period).max(Instant::now());
            let drawn = self.draw(&turn.slots);
            for request in turn.requests {
                let picture = drawn.clone().and_then(|()| self.png());
                // Who asked may have given up.
                let _ = request.send(picture);
            }
            if let Err(error) = drawn {
                tracing::warn!(%error, "the stage cannot be drawn");
                self.output = None;
            }
        }
    }

    fn open(&mut self) {
        let wait = self.tried.is_some_and(|tried| tried.elapsed() < RETRY);
        if self.output.is_some() || wait || self.options.output == StageOutput::None {
            return;
        }
        self.tried = Some(Instant::now());
        self.pushed = None;
        match Output::open(&self.options.output, &self.composer.picture().info) {
            Ok(output) => {
                self.output = output;
                self.wrong = None;
            }
            Err(error) => self.note(&error),
        }
    }

    /// Says once what is wrong: it is tried again every few seconds, for as long as no display is
    /// plugged in.
    fn note(&mut self, error: &StageError) {
        let text = error.to_string();
        if self.wrong.as_ref() != Some(&text) {
            tracing::warn!(%error, "the stage has no output");
            self.wrong = Some(text);
        }
    }

    /// Waits for the next picture's time, when somebody looks, or for a request; `None` at
    /// the end.
    fn turn(&mut self, due: Instant) -> Option<Turn> {
        let shared = Arc::clone(&self.shared);
        let mut wanted = shared.lock();
        loop {
            if wanted.ended {
                return None;
            }
            let now = Instant::now();
            if !wanted.requests.is_empty() || (self.output.is_some() && now >= due) {
                break;
            }
            let wait = match &self.output {
                Some(_) => due.saturating_duration_since(now),
                None if self.options.output == StageOutput::None => PATIENCE,
                // An output that failed is tried again.
                None => RETRY,
            };
            let begun = Instant::now();
            let woken = shared.wake.wait_timeout(wanted, wait);
            wanted = woken.unwrap_or_else(PoisonError::into_inner).0;
            if self.output.is_none() && begun.elapsed() >= wait {
                drop(wanted);
                self.open();
                wanted = shared.lock();
            }
        }
        if let Some(screen) = wanted.screen.take() {
            self.composer.show(screen);
        }
        if let Some(roster) = wanted.roster.take() {
            self.composer.set_roster(roster);
        }
        if let Some(arrangement) = wanted.arrangement.take() {
            self.composer.arrange(arrangement);
        }
        if let Some(signs) = wanted.signs.take() {
            self.composer.mark(signs);
        }
        Some(Turn {
            slots: wanted.slots.clone(),
            requests: std::mem::take(&mut wanted.requests),
        })
    }

    fn draw(&mut self, slots: &Slots) -> Result<(), StageError> {
        let changed = self.composer.refresh(slots)?;
        let Some(output) = &self.output else {
            return Ok(());
        };
        let old = self.pushed.is_none_or(|pushed| pushed.elapsed() >= REPEAT);
        if changed || old {
            output.push(self.composer.picture().copy()?)?;
            self.pushed = Some(Instant::now());
        }
        Ok(())
    }

    fn png(&self) -> Result<Vec<u8>, StageError> {
        let picture = self.composer.picture();
        let (width, height) = (picture.info.width(), picture.info.height());
        let said = self.composer.said().join("\n");
        encode(&picture.rgb(), (width, height), said).map_err(|_| StageError::Png)
    }
}

/// The picture says in words too what stands on it: for those who cannot see it.
fn encode(
    rgb: &[u8],
    (width, height): (u32, u32),
    said: String,
) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.add_itxt_chunk(DESCRIPTION.to_owned(), said)?;
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(rgb)?;
    Ok(bytes)
}
