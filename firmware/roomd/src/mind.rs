//! The one task that owns the room's mind.
//!
//! In: [`Message`]s through a bounded queue. Out: orders to `mediad` and to the Matrix session,
//! the call, the presets and the day to remember, and a [`Snapshot`] by `watch` after everything that happened.
//! The room's day lives beside the mind ([`Agenda`]): what one decides, the other hears.
//! The watchdog is fed from here, so a mind that stands still is noticed.

mod agenda;
mod wake;

use std::sync::Arc;
use std::time::Duration;

use room_core::Moment;
use room_core::input::{Ask, BoardFact, Effect, Input};
use room_core::lens::Preset;
use room_core::matrix::MatrixOrder;
use room_core::problem::Issue;
use room_core::room::{Lamp, Room};
use room_core::visio::VisioOrder;
use room_meetings::day;
use room_messages::api::{Problem, Sensed, Statistics, Status};
use room_messages::{Order, TrackStatistics};
use tokio::sync::{mpsc, oneshot, watch};

pub use agenda::{Agenda, request};
pub use wake::Wake;

use crate::clock::Clock;
use crate::state::StateDirectory;

/// Longest queue of things that happened.
const QUEUE: usize = 1024;
/// How often the mind wakes when nothing happens, for the watchdog.
const IDLE: Duration = Duration::from_secs(5);

/// What everybody may see.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Number of the join order the status belongs to.
    pub attempt: u64,
    pub status: Arc<Status>,
    pub lamp: Lamp,
    /// Volume that is really played with; `None` while `mediad` is away.
    pub volume: Option<u8>,
    /// Whether the room's hand is up as everybody sees it.
    pub hand_seen: bool,
    /// Everything is released and the process may end.
    pub finished: bool,
}

enum Message {
    Happened(Input),
    Asked(Ask, oneshot::Sender<Result<Snapshot, Problem>>),
    Day(day::Fact),
    Sensed(Sensed),
    /// What the board's presence sensor sees; `None`: it cannot be read.
    Movement(Option<bool>),
    /// Somebody touched the panel.
    Touched,
    /// Somebody wakes the room, or sends it to sleep.
    Standby(bool, oneshot::Sender<Result<Snapshot, Problem>>),
    DayAsked(day::Ask, oneshot::Sender<Result<Snapshot, Problem>>),
    Named(Vec<TrackStatistics>, oneshot::Sender<Statistics>),
}

/// Way to the mind; cheap to clone.
#[derive(Clone, Debug)]
pub struct Mind {
    queue: mpsc::Sender<Message>,
    snapshot: watch::Receiver<Snapshot>,
}

impl Mind {
    /// Tells the mind; waits while the queue is full.
    pub async fn tell(&self, input: Input) {
        // The mind ends last; nobody is left to hear of it.
        let _ = self.queue.send(Message::Happened(input)).await;
    }

    /// Tells the mind from a thread.
    pub fn tell_blocking(&self, input: Input) {
        let _ = self.queue.blocking_send(Message::Happened(input));
    }

    /// Asks for something; the state right after it was begun.
    ///
    /// # Errors
    /// What stands against it, or a full queue.
    pub async fn ask(&self, ask: Ask) -> Result<Snapshot, Problem> {
        self.answer(|answer| Message::Asked(ask, answer)).await
    }

    /// Tells the room's day.
    pub async fn tell_day(&self, fact: day::Fact) {
        let _ = self.queue.send(Message::Day(fact)).await;
    }

    /// A sensor tells who is in the room.
    pub async fn sense(&self, sensed: Sensed) {
        let _ = self.queue.send(Message::Sensed(sensed)).await;
    }

    /// What the board's presence sensor sees, from a thread.
    pub fn see_blocking(&self, movement: Option<bool>) {
        let _ = self.queue.blocking_send(Message::Movement(movement));
    }

    /// Somebody touched the panel; from a thread.
    pub fn touched_blocking(&self) {
        let _ = self.queue.blocking_send(Message::Touched);
    }

