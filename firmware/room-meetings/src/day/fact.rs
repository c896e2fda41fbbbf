//! What the day hears, and what it wants done.

use std::time::Duration;

use room_messages::api::meetings::MeetingSource;
use room_messages::api::{Presence, Problem};

use crate::{Key, Meeting};

/// What the settings say of meetings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long before its beginning a meeting can be joined.
    pub join_before: Duration,
    pub automatic_join: bool,
    /// How long the room stays in a call alone; `None`: until somebody presses Leave.
    pub automatic_leave: Option<Duration>,
    /// After how long a meeting nobody came to is given back; `None`: never.
    pub release_after: Option<Duration>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            join_before: Duration::from_secs(5 * 60),
            automatic_join: false,
            automatic_leave: None,
            release_after: None,
        }
    }
}

/// Number of a change, given by the day and handed back with its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u64);

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Fact {
    /// Time passed, and nothing else.
    Tick,
    /// All that a source knows; what it no longer names is gone. After a change that was
    /// answered well it holds that change.
    Known {
        source: MeetingSource,
        /// Bookings and changes can be sent there.
        writable: bool,
        meetings: Vec<Meeting>,
        cut_short: bool,
    },
    /// A source cannot be asked now.
    Away {
        source: MeetingSource,
        problem: Problem,
    },
    /// The call this room is in, whenever it or the number of others changes.
    Call(Option<CallNow>),
    Presence(Presence),
    /// How a change ended.
    Answered {
        request: RequestId,
        result: Result<(), Problem>,
    },
}

/// The call this room is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallNow {
    /// Every name it is known by: the target as given, the room id, its alias.
    pub targets: Vec<String>,
    /// Participants other than this room.
    pub others: u32,
}

/// What people ask for. `id` as in [`room_messages::api::meetings::MeetingEntry`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    Join {
        id: String,
    },
    /// From now on, 5 to 480 minutes.
    Book {
        minutes: u32,
    },
    Extend {
        id: String,
        minutes: u32,
    },
    End {
        id: String,
    },
    /// The problem shown was read.
    Understood,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A new meeting, under an identifier never used before; answered.
    Book {
        request: RequestId,
        source: MeetingSource,
        begins_ms: i64,
        ends_ms: i64,
    },
    /// Another end; answered.
    Change {
        request: RequestId,
        source: MeetingSource,
        key: Key,
        ends_ms: i64,
    },
    /// Takes a meeting, or one instance of a series, out; answered.
    Delete {
        request: RequestId,
        source: MeetingSource,
        key: Key,
    },
    Join {
        target: String,
    },
    Leave,
    /// Write [`super::Day::kept`] to disk, soon; several may be taken together.
    Keep,
}
