//! The panel's own state: where one is, what is typed, what is waited for.
//!
//! Facts come in by [`Panel::hear`], fingers by [`Panel::touch`]; both give effects. What is
//! shown is computed from all of it each time ([`Panel::view`]).
//! Invariant: a call, a ringing call and a lost connection always show, whatever page was open;
//! only cleaning covers them, for half a minute.

mod contacts;
mod heard;
mod pin;
mod touched;
mod waiting;

use room_messages::api::{Language, Phase, Problem, Ringing, Standby, Status, Text};

use crate::choices::Choices;
use crate::clock::{Now, Zone, to_next_minute};
use crate::offers::{Contact, Offers};
use crate::touch::{Intent, Tab};
use crate::view::{self, View};
use pin::Lock;
use waiting::Waiting;

/// Touch is ignored for this long while the screen is wiped, in milliseconds.
pub const CLEANING_MS: u64 = 30_000;
/// Pages close, and the visitor's language ends, this long after the last touch.
pub const IDLE_MS: u64 = 90_000;
/// The panel is in use for this long after a touch, whatever the room thinks.
pub const IN_USE_MS: u64 = 60_000;
/// How long "you left the call" stays.
pub const LEFT_MS: u64 = 12_000;
/// How long the reason of a failure stays.
pub const FAILED_MS: u64 = 120_000;
/// How long a notice stays.
const NOTICE_MS: u64 = 8_000;
/// Longest target that the room takes, in characters.
pub const MAX_TYPED: usize = 2048;

/// Something that became known.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The room's status, and what else it tells.
    Told(Box<Status>, Box<Offers>),
    /// `roomd` cannot be reached.
    Away,
    /// The answer to [`Effect::Ask`] with this number.
    Answer {
        ask: u64,
        result: Result<(), Refusal>,
    },
    /// What fits [`Effect::Search`] with this text.
    Found {
        text: String,
        contacts: Vec<Contact>,
    },
    /// Time passed.
    Tick,
}

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The room says why.
    Problem(Box<Problem>),
    /// It could not be asked.
    Unreachable,
}

/// What the shell has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send the request; the answer comes back with the number.
    Ask { ask: u64, intent: Intent },
    /// Look for people and rooms; only the latest text counts.
    Search { text: String },
    /// Keep the choices over a restart.
    Keep(Choices),
    /// Write the reference of a reported problem to the log, with what is wrong now.
    Note { reference: String },
}

/// A page that is opened by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    #[default]
    Home,
    Dial,
    Contacts,
    Book,
    Faults,
    Pin,
    Settings,
}

/// A call that is over, as long as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub name: Option<String>,
    pub target: Option<String>,
    pub lasted_ms: Option<u64>,
    pub problem: Option<Problem>,
    pub(crate) until_ms: u64,
}

/// One sentence for some seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub text: Text,
    pub is_problem: bool,
    pub(crate) until_ms: u64,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    pub(crate) choices: Choices,
    pub(crate) lock: Lock,
    pub(crate) status: Option<Box<Status>>,
    pub(crate) offers: Offers,
    pub(crate) page: Page,
    pub(crate) tab: Tab,
    pub(crate) typed: String,
    /// What the directory has for the text that was searched last.
    pub(crate) found: (String, Vec<Contact>),
    pub(crate) waiting: Waiting,
    pub(crate) notice: Option<Notice>,
    pub(crate) ended: Option<Ended>,
    pub(crate) visitor: Option<Language>,
    pub(crate) reported: Option<String>,
    pub(crate) asleep: bool,
    /// Steady milliseconds until which touch is ignored.
    pub(crate) cleaning_until: Option<u64>,
    /// Steady milliseconds since when the phase is what it is.
    pub(crate) phase_since: u64,
    /// Steady milliseconds since when the room is away.
    pub(crate) away_since: u64,
    touched: u64,
    /// A join was sent and has not been seen to begin: it may fail quicker than events come.
    join_sent: bool,
    /// The room stood by when it was last heard of.
    room_sleeps: bool,
    /// Calls that were ignored here, by Matrix room.
    ignored: Vec<(String, u64)>,
}

impl Panel {
    /// `pin` guards the settings page; without one it is open.
    #[must_use]
    pub fn new(choices: Choices, pin: Option<String>, now: Now) -> Self {
        Self {
            choices,
            lock: Lock::new(pin),
            touched: now.steady_ms,
            away_since: now.steady_ms,
            ..Self::default()
        }
    }

    /// Language of everything on the screen.
    #[must_use]
    pub fn language(&self) -> Language {
        let room = self.status.as_ref().map(|status| status.room.language);
        let chosen = self.visitor.or(self.choices.language).or(room);
        chosen.unwrap_or_default()
    }

    /// Everything on the screen.
    #[must_use]
    pub fn view(&self, now: Now, zone: Zone) -> View {
        view::of(self, now, zone)
    }

    /// Milliseconds after which [`Heard::Tick`] is due, 1 to 60 000.
    #[must_use]
    pub fn next_tick(&self, now: Now) -> u64 {
        let minute = to_next_minute(now.unix_ms);
        let seconds = 1000 - now.unix_ms % 1000;
        let lively = self.is_in_call()
            || self.cleaning_until.is_some()
            || self.notice.is_some()
            || self.ended.is_some()
            || self.status.is_none()
            || self.page != Page::Home
            || !self.ringing(now).is_empty();
        let next = if lively { seconds } else { minute };
        self.waiting
            .next_change(now.steady_ms)
            .map_or(next, |due| due.min(next))
            .max(1)
    }

    pub(crate) fn phase(&self) -> Phase {
        let status = self.status.as_ref();
        status.map_or(Phase::Idle, |status| status.call.phase)
    }

    /// Whether the room is awake; `None` while it is away.
    pub(crate) fn level(&self) -> Option<Standby> {
        Some(self.status.as_ref()?.standby)
    }

    /// The call bar is shown: there is something to hang up.
    pub(crate) fn is_in_call(&self) -> bool {
        self.phase().is_call()
    }

    /// Calls that ring and were not ignored, with their place in the status.
    pub(crate) fn ringing(&self, now: Now) -> Vec<&Ringing> {
        let all = self.status.iter().flat_map(|status| &status.ringing);
        all.filter(|ring| ring.until_ms > now.unix_ms && !self.is_ignored(ring))
            .collect()
    }

    /// A call rings until a moment of its own: the next one in the same Matrix room is another.
    fn is_ignored(&self, ring: &Ringing) -> bool {
        let mut ignored = self.ignored.iter();
        ignored.any(|(room, until_ms)| *room == ring.room_id && *until_ms == ring.until_ms)
    }

    pub(crate) fn tell(&mut self, now: Now, en: &str, fr: &str, is_problem: bool) {
        self.notice = Some(Notice {
            text: Text::new(en, fr),
            is_problem,
            until_ms: now.steady_ms + NOTICE_MS,
        });
    }
}
