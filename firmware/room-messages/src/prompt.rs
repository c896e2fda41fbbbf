//! What the room can say aloud.

use serde::{Deserialize, Serialize};

/// One sentence; its words are in `firmware/room-media/prompts/words.toml`, by the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    Joining,
    /// In the lobby of a meeting.
    Waiting,
    InCall,
    Reconnecting,
    Left,
    Failed,
    NothingToJoin,
    Muted,
    Unmuted,
    /// The hardware mute line or a moderator keeps the microphone closed.
    HeldMuted,
    CameraOff,
    CameraOn,
    Ringing,
    HelpCalled,
    HelpEnded,
}

impl Prompt {
    pub const ALL: [Self; 15] = [
        Self::Joining,
        Self::Waiting,
        Self::InCall,
        Self::Reconnecting,
        Self::Left,
        Self::Failed,
        Self::NothingToJoin,
        Self::Muted,
        Self::Unmuted,
        Self::HeldMuted,
        Self::CameraOff,
        Self::CameraOn,
        Self::Ringing,
        Self::HelpCalled,
        Self::HelpEnded,
    ];
}
