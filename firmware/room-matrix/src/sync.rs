//! The endless sync, and the facts that come of it.
//!
//! Inputs: the homeserver, the set of watched rooms, the sticky events' own connection.
//! Output: [`MatrixFact`]s, in the order they happened. One task tells, another carries the sync
//! through (see `driver`); both end when the session is dropped, when nobody takes the facts, or
//! when the homeserver has forgotten the session.
//!
//! Sliding sync where the server has it; else sync v2 in a loop of our own, because matrix-sdk's
//! loop pauses up to a second between two syncs and a call's key would wait for that.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use matrix_sdk::ruma::api::client::sync::sync_events::v5::request::{
    E2EE, RoomSubscription, ToDevice,
};
use matrix_sdk::ruma::events::AnySyncTimelineEvent;
use matrix_sdk::ruma::serde::Raw;
use matrix_sdk::ruma::{OwnedRoomId, RoomId, UInt};
use matrix_sdk::sliding_sync::Version;
use matrix_sdk::sync::RoomUpdates;
use matrix_sdk::{Client, RoomState, SlidingSync, SlidingSyncList, SlidingSyncMode};
use serde_json::Value;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::driver::Driver;
use crate::fact::{MatrixFact, RoomState as State, TimelineEvent};
use crate::http::{Api, Call};
use crate::identity::{self, Means};
use crate::known::{self, KnownRoom};
use crate::room::{json, read, required_state, text};
use crate::sticky::{Sticky, wait};
use crate::{Network, RequestError, crypto};

/// How long the homeserver may hold an empty answer back. Short, because silence is all a dead
/// network says.
const POLL: Duration = Duration::from_secs(10);
/// How late an answer may be before the homeserver counts as gone.
const LATE: Duration = Duration::from_secs(5);
/// Rooms in one page of the room list; a meeting room is in few.
const PAGE: u32 = 100;
/// Events of the past asked for per room: enough to bridge a second of a busy call.
const TIMELINE: u32 = 20;
/// Most events kept whose key has not come yet, and for how long: a ring or a hand that old is
/// of no use.
const MAX_WAITING: usize = 64;
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Timeline events told for every room: somebody calls.
const RINGING: [&str; 4] = [
    "org.matrix.msc4075.rtc.notification",
    "m.rtc.notification",
    "org.matrix.msc4310.rtc.decline",
    "m.rtc.decline",
];
/// Timeline events told for watched rooms only.
const IN_CALL: [&str; 3] = ["m.reaction", "io.element.call.reaction", "m.room.redaction"];

/// Nobody takes facts any more.
struct Closed;

pub struct Sync {
    pub api: Api,
    pub client: Client,
    pub user: String,
    pub means: Means,
    pub force_v2: bool,
    pub sticky: Arc<Sticky>,
    pub facts: mpsc::Sender<MatrixFact>,
    pub watched: watch::Receiver<BTreeSet<String>>,
    pub updates: broadcast::Receiver<RoomUpdates>,
    pub told: Told,
    pub network: Network,
}

/// What the other side knows already.
#[derive(Default)]
pub struct Told {
    online: Option<bool>,
    settled: bool,
    rooms: BTreeMap<String, State>,
    known: Option<Vec<KnownRoom>>,
    invited: BTreeSet<OwnedRoomId>,
    /// Timeline events whose key is missing, oldest first, with when to give up.
    waiting: VecDeque<(Instant, OwnedRoomId, Raw<AnySyncTimelineEvent>)>,
}

enum Engine {
    Sliding(SlidingSync),
    V2,
}

impl Sync {
    pub async fn run(mut self) {
        let (mut engine, mut pause, mut answered) = (None, Duration::ZERO, SystemTime::now());
        loop {
            self.network.begin();
            let result = match &engine {
                None => self.choose().await.map(|chosen| engine = Some(chosen)),
                Some(Engine::Sliding(sync)) => {
                    let driver = Driver::sliding(sync.clone());
                    self.follow(driver, Some(&sync.clone()), &mut answered)
                        .await
                }
                Some(Engine::V2) => {
                    let driver = Driver::v2(self.client.clone(), POLL);
                    self.follow(driver, None, &mut answered).await
                }
            };
            if self.told.online == Some(true) {
                pause = Duration::ZERO;
            }
            let told = match result {
                Ok(()) => Ok(()),
                Err(RequestError::LoggedOut) => {
                    let _ = self.facts.send(MatrixFact::LoggedOut).await;
                    return;
                }
                Err(error) => {
                    tracing::debug!(class = %error, "the sync failed and is tried again");
                    let told = self.offline(answered).await;
                    wait(&mut pause, &error, &mut self.network).await;
                    told
                }
            };
            if told.is_err() || self.facts.is_closed() {
                return;
            }
        }
    }

