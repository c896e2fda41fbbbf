//! Values that are checked once, when they are made.

use std::path::PathBuf;

use room_messages::api::Text;
use url::Url;

/// Why a text is not such a value: the reason, and what to write instead.
pub(crate) type Refusal = (Text, Text);

fn refuse(en: &str, fr: &str, instead_en: &str, instead_fr: &str) -> Refusal {
    (Text::new(en, fr), Text::new(instead_en, instead_fr))
}

/// 1 to 64 characters without control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomName(String);

impl RoomName {
    pub(crate) fn new(text: &str) -> Result<Self, Refusal> {
        let text = text.trim();
        let length = text.chars().count();
        if !(1..=64).contains(&length) || text.chars().any(char::is_control) {
            return Err(refuse(
                "a room's name has 1 to 64 printable characters",
                "le nom d'une salle compte de 1 à 64 caractères imprimables",
                "write for example \"Room 4.12\"",
                "écrivez par exemple \"Salle 4.12\"",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `https://matrix.example.org`, or a server name to be discovered (`example.org`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeserverAddress(String);

impl HomeserverAddress {
    pub(crate) fn new(text: &str) -> Result<Self, Refusal> {
        let good = if text.contains("://") {
            is_web_address(text)
        } else {
            is_server_name(text)
        };
        if !good {
            return Err(refuse(
                "this is neither a web address nor a server name",
                "ce n'est ni une adresse web ni un nom de serveur",
                "write for example \"https://matrix.example.org\" or \"example.org\"",
                "écrivez par exemple \"https://matrix.example.org\" ou \"example.org\"",
            ));
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address to begin with: `https://` is put before a server name.
    #[must_use]
    pub fn with_scheme(&self) -> String {
        if self.0.contains("://") {
            return self.0.clone();
        }
        format!("https://{}", self.0)
    }
}

/// Localpart (`salle-4`) or full user id (`@salle-4:example.org`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName(String);

impl UserName {
    pub(crate) fn new(text: &str) -> Result<Self, Refusal> {
        let good = if text.starts_with('@') {
            is_user_id(text)
        } else {
            (1..=255).contains(&text.len())
                && text
                    .chars()
                    .all(|c| c.is_ascii_graphic() && c != ':' && c != '@')
        };
        if !good {
            return Err(refuse(
                "this is not a Matrix user",
                "ce n'est pas un utilisateur Matrix",
                "write for example \"@room-4:example.org\"",
                "écrivez par exemple \"@salle-4:example.org\"",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who may invite the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvitationRule {
    /// Everybody on the room's own homeserver.
    OwnServer,
    Everybody,
    /// Everybody on this homeserver.
    Server(String),
    /// This one user.
    User(String),
}

impl InvitationRule {
    pub(crate) fn new(text: &str) -> Result<Self, Refusal> {
        match text {
            "*" => Ok(Self::Everybody),
            _ if is_user_id(text) => Ok(Self::User(text.to_owned())),
            _ if is_server_name(text) => Ok(Self::Server(text.to_owned())),
            _ => Err(refuse(
                "this is neither a server name, a user id nor \"*\"",
                "ce n'est ni un nom de serveur, ni un identifiant d'utilisateur, ni \"*\"",
                "write for example \"example.org\", \"@anna:example.org\" or \"*\"",
                "écrivez par exemple \"example.org\", \"@anne:example.org\" ou \"*\"",
            )),
        }
    }
}

/// Address of an authorization service, exactly as written: services are compared by their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUrl(String);

impl ServiceUrl {
    pub(crate) fn new(text: &str) -> Result<Self, Refusal> {
        if !is_web_address(text) || text.ends_with('/') {
            return Err(refuse(
                "this is not the address of an authorization service (it has no \"/\" at its end)",
                "ce n'est pas l'adresse d'un service d'autorisation (sans \"/\" à la fin)",
                "write for example \"https://rtc.example.org/livekit/jwt\"",
                "écrivez par exemple \"https://rtc.example.org/livekit/jwt\"",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Name of a board profile: lower-case letters, digits and dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile(String);

impl Profile {
    pub(crate) fn new(text: &str) -> Result<Self, Refusal> {
        let good = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !good {
            return Err(refuse(
                "a profile is named by lower-case letters, digits and dashes",
                "un profil est nommé par des minuscules, des chiffres et des tirets",
                "write \"auto\", \"sim\" or for example \"raspberrypi5\"",
                "écrivez \"auto\", \"sim\" ou par exemple \"raspberrypi5\"",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one that fits the device tree.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        self.0 == "auto"
    }

    /// The simulated board.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.0 == "sim"
    }
}

/// A device of profile `sim`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SimulatedDevice {
    None,
    Test,
    /// Absolute path.
    File(PathBuf),
}

impl SimulatedDevice {
    pub(crate) fn new(text: &str) -> Result<Self, Refusal> {
        match text {
            "none" => Ok(Self::None),
            "test" => Ok(Self::Test),
            _ => match text.strip_prefix("file:").map(PathBuf::from) {
                Some(path) if path.is_absolute() => Ok(Self::File(path)),
                _ => Err(refuse(
                    "a simulated device is \"test\", \"none\" or a file",
                    "un appareil simulé est \"test\", \"none\" ou un fichier",
                    "write \"test\", \"none\" or \"file:\" and an absolute path",
                    "écrivez \"test\", \"none\" ou \"file:\" suivi d'un chemin absolu",
                )),
            },
        }
    }
}

fn is_web_address(text: &str) -> bool {
    text.len() <= 2048
        && Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
        })
}

/// Matrix server name: host or address, and perhaps a port.
pub(crate) fn is_server_name(text: &str) -> bool {
    let shape = (1..=230).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b));
    shape && Url::parse(&format!("https://{text}/")).is_ok_and(|url| url.path() == "/")
}

fn is_user_id(text: &str) -> bool {
    let Some((local, server)) = text.strip_prefix('@').and_then(|rest| rest.split_once(':')) else {
        return false;
    };
    text.len() <= 255
        && !local.is_empty()
        && local.chars().all(|c| c.is_ascii_graphic())
        && is_server_name(server)
}
