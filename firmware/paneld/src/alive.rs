//! Signs of life to systemd, from the loop that draws: when it hangs, they stop.

use std::time::Duration;

use sd_notify::NotifyState;
use slint::{Timer, TimerMode};

/// Says `READY=1` when the loop turns for the first time, and feeds the watchdog from then on.
/// The timer has to be kept.
pub fn start() -> Option<Timer> {
    Timer::single_shot(Duration::ZERO, || tell(NotifyState::Ready));
    let limit = watchdog()?;
    let timer = Timer::default();
    timer.start(TimerMode::Repeated, limit / 3, || {
        tell(NotifyState::Watchdog)
    });
    Some(timer)
}

/// Without systemd there is nobody to tell.
fn tell(state: NotifyState<'_>) {
    let _ = sd_notify::notify(&[state]);
}

/// `WATCHDOG_USEC`, as systemd sets it.
fn watchdog() -> Option<Duration> {
    let microseconds = std::env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    Some(Duration::from_micros(microseconds)).filter(|limit| !limit.is_zero())
}