    async fn choose(&self) -> Result<Engine, RequestError> {
        if self.force_v2 {
            return Ok(Engine::V2);
        }
        let versions = self.api.send(Call::get(&["versions"])).await?;
        let flag = versions.pointer("/unstable_features/org.matrix.simplified_msc3575");
        if flag.and_then(Value::as_bool) != Some(true) {
            tracing::info!("the homeserver has no sliding sync: keys will come later");
            return Ok(Engine::V2);
        }
        sliding_sync(&self.client)
            .await
            .map(Engine::Sliding)
            .map_err(crypto::sdk)
    }

    /// Tells what comes of one run of the sync, until it ends. `sync`: where the watched rooms
    /// are subscribed to.
    async fn follow(
        &mut self,
        mut driver: Driver,
        sync: Option<&SlidingSync>,
        answered: &mut SystemTime,
    ) -> Result<(), RequestError> {
        self.subscribe(sync);
        let sticky = Arc::clone(&self.sticky);
        let mut due = Instant::now() + POLL + LATE;
        loop {
            let told = tokio::select! {
                more = driver.answer() => {
                    if !more {
                        return driver.end().await;
                    }
                    *answered = SystemTime::now();
                    due = Instant::now() + POLL + LATE;
                    self.answered().await
                }
                changed = self.watched.changed() => match changed {
                    Ok(()) => {
                        self.subscribe(sync);
                        self.tell_all().await
                    }
                    Err(_) => return Ok(()),
                },
                () = sticky.changed.notified() => self.tell_all().await,
                // matrix-sdk tries three times before it says so.
                () = sleep_until(due), if self.told.online == Some(true) => {
                    self.offline(*answered).await
                }
            };
            if told.is_err() {
                return Ok(());
            }
        }
    }

    /// Members of a watched room are asked for whole: whoever is not joined is not in its call.
    fn subscribe(&mut self, sync: Option<&SlidingSync>) {
        let rooms = self.rooms();
        let Some(sync) = sync else { return };
        let ids: Vec<_> = rooms
            .iter()
            .filter_map(|room| RoomId::parse(room).ok())
            .collect();
        let ids: Vec<_> = ids.iter().map(|id| &**id).collect();
        let mut settings = RoomSubscription::default();
        settings.required_state = required_state("*");
        settings.timeline_limit = UInt::from(TIMELINE);
        sync.clear_and_subscribe_to_rooms(&ids, Some(settings), true);
    }

    fn rooms(&mut self) -> BTreeSet<String> {
        self.watched.borrow_and_update().clone()
    }

    /// After each answer of the homeserver.
    async fn answered(&mut self) -> Result<(), Closed> {
        if self.told.online != Some(true) {
            self.told.online = Some(true);
            self.tell(MatrixFact::Online).await?;
        }
        if !self.told.settled {
            self.told.settled = true;
            self.settle();
            for room in self.client.invited_rooms() {
                self.invited(&room).await?;
            }
        }
        self.take_updates().await?;
        self.retry_waiting().await?;
        self.sticky.decrypt(&self.client).await;
        self.tell_known().await?;
        self.tell_all().await
    }

    async fn tell_known(&mut self) -> Result<(), Closed> {
        let rooms = known::known(&self.client);
        if self.told.known.as_ref() == Some(&rooms) {
            return Ok(());
        }
        self.told.known = Some(rooms.clone());
        self.tell(MatrixFact::Rooms(rooms)).await
    }

    async fn offline(&mut self, since: SystemTime) -> Result<(), Closed> {
        if self.told.online == Some(false) {
            return Ok(());
        }
        self.told.online = Some(false);
        self.tell(MatrixFact::Offline { since }).await
    }

    /// Beside the sync, whose answers it needs.
    fn settle(&self) {
        let (client, user) = (self.client.clone(), self.user.clone());
        let (means, facts) = (self.means.clone(), self.facts.clone());
        tokio::spawn(async move {
            let work = async {
                let verified = identity::settle(&client, &user, &means).await;
                let _ = facts.send(MatrixFact::Verified(verified)).await;
            };
            tokio::select! {
                () = work => {}
                () = facts.closed() => {}
            }
        });
    }

