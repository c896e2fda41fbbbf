//! Carries the room's standby to its display.

use std::time::Duration;

use board_api::{BoardError, DisplayPower};
use room_messages::api::Standby;
use tokio::sync::watch;

use super::answers::Answers;
use super::wait;
use crate::mind::Snapshot;

/// How often a display that could not be switched is tried again.
const AGAIN: Duration = Duration::from_secs(10);

/// Runs until the mind ends. Begins by lighting the display: this program may have ended while it
/// slept.
pub async fn run(mut power: Box<dyn DisplayPower>, mut snapshots: watch::Receiver<Snapshot>) {
    let mut answers = Answers::of("the display's power");
    let lit = |snapshot: &Snapshot| snapshot.status.standby != Standby::Standby;
    loop {
        let on = lit(&snapshots.borrow_and_update());
        let (given_back, switched) = switch(power, on).await;
        let Some(given_back) = given_back else {
            return;
        };
        power = given_back;
        answers.note(switched.err());
        let again = switched.is_err().then_some(AGAIN);
        if !wait(&mut snapshots, |snapshot| lit(snapshot) != on, again).await {
            return;
        }
    }
}

/// Takes up to two seconds, so not on a thread that others need.
async fn switch(
    mut power: Box<dyn DisplayPower>,
    on: bool,
) -> (Option<Box<dyn DisplayPower>>, Result<(), BoardError>) {
    let switched = tokio::task::spawn_blocking(move || {
        let result = power.set_on(on);
        (power, result)
    });
    match switched.await {
        Ok((power, result)) => (Some(power), result),
        Err(error) => {
            tracing::error!(%error, "the display's power is given up");
            (None, Err(BoardError::Failed))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_display_is_given_back_with_what_became_of_it() {
        let (board, controls) = board_sim::board();
        let power = board.display.unwrap();
        let (power, result) = switch(power, false).await;
        assert_eq!(result, Ok(()));
        assert!(!controls.display_is_on());
        let (_, result) = switch(power.unwrap(), true).await;
        assert!(result.is_ok() && controls.display_is_on());
    }
}
