//! A stack, a Matrix room, a room in it, and people to meet.

use std::sync::Arc;

use salle_peers::{PeerOptions, Tone};
use salle_stack::{Account, Options, RoomOptions as MatrixRoom, Site, Stack};

use crate::{Result, Room, RoomOptions};

/// What kind of scene. The default is one site, an encrypted room, and alice and bob.
#[derive(Clone, Debug)]
pub struct SceneOptions {
    pub stack: Options,
    pub encrypted: bool,
    /// People besides the room, by name.
    pub people: Vec<&'static str>,
    /// The people are on the second site, when there is one; the room is on the first.
    pub people_elsewhere: bool,
}

impl Default for SceneOptions {
    fn default() -> Self {
        Self {
            stack: Options::default(),
            encrypted: true,
            people: vec!["alice", "bob"],
            people_elsewhere: false,
        }
    }
}

/// Everything for a call except that somebody joins it.
#[derive(Debug)]
pub struct Scene {
    pub stack: Stack,
    /// The account of the room.
    pub account: Account,
    pub people: Vec<Account>,
    /// The Matrix room where the call is; all are joined.
    pub room_id: String,
}

const PASSWORD: &str = "a password of the tests";

impl Scene {
    /// Starts the stack, makes accounts and the Matrix room, and lets everybody join it.
    ///
    /// # Errors
    /// Those of the stack.
    pub async fn start(options: SceneOptions) -> Result<Self> {
        let stack = Stack::start(options.stack).await?;
        let home = stack.site(usize::from(options.people_elsewhere));
        let account = stack.site(0).register("ampere", PASSWORD).await?;
        let mut people = Vec::new();
        for name in options.people {
            people.push(home.register(name, PASSWORD).await?);
        }
        let owner = people.first().unwrap_or(&account);
        let everybody = people.iter().chain([&account]);
        let guests: Vec<&Account> = everybody
            .filter(|guest| guest.user_id != owner.user_id)
            .collect();
        let room_id = owner
            .create_room(MatrixRoom {
                encrypted: options.encrypted,
                name: Some("Meeting".into()),
                invite: guests.iter().map(|guest| guest.user_id.clone()).collect(),
                ..MatrixRoom::default()
            })
            .await?;
        for guest in guests {
            guest.join_via(&room_id, &[home.server_name()]).await?;
        }
        Ok(Self {
            stack,
            account,
            people,
            room_id,
        })
    }

    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        self.stack.site(0)
    }

    /// Settings for the room, to change before [`Room::start`].
    #[must_use]
    pub fn room_options(&self) -> RoomOptions {
        RoomOptions::new(&self.account)
    }

    /// The room, started and waiting.
    ///
    /// # Errors
    /// Those of [`Room::start`].
    pub async fn room(&self) -> Result<Room> {
        Room::start(self.room_options()).await
    }

    /// Options of a peer for the person with this number, whose tone is `hz`.
    #[must_use]
    pub fn peer_options(&self, person: usize, hz: u32) -> PeerOptions {
        let account = self.people.get(person).unwrap_or(&self.account);
        let mut options = PeerOptions::new(
            &account.homeserver_url,
            &account.user_id,
            &account.password,
            &self.room_id,
        );
        options.microphone = Some(Tone { hz });
        options
    }
}
