//! A meeting of La Suite (Visio), which the room joins as a guest.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How the room stands with the meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Visio {
    /// Host of the instance.
    pub instance: String,
    pub entry: VisioEntry,
    /// False when the instance does not know the code and opens an empty meeting for it: perhaps
    /// it was mistyped. Such a meeting has no lobby and no hands.
    pub registered: bool,
    /// What others see this room as; a moderator may rename it.
    pub name: String,
}

/// Where the room stands at the meeting's door.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VisioEntry {
    /// The instance is being asked.
    #[default]
    Asking,
    /// In the lobby: somebody in the meeting has to let the room in.
    Waiting,
    /// The instance asked to wait before the next question.
    Throttled,
    /// No answer; asked again.
    Unreachable,
    Admitted,
}
