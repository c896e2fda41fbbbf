//! Carries a sync through, whatever else happens.
//!
//! Invariant: the sync is polled by a task of its own, never beside other uses of the session in
//! one task. matrix-sdk holds locks across its requests: a suspended sync whose task asks for a
//! room's members would wait for itself.
//! Deliberately absent: what the answers mean; everything is read from the store afterwards.

use std::future::Future;
use std::time::Duration;

use futures_util::StreamExt;
use matrix_sdk::config::SyncSettings;
use matrix_sdk::ruma::api::error::ErrorKind;
use matrix_sdk::{Client, SlidingSync};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::{RequestError, crypto};

/// A sync under way; it ends when this is dropped.
pub struct Driver {
    answers: watch::Receiver<()>,
    task: JoinSet<matrix_sdk::Result<()>>,
}

impl Driver {
    pub fn sliding(sync: SlidingSync) -> Self {
        Self::start(|answered| async move {
            let stream = sync.sync();
            tokio::pin!(stream);
            while let Some(answer) = stream.next().await {
                answer?;
                answered.send_replace(());
            }
            Ok(())
        })
    }

    /// Sync v2; the first answer comes at once, later ones are held back for `poll` at most.
    pub fn v2(client: Client, poll: Duration) -> Self {
        Self::start(|answered| async move {
            let mut wait = Duration::ZERO;
            loop {
                let settings = SyncSettings::new().timeout(wait);
                client.sync_once(settings).await?;
                answered.send_replace(());
                wait = poll;
            }
        })
    }

    fn start<F>(sync: impl FnOnce(watch::Sender<()>) -> F) -> Self
    where
        F: Future<Output = matrix_sdk::Result<()>> + Send + 'static,
    {
        let (answered, answers) = watch::channel(());
        let mut task = JoinSet::new();
        task.spawn(sync(answered));
        Self { answers, task }
    }

    /// Waits for the next answer; several meanwhile count as one. False when the sync has ended.
    /// May be cancelled.
    pub async fn answer(&mut self) -> bool {
        self.answers.changed().await.is_ok()
    }

    /// Why the sync has ended; no error when it is only to be begun again.
    pub async fn end(mut self) -> Result<(), RequestError> {
        match self.task.join_next().await {
            Some(Ok(Err(error)))
                if error.client_api_error_kind() == Some(&ErrorKind::UnknownPos) =>
            {
                Ok(())
            }
            Some(Ok(result)) => result.map_err(crypto::sdk),
            Some(Err(panicked)) => Err(crypto::crypto(panicked)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn the_sync_goes_on_while_nobody_waits_for_its_answers() {
        let (done, ended) = oneshot::channel();
        let mut driver = Driver::start(|answered| async move {
            for _ in 0..100 {
                answered.send_replace(());
                tokio::task::yield_now().await;
            }
            let _ = done.send(());
            Ok(())
        });
        // Nothing is taken until the sync is through: a task that polled both would hang here.
        ended.await.unwrap();
        assert!(driver.answer().await);
        assert!(!driver.answer().await);
        driver.end().await.unwrap();
    }

    #[tokio::test]
    async fn a_dropped_driver_ends_its_sync() {
        let (held, dropped) = oneshot::channel::<()>();
        let driver = Driver::start(|_answered| async move {
            let _held = held;
            std::future::pending().await
        });
        drop(driver);
        dropped.await.unwrap_err();
    }
}
