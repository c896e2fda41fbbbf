//! Calls that ring for this room.
//!
//! A notification names a Matrix room; that room is watched while it may ring, since whether it
//! rings depends on who is in its call (`rtc::ring`).
//! Invariant: at most [`MAX_BELLS`] rooms at a time, none longer than a notification lasts.

use std::collections::{BTreeMap, BTreeSet};

use room_messages::api::Ringing;
use serde_json::Value;

use crate::Moment;
use crate::call::people::clean_name;
use crate::matrix::{Account, RoomState};
use crate::rtc::PeerDevice;
use crate::rtc::event::Event;
use crate::rtc::ring::{self, Notification, Situation};
use crate::rtc::session::{self, Session};

/// Most rooms that may ring at once.
pub const MAX_BELLS: usize = 8;

#[derive(Debug)]
struct Bell {
    notification: Notification,
    declined: bool,
    scene: Option<Scene>,
}

/// The ringing room as the homeserver shows it.
#[derive(Debug)]
struct Scene {
    session: Session,
    name: String,
    caller: String,
    sender_may_notify_room: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Bells {
    bells: BTreeMap<String, Bell>,
}

impl Bells {
    /// An event of any room's timeline.
    pub fn observe(&mut self, now: Moment, room: &str, event: &Value, own_user: &str) {
        let Ok(event) = Event::from_value(event.clone(), now.unix_ms) else {
            return;
        };
        if let Some(declined) = ring::declines(&event).filter(|_| event.sender == own_user) {
            self.decline(room, &declined);
        }
        let Some(notification) = ring::parse(&event) else {
            return;
        };
        let room_left = self.bells.len() < MAX_BELLS || self.bells.contains_key(room);
        if notification.ring && notification.until_ms > now.unix_ms && room_left {
            let bell = Bell {
                notification,
                declined: false,
                scene: None,
            };
            self.bells.insert(room.to_owned(), bell);
        }
    }

    /// The own user declined, on this or another device.
    fn decline(&mut self, room: &str, notification: &str) {
        if let Some(bell) = self.bells.get_mut(room) {
            bell.declined |= bell.notification.event_id == notification;
        }
    }

    /// People here decline what rings in this room; the notification to answer.
    pub fn silence(&mut self, room: &str) -> Option<String> {
        let bell = self.bells.get_mut(room).filter(|bell| !bell.declined)?;
        bell.declined = true;
        Some(bell.notification.event_id.clone())
    }

    /// The homeserver shows a watched room.
    pub fn state(&mut self, now: Moment, state: &RoomState, account: &Account) {
        let Some(bell) = self.bells.get_mut(&state.room) else {
            return;
        };
        let events: Vec<Event> = state
            .memberships
            .iter()
            .filter_map(|event| Event::from_value(event.clone(), now.unix_ms).ok())
            .collect();
        let joined: BTreeSet<String> = state.joined.iter().map(|(user, _)| user.clone()).collect();
        let session = session::members(&session::Input {
            events: &events,
            joined: &joined,
            slot: state.slot.as_ref().and_then(|slot| slot.get("content")),
            own: &PeerDevice::new(&account.user, &account.device),
            now_ms: now.unix_ms,
        });
        let rules = state.rules();
        let sender = &bell.notification.sender;
        let chosen = state.joined.iter().find(|(user, _)| user == sender);
        let caller = clean_name(chosen.and_then(|(_, name)| name.as_deref()), sender);
        bell.scene = Some(Scene {
            session,
            name: clean_name(state.name.as_deref(), sender),
            caller,
            sender_may_notify_room: rules.may_notify_room(sender),
        });
    }

    /// Forgets what is over.
    pub fn tick(&mut self, now: Moment) {
        self.bells
            .retain(|_, bell| bell.notification.until_ms > now.unix_ms && !bell.declined);
    }

    /// Rooms to watch.
    pub fn rooms(&self) -> impl Iterator<Item = &str> {
        self.bells.keys().map(String::as_str)
    }

    /// What rings now, the call that is over last first.
    #[must_use]
    pub fn ringing(&self, now: Moment, own_user: &str) -> Vec<Ringing> {
        let rings = |(room, bell): (&String, &Bell)| {
            let scene = bell.scene.as_ref()?;
            let situation = Situation {
                session: &scene.session,
                own_user,
                sender_may_notify_room: scene.sender_may_notify_room,
                declined: bell.declined,
                now_ms: now.unix_ms,
            };
            Some(Ringing {
                room_id: room.clone(),
                name: scene.name.clone(),
                caller: scene.caller.clone(),
                until_ms: ring::rings_until(&bell.notification, &situation)?,
            })
        };
        let mut ringing: Vec<_> = self.bells.iter().filter_map(rings).collect();
        ringing.sort_by_key(|call| std::cmp::Reverse(call.until_ms));
        ringing
    }

    /// Unix milliseconds at which the next bell falls silent.
    #[must_use]
    pub fn next_end_ms(&self) -> Option<u64> {
        self.bells
            .values()
            .map(|bell| bell.notification.until_ms)
            .min()
    }
}
