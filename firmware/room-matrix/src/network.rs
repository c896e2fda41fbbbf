//! A wait before the next try that a change of the network cuts short.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

/// The network's changes, as whoever watches it tells them: an address or a route came or went.
#[derive(Clone, Debug)]
pub struct Network(watch::Receiver<()>);

impl Network {
    #[must_use]
    pub const fn new(changes: watch::Receiver<()>) -> Self {
        Self(changes)
    }

    /// One that nobody watches: each wait takes its time.
    #[must_use]
    pub fn unwatched() -> Self {
        Self(watch::channel(()).1)
    }

    /// Forgets what has changed so far: what begins now sees it anyway.
    pub fn begin(&mut self) {
        self.0.mark_unchanged();
    }

    /// Waits as long as `pause`, or until the network has changed since [`Self::begin`]. Whether it
    /// has: then the next pause may be a short one again.
    pub async fn pause(&mut self, pause: Duration) -> bool {
        tokio::select! {
            () = sleep(pause) => false,
            Ok(()) = self.0.changed() => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const PAUSE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_change_of_the_network_cuts_the_pause_short() {
        let (changes, receiver) = watch::channel(());
        let mut network = Network::new(receiver);
        let begun = Instant::now();
        network.begin();
        changes.send_replace(());
        assert!(network.pause(PAUSE).await, "it changed during the try");
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_changed_before_the_try_does_not_count() {
        let (changes, receiver) = watch::channel(());
        let mut network = Network::new(receiver);
        changes.send_replace(());
        network.begin();
        let begun = Instant::now();
        assert!(!network.pause(PAUSE).await);
        assert_eq!(begun.elapsed(), PAUSE);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_watcher_a_pause_takes_its_time() {
        let begun = Instant::now();
        let mut network = Network::unwatched();
        network.begin();
        assert!(!network.pause(PAUSE).await);
        assert_eq!(begun.elapsed(), PAUSE);
    }
}
