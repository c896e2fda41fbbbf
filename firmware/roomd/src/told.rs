//! What the settings file tells; and what a room does without a sound one.
//!
//! A unit whose settings are wrong or missing still runs: screen, status and `roomctl` say what
//! to mend. As soon as the file changes, the room starts anew.

use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use room_core::Moment;
use room_core::problem::Issue;
use room_core::room::Character;
use room_core::standby::{Policy, Quiet};
use room_messages::api::Problem;
use room_settings::{Appearance, Board, LoadError, Profile, Settings, StandbySettings};

use crate::mind::Wake;
use crate::{calendar, character};

/// How often a wrong or missing file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub enum Told {
    Sound(Box<Settings>),
    /// Nothing usable; as much of the room's looks as can be read.
    Nothing {
        looks: Box<Appearance>,
        problem: Problem,
        /// The file as it was when it was read.
        file: Stamp,
    },
}

/// Changes when the file is written or replaced; `None` while there is none.
pub type Stamp = Option<(u64, u64, i64, i64)>;

impl Told {
    /// Reads the file, and says on the error output what is wrong with it.
    ///
    /// # Errors
    /// Never with the defaults this program carries.
    pub fn read(path: &Path) -> Result<Self, LoadError> {
        let file = stamp(path);
        let error = match Settings::load(path) {
            Ok(settings) => return Ok(Self::Sound(Box::new(settings))),
            Err(error) => error,
        };
        let Some(looks) = Appearance::of_file(path) else {
            return Err(error);
        };
        crate::report(&error.text());
        Ok(Self::Nothing {
            looks: Box::new(looks),
            problem: problem(path, &error),
            file,
        })
    }

    /// What the mind is told, with the devices of this board.
    pub fn character(&self, board: &Result<Board, Problem>) -> Character {
        let character = match self {
            Self::Sound(settings) => character::character(settings),
            Self::Nothing { looks, .. } => character::without_account(looks),
        };
        Character {
            media: crate::board::equip(character.media, board),
            ..character
        }
    }

    pub fn profile(&self) -> &Profile {
        match self {
            Self::Sound(settings) => &settings.board.profile,
            Self::Nothing { looks, .. } => &looks.board.profile,
        }
    }

    /// The homeserver as the settings name it; empty without sound ones.
    pub fn homeserver(&self) -> String {
        match self {
            Self::Sound(settings) => settings.matrix.homeserver.as_str().to_owned(),
            Self::Nothing { .. } => String::new(),
        }
    }

    /// When the room sleeps; without sound settings as when the file says nothing.
    pub fn standby(&self) -> StandbySettings {
        match self {
            Self::Sound(settings) => settings.standby,
            Self::Nothing { .. } => StandbySettings::default(),
        }
    }

    /// Whether the room is awake, from now on.
    pub fn wake(&self, now: Moment) -> Wake {
        let standby = self.standby();
        let policy = Policy {
            after: standby.after,
            half_wake: standby.half_wake,
        };
        let quiet = standby.quiet_hours.map(|hours| Quiet {
            from: hours.from,
            to: hours.to,
        });
        let zone = match self {
            Self::Sound(settings) => calendar::zone(settings),
            Self::Nothing { .. } => TimeZone::UTC,
        };
        Wake::new(policy, quiet, zone, now)
    }

    /// TCP address of the control API. Without sound settings nothing listens to the network.
    pub fn listen(&self) -> Option<SocketAddr> {
        match self {
            Self::Sound(settings) => settings.api.listen,
            Self::Nothing { .. } => None,
        }
    }
}

fn problem(path: &Path, error: &LoadError) -> Problem {
    match error {
        LoadError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            Issue::SettingsMissing.about(&path.display().to_string())
        }
        _ => Issue::SettingsWrong.about_text(&error.first()),
    }
}

fn stamp(path: &Path) -> Stamp {
    let file = std::fs::metadata(path).ok()?;
    Some((file.ino(), file.size(), file.mtime(), file.mtime_nsec()))
}

/// Returns when the file is another one than it was.
pub async fn changed(path: &Path, was: Stamp) {
    while stamp(path) == was {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// This program from the beginning, in the same process, with the same command line.
pub fn start_anew() -> std::io::Error {
    let mut arguments = std::env::args_os();
    arguments.next();
    match std::env::current_exe() {
        Ok(program) => std::process::Command::new(program).args(arguments).exec(),
        Err(error) => error,
    }
}
