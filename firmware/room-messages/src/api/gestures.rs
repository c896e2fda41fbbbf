//! What people show the others of a call, and how they answer a call that rings.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v1/call/add`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// Matrix user id, or a link to one.
    pub target: String,
}

/// `POST /v1/call/decline`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decline {
    /// Of the call in `ringing`.
    pub room_id: String,
}

/// `POST /v1/call/react`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct React {
    pub reaction: Reaction,
}

/// What is shown for three seconds. Element Call's names and emoji.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reaction {
    ThumbsUp,
    Clapping,
    Heart,
    Party,
    Laugh,
    ThumbsDown,
}

impl Reaction {
    pub const ALL: [Self; 6] = [
        Self::ThumbsUp,
        Self::Clapping,
        Self::Heart,
        Self::Party,
        Self::Laugh,
        Self::ThumbsDown,
    ];

    #[must_use]
    pub fn emoji(self) -> &'static str {
        match self {
            Self::ThumbsUp => "👍",
            Self::Clapping => "👏",
            Self::Heart => "❤️",
            Self::Party => "🎉",
            Self::Laugh => "😂",
            Self::ThumbsDown => "👎",
        }
    }

    /// As Element Call names it, for the sound that goes with it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ThumbsUp => "thumbsup",
            Self::Clapping => "clapping",
            Self::Heart => "heart",
            Self::Party => "party",
            Self::Laugh => "laugh",
            Self::ThumbsDown => "thumbsdown",
        }
    }

    /// The reaction that this emoji stands for.
    #[must_use]
    pub fn of_emoji(emoji: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.emoji() == emoji)
    }
}
