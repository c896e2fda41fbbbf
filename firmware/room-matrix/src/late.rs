//! Keys whose sender's device is not known yet.
//!
//! With lazily loaded members a key may come before the device it was sent by was ever asked
//! for. The homeserver is asked for that user's devices, and the key is passed on once one of
//! them has the identity keys of the Olm session; else it is dropped.
//!
//! Invariant: bounded in number, in total and for each user, and in time; a key is passed on
//! with a device only when both of the device's keys fit (Matrix specification, `m.olm.v1`).

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use matrix_sdk::ruma::UserId;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::RequestError;
use crate::crypto::Crypto;
use crate::fact::{MatrixFact, ReceivedKey};

/// Most keys that wait for their device.
pub const MOST: usize = 64;
/// Most of them from one user: nobody can crowd out the others.
const MOST_OF_ONE: usize = 8;
/// How often the homeserver is asked; the user's own server may be slow to tell ours.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_secs(2);
/// Longest wait a homeserver can ask for: a key that late is of no use.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A key and the identity keys of the Olm session that carried it.
#[derive(Debug)]
pub struct Late {
    pub key: ReceivedKey,
    pub curve25519: String,
    /// As the sender claims inside the encrypted message.
    pub ed25519: String,
}

/// Finds devices for the keys that come, until the session ends.
pub async fn run(crypto: Arc<Crypto>, late: mpsc::Receiver<Late>, facts: mpsc::Sender<MatrixFact>) {
    let find = |user: String, curve25519: String, ed25519: String| {
        let crypto = Arc::clone(&crypto);
        async move {
            let Ok(user) = UserId::parse(&user) else {
                return Ok(None);
            };
            let found = crypto.find_device(&user, &curve25519, &ed25519).await?;
            Ok(found.map(|device| device.to_string()))
        }
    };
    deliver(find, late, facts, PAUSE).await;
}

async fn deliver<F>(
    find: impl Fn(String, String, String) -> F,
    mut late: mpsc::Receiver<Late>,
    facts: mpsc::Sender<MatrixFact>,
    pause: Duration,
) where
    F: Future<Output = Result<Option<String>, RequestError>>,
{
    let mut waiting: BTreeMap<String, usize> = BTreeMap::new();
    let mut searches = FuturesUnordered::new();
    loop {
        tokio::select! {
            came = late.recv() => {
                let Some(late) = came else { return };
                let of_one = waiting.get(&late.key.sender).copied().unwrap_or_default();
                if of_one >= MOST_OF_ONE || searches.len() >= MOST {
                    tracing::warn!("a call key of an unknown device was dropped: too many wait");
                    continue;
                }
                waiting.insert(late.key.sender.clone(), of_one + 1);
                searches.push(search(&find, late, pause));
            }
            Some((user, key)) = searches.next() => {
                if let Some(of_one) = waiting.get_mut(&user) {
                    *of_one = of_one.saturating_sub(1);
                }
                waiting.retain(|_, of_one| *of_one > 0);
                match key {
                    Some(key) => {
                        if facts.send(MatrixFact::Key(key)).await.is_err() {
                            return;
                        }
                    }
                    None => tracing::warn!("a call key of an unknown device was dropped"),
                }
            }
        }
    }
}

/// The user, and the key with its device when one was found.
async fn search<F>(
    find: &impl Fn(String, String, String) -> F,
    late: Late,
    pause: Duration,
) -> (String, Option<ReceivedKey>)
where
    F: Future<Output = Result<Option<String>, RequestError>>,
{
    let Late {
        mut key,
        curve25519,
        ed25519,
    } = late;
    let user = key.sender.clone();
    for left in (0..TRIES).rev() {
        let mut asked = Duration::ZERO;
        match find(user.clone(), curve25519.clone(), ed25519.clone()).await {
            Ok(Some(device)) => {
                key.sender_device = Some(device);
                return (user, Some(key));
            }
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(class = %error, "a sender's devices were not told");
                if let RequestError::RateLimited { retry_after } = error {
                    asked = retry_after.unwrap_or_default().min(LONGEST_PAUSE);
                }
            }
        }
        if left > 0 {
            sleep(pause.max(asked)).await;
        }
    }
    (user, None)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::*;

    fn late(user: &str, index: usize) -> Late {
        Late {
            key: ReceivedKey {
                sender: user.into(),
                sender_device: None,
                content: json!({"keys": {"index": index}}),
                received_ms: 0,
            },
            curve25519: "c".into(),
            ed25519: "e".into(),
        }
    }

    async fn next(facts: &mut mpsc::Receiver<MatrixFact>) -> ReceivedKey {
        match facts.recv().await {
            Some(MatrixFact::Key(key)) => key,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_key_is_delivered_with_its_device_once_that_is_known_and_dropped_when_it_never_is() {
        let (sender, receiver) = mpsc::channel(MOST);
        let (facts, mut told) = mpsc::channel(MOST);
        let tries = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&tries);
        let find = move |user: String, _, _| {
            let before = counted.fetch_add(1, Ordering::Relaxed);
            async move {
                match (user.as_str(), before) {
                    ("@slow:h", 2..) => Ok(Some("D".to_owned())),
                    ("@slow:h", 1) => Err(RequestError::Unreadable),
                    _ => Ok(None),
                }
            }
        };
        let task = tokio::spawn(deliver(find, receiver, facts, Duration::ZERO));
        sender.send(late("@slow:h", 0)).await.unwrap();
        let key = next(&mut told).await;
        assert_eq!(key.sender_device.as_deref(), Some("D"));
        let before = tries.load(Ordering::Relaxed);
        sender.send(late("@never:h", 0)).await.unwrap();
        // One after it is told, so it is through or forgotten with the session.
        sender.send(late("@slow:h", 1)).await.unwrap();
        assert_eq!(next(&mut told).await.sender, "@slow:h");
        drop(sender);
        task.await.unwrap();
        assert!(told.recv().await.is_none());
        assert!(tries.load(Ordering::Relaxed) <= before + 2 * TRIES as usize);
    }

    #[tokio::test]
    async fn one_user_with_many_unknown_devices_does_not_keep_out_another() {
        let (sender, receiver) = mpsc::channel(MOST);
        let (facts, mut told) = mpsc::channel(MOST);
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let find = move |user: String, _, _| {
            let counted = Arc::clone(&counted);
            async move {
                if user == "@good:h" {
                    return Ok(Some("D".to_owned()));
                }
                counted.fetch_add(1, Ordering::Relaxed);
                std::future::pending().await
            }
        };
        tokio::spawn(deliver(find, receiver, facts, Duration::ZERO));
        for index in 0..3 * MOST {
            sender.send(late("@flood:h", index)).await.unwrap();
        }
        sender.send(late("@good:h", 0)).await.unwrap();
        assert_eq!(next(&mut told).await.sender, "@good:h");
        assert!(asked.load(Ordering::Relaxed) <= MOST_OF_ONE);
    }
}
