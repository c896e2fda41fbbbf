//! Carries the signals to the lamps.

use board_api::{BoardError, Lamp, Percent, StatusLight};
use tokio::sync::watch;

use super::answers::Answers;
use super::signals::{Signals, signals};
use super::{WAIT, wait};
use crate::mind::Snapshot;

/// Lamps the board has.
pub struct Lamps {
    pub light: Option<Box<dyn StatusLight>>,
    pub call: Option<Box<dyn Lamp>>,
    pub mute: Option<Box<dyn Lamp>>,
}

/// Runs until the mind ends.
pub async fn run(mut lamps: Lamps, mut snapshots: watch::Receiver<Snapshot>) {
    let mut answers = Answers::of("a lamp");
    let of = |snapshot: &Snapshot| signals(snapshot.lamp, &snapshot.status);
    loop {
        let wanted = of(&snapshots.borrow_and_update());
        // At most 50 ms each, by the traits' own promise.
        let shown = lamps.show(wanted);
        answers.note(shown.err());
        // A lamp that was away shows the room's state when it is back.
        let again = shown.is_err().then_some(WAIT);
        if !wait(&mut snapshots, |snapshot| of(snapshot) != wanted, again).await {
            return;
        }
    }
}

impl Lamps {
    /// Every lamp is set, whatever the one before says; the first error counts.
    fn show(&mut self, wanted: Signals) -> Result<(), BoardError> {
        let (colour, pattern) = wanted.light;
        let set = |lamp: &mut Option<Box<dyn Lamp>>, pattern| {
            lamp.as_mut().map_or(Ok(()), |lamp| lamp.set(pattern))
        };
        let light = self
            .light
            .as_mut()
            .map_or(Ok(()), |light| light.set(colour, pattern, Percent::FULL));
        let (call, mute) = (
            set(&mut self.call, wanted.call),
            set(&mut self.mute, wanted.mute),
        );
        light.and(call).and(mute)
    }
}
