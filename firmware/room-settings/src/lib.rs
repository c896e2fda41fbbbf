//! The settings of one room: a TOML file in, types that cannot hold a bad value out.
//!
//! Defaults are data (`defaults.toml`), read by the same code as the file. The file carries a
//! version and is brought up to date in memory by [`migrate`]; the file itself is never written,
//! since a rolled-back image must still read it.
//! Invariant: every value that leaves here was checked, and every complaint names the line, the
//! field, the reason and what to write instead, in French and English.
//! Deliberately absent: the secrets themselves, which are read from their own files when they
//! are needed ([`SecretFile::read`]) and never kept here.

mod appearance;
mod error;
mod meetings;
mod migrate;
mod panel;
mod profile;
mod reader;
mod secret;
mod sections;
mod service;
mod standby;
#[cfg(test)]
mod testing;
mod unit;
mod values;

use std::path::Path;

use room_messages::VideoFormat;
use room_messages::api::Language;

pub use appearance::Appearance;
pub use error::{LoadError, SettingsProblem, SettingsProblems};
pub use meetings::{CalendarAddress, CalendarLogin, CalendarSettings, MeetingSettings};
pub use migrate::CURRENT_VERSION;
pub use panel::PanelSettings;
pub use profile::{Board, ProfileError};
pub use secret::{Secret, SecretError, SecretFile};
pub use service::{ServiceKey, ServiceSettings};
pub use standby::{AudioSettings, QuietHours, StandbySettings};
pub use unit::{
    DoWithout, NetworkAddress, NetworkSettings, TimeSettings, UpdateSettings, WiredLogin,
    WiredProof,
};
pub use values::{
    HomeserverAddress, InvitationRule, Profile, RoomName, ServiceUrl, SimulatedDevice, UserName,
};

/// Longest settings file, in bytes.
const MAX_FILE: u64 = 256 * 1024;

/// Everything a room is told by its installer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub room: RoomSettings,
    pub matrix: MatrixSettings,
    pub board: BoardSettings,
    pub api: ApiSettings,
    pub simulation: SimulationSettings,
    /// The camera picture as it is published.
    pub video: Video,
    pub network: NetworkSettings,
    pub time: TimeSettings,
    pub update: UpdateSettings,
    pub service: ServiceSettings,
    pub calendar: Option<CalendarSettings>,
    pub meetings: MeetingSettings,
    pub standby: StandbySettings,
    pub audio: AudioSettings,
    pub panel: PanelSettings,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSettings {
    /// Name on the idle screen.
    pub name: RoomName,
    pub language: Language,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixSettings {
    pub homeserver: HomeserverAddress,
    pub user: UserName,
    pub login: Login,
    pub mode: Mode,
    /// Who may invite the room. Never empty; [`InvitationRule::OwnServer`] when the file is silent.
    pub accept_invitations_from: Vec<InvitationRule>,
    /// Recovery key or passphrase with which the room signs its own device.
    pub recovery_key_file: Option<SecretFile>,
    pub key_sharing: KeySharing,
    /// Used when the homeserver names no transport (`livekit_service_url`).
    pub transport: Option<ServiceUrl>,
}

/// How the room logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    Password(SecretFile),
    AccessToken(SecretFile),
    /// `m.login.token`: used once, at the first login; the stored session serves from then on.
    OneTimeToken(SecretFile),
}

/// The form in which the room writes its membership; every form is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// State events, understood by every client in use.
    Compatibility,
    /// Sticky events (MSC4354), when the homeserver has them.
    Matrix20,
}

/// Which devices of a member get the room's media key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySharing {
    /// Every device in the call.
    AllDevices,
    /// Only devices signed by their owner; needs a recovery key for the room itself.
    IdentityBased,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardSettings {
    pub profile: Profile,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiSettings {
    /// TCP address of the control API; `None` leaves it on its Unix socket only.
    pub listen: Option<std::net::SocketAddr>,
}

/// Devices of profile `sim`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulationSettings {
    pub camera: SimulatedDevice,
    pub microphone: SimulatedDevice,
    pub speaker: SimulatedDevice,
    /// What can be shared.
    pub content: SimulatedDevice,
    pub stage: SimulatedDevice,
}

/// [`VideoFormat`] with every figure in range: 160x90 to 1920x1080, even, 5 to 60 pictures a
/// second, 1 to 3 layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Video(pub(crate) VideoFormat);

impl Video {
    #[must_use]
    pub fn format(self) -> VideoFormat {
        self.0
    }
}

impl Settings {
    /// Reads settings from text.
    ///
    /// # Errors
    /// Every problem found, in the order of their lines.
    pub fn parse(text: &str) -> Result<Self, SettingsProblems> {
        let text = migrate::to_current(text)?;
        sections::read(&text)
    }

    /// Reads a settings file of at most 256 KiB.
    ///
    /// # Errors
    /// When the file cannot be read, or as [`Settings::parse`].
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let text = read_bounded(path).map_err(|source| LoadError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|problems| LoadError::Content {
            path: path.to_owned(),
            problems,
        })
    }
}

fn read_bounded(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(MAX_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(std::io::Error::other("the file is longer than 256 KiB"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
