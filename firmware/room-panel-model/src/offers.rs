//! What the room tells beyond today's [`Status`], each with its control on the panel.
//!
//! Invariant: what is `None`, `false` or empty here has no control on any screen.
//! [`Offers::of`] is the one place that fills it from the API; what the API does not tell yet
//! stays empty.

use room_messages::api::{Status, VisioEntry};

/// A meeting may be joined this long before it begins, in milliseconds, unless the room says
/// otherwise.
pub const JOIN_EARLY_MS: u64 = 5 * 60_000;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offers {
    /// The room's calendar; `None` when it has none.
    pub day: Option<Day>,
    /// People and rooms to call.
    pub contacts: Option<Vec<Contact>>,
    /// The room can begin a meeting of its own at once.
    pub meet_now: bool,
    /// A ringing call can be declined, so that the caller knows.
    pub decline: bool,
    /// Digits alone (codes, telephone numbers) can be joined.
    pub numbers: bool,
    /// The room waits to be admitted.
    pub lobby: bool,
    /// Something can be shared; whether it is.
    pub share: Option<bool>,
    /// Ways to lay out the stage, and which one is used.
    pub layouts: Vec<Layout>,
    pub layout: usize,
    /// Somebody can be added to the running call.
    pub add: bool,
    /// The running call takes keypad tones.
    pub tones: bool,
    /// Emoji that can be sent.
    pub reactions: Vec<String>,
    /// The camera can be turned; its named positions.
    pub positions: Option<Vec<String>>,
    pub update: Option<Update>,
}

/// The room's day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// In order of beginning.
    pub meetings: Vec<Booking>,
    /// Unix time in milliseconds when it was read last, if the calendar is away since.
    pub stale_since_ms: Option<u64>,
    /// How long before its beginning a meeting can be joined, in milliseconds.
    pub join_early_ms: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// `None`: private.
    pub title: Option<String>,
    pub host: Option<String>,
    /// Unix time in milliseconds.
    pub begins_ms: u64,
    /// Unix time in milliseconds.
    pub ends_ms: u64,
    pub way: Way,
}

/// How a meeting is joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// A target for `POST /v1/call/join`.
    Target(String),
    /// It has a link of a kind that this room cannot join; its name.
    NotFromHere(String),
    /// It takes place in the room only, or the link is not known.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub name: String,
    /// What stands below the name: a Matrix id, a number.
    pub detail: String,
    /// A target for `POST /v1/call/join`.
    pub target: String,
    pub is_room: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Whoever speaks is large.
    Speaker,
    /// Everybody has the same size.
    Grid,
    /// What is shared is large.
    Content,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// 0 to 100; `None` while it cannot be told.
    pub percent: Option<u8>,
    /// The unit is about to restart.
    pub restarting: bool,
}

impl Offers {
    #[must_use]
    pub fn of(status: &Status) -> Self {
        let day = status.meeting.as_ref().map(|meeting| Day {
            meetings: vec![Booking {
                title: Some(meeting.title.clone()),
                host: None,
                begins_ms: meeting.begins_ms,
                ends_ms: meeting.ends_ms,
                way: Way::Unknown,
            }],
            stale_since_ms: None,
            join_early_ms: JOIN_EARLY_MS,
        });
        let visio = status.call.visio.as_ref();
        Self {
            day,
            lobby: visio.is_some_and(|visio| visio.entry == VisioEntry::Waiting),
            ..Self::default()
        }
    }
}

impl Booking {
    #[must_use]
    pub fn is_over(&self, now_ms: u64) -> bool {
        self.ends_ms <= now_ms
    }

    #[must_use]
    pub fn is_on(&self, now_ms: u64) -> bool {
        self.begins_ms <= now_ms && !self.is_over(now_ms)
    }

    /// The target, once it may be joined.
    #[must_use]
    pub fn joinable(&self, early_ms: u64, now_ms: u64) -> Option<&str> {
        let soon = self.begins_ms <= now_ms.saturating_add(early_ms);
        match &self.way {
            Way::Target(target) if soon && !self.is_over(now_ms) => Some(target),
            _ => None,
        }
    }
}
