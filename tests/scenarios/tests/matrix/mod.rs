//! A room's Matrix session for the tests beside: open it, wait for what it tells.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::Path;
use std::time::Duration;

use room_matrix::{
    KeyRecipients, Login, MatrixFact, Network, OpenError, RoomState, Session, SessionOptions,
};
use room_messages::Token;
use salle_stack::Account;
use tokio::sync::mpsc;

/// Generous: the machine may be full.
const LONG: Duration = Duration::from_secs(90);

pub struct Room {
    pub session: Session,
    pub facts: mpsc::Receiver<MatrixFact>,
}

pub fn options(account: &Account, state: &Path) -> SessionOptions {
    SessionOptions {
        homeserver: account.homeserver_url.parse().unwrap(),
        user: account.user_id.clone(),
        login: Login::Password(Token::new(account.password.clone())),
        state_dir: state.to_owned(),
        device_display_name: "Salle".into(),
        recovery_key: None,
        key_recipients: KeyRecipients::AllDevices,
        force_sync_v2: false,
        network: Network::unwatched(),
    }
}

pub async fn open(options: SessionOptions) -> Result<Room, OpenError> {
    let (session, facts) = Session::open(options).await?;
    Ok(Room { session, facts })
}

/// A session that is online.
pub async fn online(account: &Account, state: &Path) -> Room {
    let mut room = open(options(account, state)).await.unwrap();
    room.until("online", |fact| {
        matches!(fact, MatrixFact::Online).then_some(())
    })
    .await;
    room
}

impl Room {
    /// The first thing `pick` takes among the facts to come; others are passed over.
    pub async fn until<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(&MatrixFact) -> Option<T>,
    ) -> T {
        let search = async {
            loop {
                let fact = self.facts.recv().await.expect("the session goes on");
                if let Some(found) = pick(&fact) {
                    return found;
                }
            }
        };
        tokio::time::timeout(LONG, search)
            .await
            .unwrap_or_else(|_| panic!("no {what} came"))
    }

    /// The first state of `room` that is as wanted.
    pub async fn state(
        &mut self,
        what: &str,
        room: &str,
        wanted: impl Fn(&RoomState) -> bool,
    ) -> RoomState {
        self.until(what, |fact| match fact {
            MatrixFact::Room(state) if state.room == room && wanted(state) => {
                Some((**state).clone())
            }
            _ => None,
        })
        .await
    }

    /// Watches a room in which these users are.
    pub async fn watch(&mut self, room: &str, users: &[&str]) -> RoomState {
        self.session.watch([room.to_owned()]);
        self.state("room with its members", room, |state| {
            let joined = |user: &&str| state.joined.iter().any(|member| member.user == **user);
            users.iter().all(joined)
        })
        .await
    }

    /// Joins an encrypted room.
    pub async fn enter(&mut self, room: &str) {
        self.session.join_room(room, &[]).await.unwrap();
    }

    pub fn device(&self) -> (String, String) {
        let session = &self.session;
        (session.user().to_owned(), session.device().to_owned())
    }
}
