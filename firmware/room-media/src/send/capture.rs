//! The thread that owns one capture device: it carries out what [`Control`] decides.
//!
//! Inputs: [`Input`]s and commands for the device, through one channel. Outputs: device states
//! through a callback, frames through the device's own outlet. Ends when its handle is dropped;
//! the device is closed then.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use room_messages::DeviceState;
use tokio::sync::watch;

use super::control::{Control, Input, Order};

/// How often time goes by for [`Control`].
const TICK: Duration = Duration::from_millis(250);

/// One device, as the thread drives it.
pub(super) trait Rig: Send + 'static {
    type Command: Send;
    /// Opens the device. `broke` is called when it fails later.
    fn open(&mut self, broke: Broke) -> Result<(), OpenError>;
    /// Releases the device completely.
    fn close(&mut self);
    /// Frames since the process began.
    fn frames(&self) -> u64;
    fn command(&mut self, now: Duration, command: Self::Command);
    /// Called every 250 ms.
    fn tick(&mut self, now: Duration);
}

pub(super) type Broke = Box<dyn Fn() + Send + Sync>;

/// A device does not open.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {detail}")]
pub(super) struct OpenError {
    pub what: &'static str,
    pub detail: String,
}

impl OpenError {
    pub fn new(what: &'static str, detail: impl ToString) -> Self {
        Self {
            what,
            detail: detail.to_string(),
        }
    }
}

enum Message<C> {
    Input(Input),
    /// The device of that opening failed.
    Broke {
        opening: u64,
    },
    Command(C),
    Stop,
}

/// Handle of the thread.
pub(super) struct Capture<C> {
    inbox: mpsc::Sender<Message<C>>,
    ended: watch::Receiver<bool>,
}

impl<C: Send + 'static> Capture<C> {
    /// `report` is called on the thread whenever the state of the device changes, and once at
    /// the start.
    pub fn start<R: Rig<Command = C>>(
        name: &str,
        absent: bool,
        rig: R,
        report: impl Fn(DeviceState) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (inbox, messages) = mpsc::channel();
        let (end, ended) = watch::channel(false);
        let driver = Driver {
            name: name.to_owned(),
            rig,
            control: Control::new(absent),
            report: Box::new(report),
            reported: None,
            opening: 0,
            begun: Instant::now(),
            inbox: inbox.clone(),
        };
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                driver.run(&messages);
                let _ = end.send(true);
            })?;
        Ok(Self { inbox, ended })
    }

    pub fn input(&self, input: Input) {
        let _ = self.inbox.send(Message::Input(input));
    }

    pub fn command(&self, command: C) {
        let _ = self.inbox.send(Message::Command(command));
    }

    /// Ends the thread and waits until the device is released.
    pub async fn close(self) {
        let mut ended = self.ended.clone();
        drop(self);
        let _ = ended.wait_for(|ended| *ended).await;
    }
}

impl<C> Drop for Capture<C> {
    fn drop(&mut self) {
        let _ = self.inbox.send(Message::Stop);
    }
}

struct Driver<R: Rig> {
    name: String,
    rig: R,
    control: Control,
    report: Box<dyn Fn(DeviceState) + Send>,
    reported: Option<DeviceState>,
    /// Counts openings, so that a late error of an earlier one is not taken for this one's.
    opening: u64,
    begun: Instant,
    inbox: mpsc::Sender<Message<R::Command>>,
}

impl<R: Rig> Driver<R> {
    fn run(mut self, messages: &mpsc::Receiver<Message<R::Command>>) {
        let mut next_tick = Instant::now() + TICK;
        loop {
            self.tell();
            let pause = next_tick.saturating_duration_since(Instant::now());
            match messages.recv_timeout(pause) {
                Ok(Message::Input(input)) => self.handle(input),
                Ok(Message::Broke { opening }) if opening == self.opening => {
                    self.handle(Input::Broke);
                }
                Ok(Message::Broke { .. }) => {}
                Ok(Message::Command(command)) => self.rig.command(self.begun.elapsed(), command),
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    next_tick = Instant::now() + TICK;
                    let frames = self.rig.frames();
                    self.handle(Input::Tick { frames });
                    self.rig.tick(self.begun.elapsed());
                }
                Ok(Message::Stop) | Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        self.rig.close();
    }

    fn handle(&mut self, input: Input) {
        let mut input = Some(input);
        while let Some(next) = input.take() {
            match self.control.handle(self.begun.elapsed(), next) {
                Some(Order::Open) => input = Some(Input::Opened(self.open())),
                Some(Order::Close) => self.rig.close(),
                None => {}
            }
        }
    }

    fn open(&mut self) -> bool {
        self.opening += 1;
        let (inbox, opening) = (self.inbox.clone(), self.opening);
        let broke = Box::new(move || {
            let _ = inbox.send(Message::Broke { opening });
        });
        match self.rig.open(broke) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(device = self.name, %error, "device does not open");
                false
            }
        }
    }

    fn tell(&mut self) {
        let state = self.control.state();
        if self.reported != Some(state) {
            self.reported = Some(state);
            tracing::info!(device = self.name, ?state, "device");
            (self.report)(state);
        }
    }
}