    /// Wakes the room, or sends it to sleep; the state right after.
    ///
    /// # Errors
    /// During a call, or a full queue.
    pub async fn set_standby(&self, standby: bool) -> Result<Snapshot, Problem> {
        self.answer(|answer| Message::Standby(standby, answer))
            .await
    }

    /// Asks the room's day for something; the state right after it was begun.
    ///
    /// # Errors
    /// What stands against it, or a full queue.
    pub async fn ask_day(&self, ask: day::Ask) -> Result<Snapshot, Problem> {
        self.answer(|answer| Message::DayAsked(ask, answer)).await
    }

    async fn answer(
        &self,
        message: impl FnOnce(oneshot::Sender<Result<Snapshot, Problem>>) -> Message,
    ) -> Result<Snapshot, Problem> {
        let (answer, result) = oneshot::channel();
        let sent = self.queue.try_send(message(answer));
        sent.map_err(|_| Issue::Busy.problem())?;
        result.await.unwrap_or_else(|_| Err(Issue::Busy.problem()))
    }

    /// Puts names to figures.
    ///
    /// # Errors
    /// A full queue.
    pub async fn name(&self, tracks: Vec<TrackStatistics>) -> Result<Statistics, Problem> {
        let (answer, result) = oneshot::channel();
        let sent = self.queue.try_send(Message::Named(tracks, answer));
        sent.map_err(|_| Issue::Busy.problem())?;
        result.await.map_err(|_| Issue::Busy.problem())
    }

    pub fn snapshots(&self) -> watch::Receiver<Snapshot> {
        self.snapshot.clone()
    }

    pub fn status(&self) -> Arc<Status> {
        Arc::clone(&self.snapshot.borrow().status)
    }
}

/// Where orders go. None of the queues is bounded: an order must not wait, and what is ordered is
/// bounded by the mind's own wanted condition.
#[derive(Debug)]
pub struct Outlets {
    pub media: mpsc::UnboundedSender<Order>,
    pub matrix: mpsc::UnboundedSender<MatrixOrder>,
    pub visio: mpsc::UnboundedSender<VisioOrder>,
}

/// The task's own things.
struct Task {
    room: Room,
    agenda: Agenda,
    wake: Wake,
    clock: Clock,
    outlets: Outlets,
    /// `None` where it cannot be used: then there is no session, and so no call to remember.
    state: Option<StateDirectory>,
    /// A target that could not be written yet.
    unsaved: Option<Option<String>>,
    /// Presets that could not be written yet.
    unsaved_presets: Option<Vec<Preset>>,
    /// When the state directory is looked at again, since start.
    look_at: Duration,
    snapshot: watch::Sender<Snapshot>,
    finished: bool,
}

/// Starts the mind.
pub fn start(
    room: Room,
    agenda: Agenda,
    mut wake: Wake,
    clock: Clock,
    state: Option<StateDirectory>,
    outlets: Outlets,
) -> Mind {
    let (queue, messages) = mpsc::channel(QUEUE);
    let first = snapshot_of(&room, &agenda, &mut wake, clock.now(), false);
    let (snapshot, watching) = watch::channel(first);
    let task = Task {
        room,
        agenda,
        wake,
        clock,
        outlets,
        state,
        unsaved: None,
        unsaved_presets: None,
        look_at: Duration::ZERO,
        snapshot,
        finished: false,
    };
    tokio::spawn(task.run(messages));
    Mind {
        queue,
        snapshot: watching,
    }
}

fn snapshot_of(
    room: &Room,
    agenda: &Agenda,
    wake: &mut Wake,
    now: Moment,
    finished: bool,
) -> Snapshot {
    let mut status = Status {
        meetings: agenda.view(now),
        presence: agenda.presence(),
        ..room.status(now)
    };
    status.standby = wake.level(now, &status);
    Snapshot {
        attempt: room.attempt(),
        lamp: room.lamp(status.meetings.occupancy.busy),
        status: Arc::new(status),
        volume: room.volume_played(),
        hand_seen: room.hand_seen(),
        finished,
    }
}

