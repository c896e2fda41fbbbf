//! Questions to the homeserver's directory, and who waits for their answers.

use std::time::Duration;

use room_core::call::people::clean_name;
use room_core::problem::Issue;
use room_matrix::{Found, Session};
use room_messages::api::Problem;
use room_messages::api::directory::{Directory as Answer, Entry, EntryKind};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Questions that wait at a time.
const MOST: usize = 8;
const LIMIT: Duration = Duration::from_secs(10);

/// One search.
#[derive(Debug)]
pub struct Search {
    text: String,
    answer: oneshot::Sender<Option<Vec<Found>>>,
}

/// Asks; cheap to clone.
#[derive(Clone, Debug)]
pub struct Directory {
    questions: mpsc::Sender<Search>,
    /// For problems.
    homeserver: String,
}

/// What asks, and what is asked.
pub fn directory(homeserver: String) -> (Directory, mpsc::Receiver<Search>) {
    let (questions, searches) = mpsc::channel(MOST);
    let directory = Directory {
        questions,
        homeserver,
    };
    (directory, searches)
}

impl Directory {
    /// People and public rooms that fit `text`.
    ///
    /// # Errors
    /// When too many ask, or the homeserver does not answer within ten seconds.
    pub async fn search(&self, text: String) -> Result<Answer, Problem> {
        let (answer, found) = oneshot::channel();
        let sent = self.questions.try_send(Search { text, answer });
        sent.map_err(|_| Issue::Busy.problem())?;
        match timeout(LIMIT, found).await {
            Ok(Ok(Some(found))) => Ok(Answer {
                entries: found.into_iter().map(entry).collect(),
            }),
            _ => Err(Issue::HomeserverUnreachable.about(&self.homeserver)),
        }
    }
}

fn entry(found: Found) -> Entry {
    Entry {
        name: clean_name(found.name.as_deref(), &found.id),
        target: found.id,
        kind: if found.is_room {
            EntryKind::Room
        } else {
            EntryKind::Person
        },
    }
}

/// Carries one search out in a task of its own.
pub(super) fn carry_out(session: &Session, search: Search) {
    let session = session.clone();
    tokio::spawn(async move {
        let found = session.search(&search.text).await;
        if let Err(error) = &found {
            tracing::warn!(%error, "the directory does not answer");
        }
        // Who asked may have given up.
        let _ = search.answer.send(found.ok());
    });
}
