//! What fingers do, and what follows from it for the room.

use room_messages::api::{Language, Layout};

use crate::choices::Theme;

/// One press, in the words of the screen it is on. Numbers are places in the list shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch {
    /// Somewhere without effect: wakes, and keeps the panel awake.
    Anywhere,
    /// From any sheet or screen back to where it was opened.
    Back,
    Language(Language),
    /// The other language, for this meeting.
    OtherLanguage,

    JoinMeeting(usize),
    MeetNow,
    OpenBook,
    /// Place in the lengths that are offered.
    Book(usize),
    ExtendMeeting(usize),
    EndMeeting(usize),
    OpenDial,
    OpenContacts,
    CallContact(usize),
    /// A letter or digit, on whatever takes letters now.
    Key(char),
    Erase,
    JoinTyped,

    Accept(usize),
    Decline(usize),

    Microphone,
    Camera,
    Louder,
    Quieter,
    Leave,
    Hand,
    Share,
    OpenTab(Tab),
    Layout(usize),
    React(usize),
    Position(usize),
    Turn(Turn),

    /// The call that failed or ended, once more.
    Again,

    OpenFaults,
    Report,
    OpenSettings,
    Theme(Theme),
    LargeText,
    Clean,
    Sleep,
}

/// What the main area of a running call shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    People,
    Security,
    Layout,
    Add,
    Tones,
    Reactions,
    Camera,
}

/// A way to turn the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Left,
    Right,
    Up,
    Down,
    Nearer,
    Farther,
}

/// What the room is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    Join {
        target: String,
    },
    Leave,
    Microphone {
        muted: bool,
    },
    Camera {
        on: bool,
    },
    /// 0 to 100.
    Speaker {
        volume: u8,
    },
    Hand {
        raised: bool,
    },
    MeetNow,
    /// Somebody touches the panel of a room that is not awake.
    Wake,
    Sleep,
    /// From now on.
    Book {
        minutes: u32,
    },
    ExtendMeeting {
        id: String,
        minutes: u32,
    },
    EndMeeting {
        id: String,
    },
    Decline {
        room_id: String,
    },
    Share {
        on: bool,
    },
    /// One of [`crate::Offers::layouts`].
    Layout {
        layout: Layout,
    },
    Add {
        target: String,
    },
    Tone {
        key: char,
    },
    React {
        emoji: String,
    },
    Turn(Turn),
    /// One of [`crate::Offers::positions`].
    Position {
        name: String,
    },
}

/// The control that an intent came from: it is shown as busy until the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    Join,
    Leave,
    Microphone,
    Camera,
    Speaker,
    Hand,
    /// A change of the day.
    Meeting,
    Decline,
    Share,
    Layout,
    Add,
    /// Tones, reactions, camera, waking: never waited for.
    Passing,
}

impl Intent {
    #[must_use]
    pub fn control(&self) -> Control {
        match self {
            Self::Join { .. } | Self::MeetNow => Control::Join,
            Self::Leave => Control::Leave,
            Self::Microphone { .. } => Control::Microphone,
            Self::Camera { .. } => Control::Camera,
            Self::Speaker { .. } => Control::Speaker,
            Self::Hand { .. } => Control::Hand,
            Self::Book { .. } | Self::ExtendMeeting { .. } | Self::EndMeeting { .. } => {
                Control::Meeting
            }
            Self::Decline { .. } => Control::Decline,
            Self::Share { .. } => Control::Share,
            Self::Layout { .. } => Control::Layout,
            Self::Add { .. } => Control::Add,
            Self::Wake
            | Self::Sleep
            | Self::Tone { .. }
            | Self::React { .. }
            | Self::Turn(_)
            | Self::Position { .. } => Control::Passing,
        }
    }
}