/// Whether a hand did this. How a mute line stands at first is told, too.
fn is_by_hand(input: &Input, before: &Status) -> bool {
    match input {
        Input::Board(BoardFact::Pressed(_)) => true,
        Input::Board(BoardFact::MuteLine { asserted }) => {
            *asserted != before.microphone.hardware_muted
        }
        _ => false,
    }
}

impl Task {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        if let Some(target) = self.state.as_ref().and_then(StateDirectory::remembered) {
            tracing::info!("returning to the call of before");
            self.happened(Input::Remembered { target });
        }
        if let Some(presets) = self.state.as_ref().map(StateDirectory::presets) {
            self.happened(Input::Presets(presets));
        }
        loop {
            let now = self.clock.now();
            let idle = now.since_start.saturating_add(IDLE);
            let room = self.room.next_deadline(now).unwrap_or(idle);
            let wake = self.wake.next_deadline(now).unwrap_or(idle);
            let due = room.min(self.agenda.next_deadline(now)).min(wake).min(idle);
            let due = tokio::time::Instant::from_std(self.clock.instant(due));
            tokio::select! {
                message = messages.recv() => match message {
                    Some(message) => self.take(message),
                    None => return,
                },
                () = tokio::time::sleep_until(due) => self.happened(Input::Tick),
            }
            // No service manager, no watchdog: nothing to be done about it.
            let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Happened(input) => {
                if is_by_hand(&input, &self.snapshot.borrow().status) {
                    self.wake.touch(self.clock.now());
                }
                self.happened(input);
            }
            Message::Asked(ask, answer) => {
                self.wake.touch(self.clock.now());
                let checked = self.room.check(&ask);
                // A join that cannot be read is shown in status and on the stage as well.
                if checked.is_ok() || matches!(ask, Ask::Join { .. }) {
                    self.happened(Input::Ask(ask));
                }
                let snapshot = self.snapshot.borrow().clone();
                let _ = answer.send(checked.map(|()| snapshot));
            }
            Message::Day(fact) => {
                let asks = self.agenda.hear(self.clock.now(), fact);
                self.asked_by_day(asks);
                self.settle();
            }
            Message::Sensed(Sensed { somebody, seconds }) => {
                let lifetime = Duration::from_secs(seconds.into());
                let asks = self.agenda.sensed(self.clock.now(), somebody, lifetime);
                self.asked_by_day(asks);
                self.settle();
            }
            Message::Movement(movement) => {
                let asks = self.agenda.moved(self.clock.now(), movement);
                self.asked_by_day(asks);
                self.settle();
            }
            Message::Touched => {
                self.wake.touch(self.clock.now());
                self.settle();
            }
            Message::Standby(standby, answer) => {
                let result = self.set_standby(standby);
                let snapshot = self.snapshot.borrow().clone();
                let _ = answer.send(result.map(|()| snapshot));
            }
            Message::DayAsked(ask, answer) => {
                self.wake.touch(self.clock.now());
                let result = self.day_asked(ask);
                let snapshot = self.snapshot.borrow().clone();
                let _ = answer.send(result.map(|()| snapshot));
            }
            Message::Named(tracks, answer) => {
                let _ = answer.send(self.room.statistics(tracks));
            }
        }
    }

    fn set_standby(&mut self, standby: bool) -> Result<(), Problem> {
        let now = self.clock.now();
        if !standby {
            self.wake.touch(now);
        } else if self.snapshot.borrow().status.call.phase.is_call() {
            return Err(Issue::AwakeInCall.problem());
        } else {
            self.wake.sleep(now);
        }
        self.settle();
        Ok(())
    }

    fn happened(&mut self, input: Input) {
        if matches!(input, Input::Tick) {
            let asks = self.agenda.tick(self.clock.now());
            self.asked_by_day(asks);
        }
        self.handle(input);
        self.settle();
    }

    fn handle(&mut self, input: Input) {
        let effects = self.room.handle(self.clock.now(), input);
        for effect in effects {
            self.carry_out(effect);
        }
    }

    /// Does what people ask of the day; the call may stand against it as well.
    fn day_asked(&mut self, ask: day::Ask) -> Result<(), Problem> {
        let asks = self.agenda.ask(self.clock.now(), ask)?;
        let checked = asks.iter().try_for_each(|ask| self.room.check(ask));
        self.asked_by_day(asks);
        self.settle();
        checked
    }

    fn asked_by_day(&mut self, asks: Vec<Ask>) {
        for ask in asks {
            self.handle(Input::Ask(ask));
        }
    }

    /// After whatever happened: the day hears of the call and the mind of the day, until neither
    /// has news; then all of it is written and shown.
    fn settle(&mut self) {
        loop {
            self.save();
            let now = self.clock.now();
            let (room, agenda) = (&self.room, &self.agenda);
            let new = snapshot_of(room, agenda, &mut self.wake, now, self.finished);
            if let Some(target) = self.agenda.lit_anew(&new.status.meetings) {
                self.handle(Input::Meeting { target });
            }
            if let Some(hushed) = self.wake.hushed_anew(now, &new.status) {
                self.handle(Input::Hush(hushed));
            }
            match self.agenda.call_is(now, &new.status.call) {
                Some(asks) => self.asked_by_day(asks),
                None => return self.show(new),
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            // A closed queue means that the shell has ended, which ends the process.
            Effect::Media(order) => drop(self.outlets.media.send(order)),
            Effect::Matrix(order) => drop(self.outlets.matrix.send(order)),
            Effect::Visio(order) => drop(self.outlets.visio.send(order)),
            Effect::Remember(target) => self.unsaved = Some(target),
            Effect::KeepPresets(presets) => self.unsaved_presets = Some(presets),
            Effect::Finished => self.finished = true,
        }
    }

    /// Writes what is to be remembered; a full disk is shown, and tried and looked at again.
    fn save(&mut self) {
        let Some(state) = &self.state else {
            return;
        };
        let now = self.clock.now().since_start;
        let day = self.agenda.unsaved();
        let new = self.unsaved.is_some() || self.unsaved_presets.is_some() || day.is_some();
        if !new && now < self.look_at {
            return;
        }
        self.look_at = now.saturating_add(IDLE);
        let written = match &self.unsaved {
            Some(target) => state.remember(target.as_deref()),
            None => Ok(()),
        };
        if written.is_ok() {
            self.unsaved = None;
        }
        let kept = day.map_or(Ok(()), |day| state.keep_day(&day));
        if kept.is_err() {
            self.agenda.save_again();
        }
        let presets = self.unsaved_presets.as_deref();
        let presets = presets.map_or(Ok(()), |presets| state.keep_presets(presets));
        if presets.is_ok() {
            self.unsaved_presets = None;
        }
        let fault = written
            .and(kept)
            .and(presets)
            .and_then(|()| state.check())
            .err();
        let effects = self.room.handle(self.clock.now(), Input::StateFault(fault));
        // A fault asks for nothing to be remembered, so this ends here.
        for effect in effects {
            self.carry_out(effect);
        }
    }

    /// Whoever helps finds the moment in the log by the reference they are told.
    fn log_help(&self, new: &Status) {
        let reference = |status: &Status| status.help.as_ref().map(|help| help.reference.clone());
        match (reference(&self.snapshot.borrow().status), reference(new)) {
            (old, new) if old == new => {}
            (_, Some(reference)) => tracing::warn!(reference, "help is wanted in the room"),
            (Some(reference), None) => tracing::info!(reference, "help is not wanted any more"),
            (None, None) => {}
        }
    }

    fn show(&mut self, new: Snapshot) {
        let before = self.snapshot.borrow().status.call.phase;
        let phase = new.status.call.phase;
        if before != phase {
            tracing::info!(
                ?phase,
                code = new.status.call.problem.as_ref().map(|p| &*p.code),
                "call"
            );
        }
        self.log_help(&new.status);
        self.snapshot.send_if_modified(|old| {
            let changed = *old != new;
            *old = new;
            changed
        });
    }
}
