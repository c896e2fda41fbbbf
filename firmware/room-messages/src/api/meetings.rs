//! The room's day, as the control API tells it.
//!
//! | | |
//! |---|---|
//! | in [`super::Status`] or by itself | [`Meetings`] |
//! | `POST /v1/meetings/join` | [`JoinMeeting`] |
//! | `POST /v1/meetings/book` | [`BookNow`] |
//! | `POST /v1/meetings/extend` | [`ExtendMeeting`] |
//! | `POST /v1/meetings/end` | [`EndMeeting`] |
//!
//! Times are Unix times in milliseconds.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Problem;

/// Everything a panel shows of the room's day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Meetings {
    pub occupancy: Occupancy,
    /// What runs and what is to come, in order, at most 20; what has no time comes last.
    pub meetings: Vec<MeetingEntry>,
    pub sources: Vec<SourceState>,
    /// How long before its beginning a meeting can be joined.
    pub join_early_ms: u64,
    /// For how long the room can be booked now; `null` when it is taken.
    pub bookable_minutes: Option<u32>,
    /// Why the last change was not made.
    pub problem: Option<Problem>,
}

/// Free or busy, and until when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Occupancy {
    pub busy: bool,
    /// `null` when nothing known changes it.
    pub until_ms: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MeetingEntry {
    /// Names the meeting in requests; the same for as long as its source knows it.
    pub id: String,
    /// `null` when it has none, or when it is private.
    pub title: Option<String>,
    /// `null` when unknown, or when the meeting is private.
    pub organiser: Option<String>,
    pub private: bool,
    /// `null` for a Matrix room the room was invited to without a time.
    pub begins_ms: Option<u64>,
    /// `null` also for a call that runs.
    pub ends_ms: Option<u64>,
    pub all_day: bool,
    pub phase: MeetingPhase,
    /// It takes the room.
    pub busy: bool,
    /// Not confirmed yet.
    pub tentative: bool,
    /// How to join from here; `null` when there is no way.
    pub join: Option<JoinOffer>,
    /// Meetings elsewhere that it leads to: they cannot be joined from here.
    pub elsewhere: Vec<Elsewhere>,
    /// Who knows of it.
    pub sources: Vec<MeetingSource>,
    /// A change made here that its source has not confirmed yet.
    pub pending: bool,
    /// By how much it can be extended; 0 when it cannot.
    pub extendable_minutes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeetingPhase {
    /// Later.
    ToCome,
    /// So soon that it can be joined.
    Soon,
    Running,
    /// The room is in its call.
    Joined,
    /// No time is known.
    AnyTime,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JoinOffer {
    pub way: JoinWay,
    /// As `POST /v1/call/join` takes it.
    pub target: String,
    /// Join is lit: the meeting runs or begins soon.
    pub lit: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JoinWay {
    /// A call in a Matrix room.
    Matrix,
    /// A meeting of La Suite; never end-to-end encrypted.
    Visio,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Elsewhere {
    /// As people know it, e.g. `Zoom`.
    pub service: String,
    pub host: String,
}

/// Who told of a meeting.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MeetingSource {
    Calendar,
    /// Matrix rooms the room is invited to or in.
    Matrix,
    /// A call that runs in a room it is in.
    Calls,
    /// Booked here, where no calendar can be written.
    Room,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SourceState {
    pub source: MeetingSource,
    /// When it was last heard; `null` when never.
    pub as_of_ms: Option<u64>,
    /// Since when it has been away: what is shown of it is the last known day.
    pub away_since_ms: Option<u64>,
    pub problem: Option<Problem>,
    /// It has more meetings than the room reads.
    pub cut_short: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinMeeting {
    pub id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookNow {
    /// From now on, 5 to 480.
    #[schema(minimum = 5, maximum = 480)]
    pub minutes: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendMeeting {
    pub id: String,
    /// More than now, 5 to 480.
    #[schema(minimum = 5, maximum = 480)]
    pub minutes: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndMeeting {
    pub id: String,
}
