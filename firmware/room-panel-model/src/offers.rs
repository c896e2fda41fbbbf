//! What the room tells beyond today's [`Status`], each with its control on the panel.
//!
//! Invariant: what is `None`, `false` or empty here has no control on any screen.
//! [`Offers::of`] is the one place that fills it from the API; what the API does not tell yet
//! stays empty.

pub use room_messages::api::Layout;
use room_messages::api::directory::{Entry, EntryKind};
use room_messages::api::meetings::{MeetingEntry, MeetingSource, Meetings, SourceState};
use room_messages::api::{Camera, Device, Homeserver, Phase, Reaction, Share, Status, VisioEntry};

/// A meeting may be joined this long before it begins, in milliseconds, unless the room says
/// otherwise.
pub const JOIN_EARLY_MS: u64 = 5 * 60_000;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offers {
    /// The room's calendar; `None` when it has none.
    pub day: Option<Day>,
    /// Rooms to call; people, and other rooms, are searched for.
    pub contacts: Option<Vec<Contact>>,
    /// The room can begin a meeting of its own at once.
    pub meet_now: bool,
    /// For how many minutes the room can be booked from now on; 0 when it cannot.
    pub bookable_min: u32,
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
    pub layout: Layout,
    /// Somebody can be added to the running call.
    pub add: bool,
    /// The running call takes keypad tones.
    pub tones: bool,
    /// Emoji that can be sent.
    pub reactions: Vec<String>,
    /// The camera can be turned; names of its presets.
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
    /// Names the meeting in requests.
    pub id: String,
    /// `None`: private.
    pub title: Option<String>,
    pub host: Option<String>,
    /// Unix time in milliseconds.
    pub begins_ms: u64,
    /// Unix time in milliseconds; `None` for a call that runs.
    pub ends_ms: Option<u64>,
    /// By how many minutes it can be extended; 0 when it cannot.
    pub extendable_min: u32,
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
pub struct Update {
    /// 0 to 100; `None` while it cannot be told.
    pub percent: Option<u8>,
    /// The unit is about to restart.
    pub restarting: bool,
}

impl Offers {
    #[must_use]
    pub fn of(status: &Status) -> Self {
        let visio = status.call.visio.as_ref();
        Self {
            day: Day::of(&status.meetings),
            lobby: visio.is_some_and(|visio| visio.entry == VisioEntry::Waiting),
            decline: true,
            reactions: reactions(visio.is_some()),
            contacts: is_online(status).then(|| contacts(&status.meetings)),
            meet_now: is_online(status),
            add: status.call.phase == Phase::InCall && visio.is_none(),
            layouts: status.stage.layouts.clone(),
            layout: status.stage.layout,
            share: share(&status.share),
            positions: positions(&status.camera),
            bookable_min: status.meetings.bookable_minutes.unwrap_or(0),
            ..Self::default()
        }
    }
}

/// Without a computer there is nothing to share.
fn share(share: &Share) -> Option<bool> {
    (share.device != Device::Absent).then_some(share.active)
}

/// A camera that is off or fails shows nothing that could be turned.
fn positions(camera: &Camera) -> Option<Vec<String>> {
    let seen = matches!(camera.device, Device::Live | Device::Standby);
    (camera.on && seen).then(|| camera.presets.clone())
}

/// A Visio meeting takes none from here.
fn reactions(visio: bool) -> Vec<String> {
    let all = Reaction::ALL.iter().filter(|_| !visio);
    all.map(|known| known.emoji().to_owned()).collect()
}

/// The homeserver can be asked for people, rooms, and a room to meet in.
fn is_online(status: &Status) -> bool {
    status.room.user.is_some() && status.room.homeserver == Homeserver::Online
}

/// The Matrix rooms that the unit is in and that have no time.
fn contacts(meetings: &Meetings) -> Vec<Contact> {
    let rooms = meetings.meetings.iter().filter_map(|entry| {
        let offer = entry.join.as_ref()?;
        let name = entry.title.clone().unwrap_or_else(|| offer.target.clone());
        entry.begins_ms.is_none().then(|| Contact {
            name,
            detail: offer.target.clone(),
            target: offer.target.clone(),
            is_room: true,
        })
    });
    let mut rooms: Vec<Contact> = rooms.collect();
    rooms.sort_by_cached_key(|room| room.name.to_lowercase());
    rooms
}

impl From<Entry> for Contact {
    fn from(entry: Entry) -> Self {
        Self {
            name: entry.name,
            detail: entry.target.clone(),
            target: entry.target,
            is_room: entry.kind == EntryKind::Room,
        }
    }
}

impl Day {
    /// `None` while nobody tells the room of meetings.
    fn of(meetings: &Meetings) -> Option<Self> {
        if meetings.sources.is_empty() && meetings.meetings.is_empty() {
            return None;
        }
        // That the homeserver is away is said as a fault.
        let calendar = |source: &&SourceState| source.source == MeetingSource::Calendar;
        let calendar = meetings.sources.iter().find(calendar);
        let away = calendar.filter(|calendar| calendar.away_since_ms.is_some());
        Some(Self {
            meetings: meetings.meetings.iter().filter_map(Booking::of).collect(),
            stale_since_ms: away.and_then(|calendar| calendar.as_of_ms),
            join_early_ms: meetings.join_early_ms,
        })
    }
}

impl Booking {
    /// `None` for what has no time: it stands in no day.
    fn of(entry: &MeetingEntry) -> Option<Self> {
        let begins_ms = entry.begins_ms?;
        Some(Self {
            id: entry.id.clone(),
            title: entry.title.clone(),
            host: entry.organiser.clone(),
            begins_ms,
            ends_ms: entry.ends_ms,
            extendable_min: entry.extendable_minutes,
            way: Way::of(entry),
        })
    }
}

impl Way {
    fn of(entry: &MeetingEntry) -> Self {
        match (&entry.join, entry.elsewhere.first()) {
            (Some(offer), _) => Self::Target(offer.target.clone()),
            (None, Some(elsewhere)) => Self::NotFromHere(elsewhere.service.clone()),
            (None, None) => Self::Unknown,
        }
    }
}

impl Booking {
    #[must_use]
    pub fn is_over(&self, now_ms: u64) -> bool {
        self.ends_ms.is_some_and(|ends| ends <= now_ms)
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