    async fn take_updates(&mut self) -> Result<(), Closed> {
        loop {
            let updates = match self.updates.try_recv() {
                Ok(updates) => updates,
                // All rooms are read from the store afterwards anyhow.
                Err(broadcast::error::TryRecvError::Lagged(_)) => continue,
                Err(_) => return Ok(()),
            };
            for (id, update) in updates.joined {
                self.told.invited.remove(&id);
                for event in update.timeline.events {
                    if event.kind.is_utd() {
                        self.wait_for_key(&id, event.raw().clone());
                    } else {
                        self.timeline(&id, json(event.raw())).await?;
                    }
                }
            }
            for id in updates.left.keys() {
                self.told.invited.remove(id);
            }
            for id in updates.invited.keys() {
                if let Some(room) = self.client.get_room(id) {
                    self.invited(&room).await?;
                }
            }
        }
    }

    async fn invited(&mut self, room: &matrix_sdk::Room) -> Result<(), Closed> {
        if room.state() != RoomState::Invited
            || !self.told.invited.insert(room.room_id().to_owned())
        {
            return Ok(());
        }
        let invite = room.invite_details().await.ok();
        self.tell(MatrixFact::Invited {
            room: room.room_id().to_string(),
            inviter: invite.map(|invite| invite.inviter_id.to_string()),
            name: room.name(),
        })
        .await
    }

    async fn timeline(&mut self, room: &RoomId, event: Option<Value>) -> Result<(), Closed> {
        let Some(event) = event else { return Ok(()) };
        let kind = text(&event, "type");
        let kind = kind.as_str();
        let watched = self.watched.borrow().contains(room.as_str());
        if watched && kind == "m.room.redaction" {
            for redacted in [event.get("redacts"), event.pointer("/content/redacts")] {
                if let Some(id) = redacted.and_then(Value::as_str) {
                    self.sticky.redact(room.as_str(), id);
                }
            }
        }
        let of_use = RINGING.contains(&kind) || (watched && IN_CALL.contains(&kind));
        if !of_use {
            return Ok(());
        }
        let room = room.to_string();
        self.tell(MatrixFact::Timeline(TimelineEvent { room, event }))
            .await
    }

    fn wait_for_key(&mut self, room: &RoomId, event: Raw<AnySyncTimelineEvent>) {
        if self.told.waiting.len() >= MAX_WAITING {
            self.told.waiting.pop_front();
        }
        let until = Instant::now() + LONGEST_WAIT;
        self.told.waiting.push_back((until, room.to_owned(), event));
    }

    /// Room keys may come after the events they open.
    async fn retry_waiting(&mut self) -> Result<(), Closed> {
        let waiting = std::mem::take(&mut self.told.waiting);
        let now = Instant::now();
        for (until, id, raw) in waiting.into_iter().filter(|(until, ..)| *until > now) {
            let Some(room) = self.client.get_room(&id) else {
                continue;
            };
            match room.decrypt_event(raw.cast_ref_unchecked(), None).await {
                Ok(event) if !event.kind.is_utd() => {
                    self.timeline(&id, json(event.raw())).await?;
                }
                _ => self.told.waiting.push_back((until, id, raw)),
            }
        }
        Ok(())
    }

    /// Tells every watched room that differs from what was told.
    async fn tell_all(&mut self) -> Result<(), Closed> {
        let watched = self.watched.borrow().clone();
        self.told.rooms.retain(|room, _| watched.contains(room));
        for id in watched {
            let room = RoomId::parse(&id)
                .ok()
                .and_then(|id| self.client.get_room(&id));
            let Some(room) = room else { continue };
            if !self.told.rooms.contains_key(&id) && room.state() == RoomState::Joined {
                // Without an answer the members known so far are told; more come with the sync.
                let _ = room.sync_members().await;
            }
            let state = read(&room, self.sticky.of(&id, crate::now_ms())).await;
            if self.told.rooms.get(&id) != Some(&state) {
                self.told.rooms.insert(id, state.clone());
                self.tell(MatrixFact::Room(Box::new(state))).await?;
            }
        }
        Ok(())
    }

    async fn tell(&self, fact: MatrixFact) -> Result<(), Closed> {
        self.facts.send(fact).await.map_err(|_| Closed)
    }
}

/// All rooms, with what a call depends on, keys and device lists.
async fn sliding_sync(client: &Client) -> matrix_sdk::Result<SlidingSync> {
    let list = SlidingSyncList::builder("rooms")
        .sync_mode(SlidingSyncMode::new_growing(PAGE))
        .timeline_limit(TIMELINE)
        .required_state(required_state("$LAZY"));
    let mut to_device = ToDevice::default();
    to_device.enabled = Some(true);
    let mut e2ee = E2EE::default();
    e2ee.enabled = Some(true);
    client
        .sliding_sync("salle")?
        .version(Version::Native)
        .poll_timeout(POLL)
        .network_timeout(LATE)
        .with_to_device_extension(to_device)
        .with_e2ee_extension(e2ee)
        .add_list(list)
        .build()
        .await
}
