//! Buttons and the mute line.

use std::time::{Duration, Instant};

use super::{Bench, Checked, LIMIT, Plug, same, until};
use crate::{Button, MuteLine};

const SHORT: Duration = Duration::from_millis(50);

fn mute_line(bench: &mut Bench) -> Result<&mut Box<dyn MuteLine>, String> {
    bench.board.mute_line.as_mut().ok_or("no mute line".into())
}

/// # Errors
/// What is wrong.
pub fn a_press_is_told_once_and_in_order(mut bench: Bench) -> Checked {
    let order: Vec<_> = Button::ALL.into_iter().chain([Button::Join]).collect();
    for button in order.iter().copied() {
        bench.hand.press(button);
    }
    for (place, button) in order.into_iter().enumerate() {
        let told = bench.board.buttons.next(LIMIT);
        same(&format!("press {place}"), told, Ok(Some(button)))?;
    }
    let told = bench.board.buttons.next(SHORT);
    same("after the last press", told, Ok(None))
}

/// # Errors
/// What is wrong.
pub fn a_quiet_board_returns_after_the_wait(mut bench: Bench) -> Checked {
    let begun = Instant::now();
    same("buttons", bench.board.buttons.next(SHORT), Ok(None))?;
    let change = mute_line(&mut bench)?.next_change(SHORT);
    same("mute line", change, Ok(None))?;
    if begun.elapsed() < 2 * SHORT || begun.elapsed() > LIMIT {
        return Err(format!("returned after {:?}", begun.elapsed()));
    }
    Ok(())
}

/// # Errors
/// What is wrong.
pub fn the_mute_line_is_told_as_it_changes(mut bench: Bench) -> Checked {
    same("at first", mute_line(&mut bench)?.is_asserted(), Ok(false))?;
    for asserted in [true, false, true] {
        bench.hand.set_mute_line(asserted);
        let line = mute_line(&mut bench)?;
        same("change", line.next_change(LIMIT), Ok(Some(asserted)))?;
        same("level", line.is_asserted(), Ok(asserted))?;
    }
    same("once", mute_line(&mut bench)?.next_change(SHORT), Ok(None))
}

/// # Errors
/// What is wrong.
pub fn movement_is_told_as_it_changes(mut bench: Bench) -> Checked {
    let none = "no presence sensor";
    let sensor = bench.board.presence.as_mut().ok_or(none)?;
    same("at first", sensor.sees_movement(), Ok(false))?;
    for movement in [true, false, true] {
        bench.hand.set_movement(movement);
        let sensor = bench.board.presence.as_mut().ok_or(none)?;
        same("change", sensor.next_change(LIMIT), Ok(Some(movement)))?;
        same("level", sensor.sees_movement(), Ok(movement))?;
    }
    let sensor = bench.board.presence.as_mut().ok_or(none)?;
    same("once", sensor.next_change(SHORT), Ok(None))
}

/// # Errors
/// What is wrong.
pub fn lines_that_went_away_are_errors_and_come_back(mut bench: Bench) -> Checked {
    same("at first", mute_line(&mut bench)?.is_asserted(), Ok(false))?;
    bench.hand.plug(Plug::Lines, false);
    until("an unreadable line is an error", || {
        Ok(mute_line(&mut bench)?.is_asserted().is_err())
    })?;
    let change = mute_line(&mut bench)?.next_change(SHORT);
    if !matches!(change, Err(_) | Ok(Some(true))) {
        return Err(format!("gone, and told as {change:?}"));
    }
    bench.hand.plug(Plug::Lines, true);
    until("the line is read again", || {
        Ok(mute_line(&mut bench)?.is_asserted() == Ok(false))
    })?;
    until("buttons are read again", || {
        Ok(bench.board.buttons.next(SHORT).is_ok())
    })?;
    bench.hand.press(Button::HangUp);
    same(
        "press",
        bench.board.buttons.next(LIMIT),
        Ok(Some(Button::HangUp)),
    )
}
