//! What this system says of itself: `release.toml` of the image.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest version text, in bytes.
const MAX_VERSION: usize = 64;

/// `major.minor.patch`, perhaps with a pre-release; ordered as semver.org says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(semver::Version);

/// A text that is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a version has the form 1.2.3, at most 64 characters")]
pub struct VersionError;

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        if text.len() > MAX_VERSION {
            return Err(VersionError);
        }
        let version = semver::Version::parse(text).map_err(|_| VersionError)?;
        Ok(Self(version))
    }
}

impl TryFrom<String> for Version {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.0.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whose keys this system trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Keys that lie in the open; shown as a fault for as long as it runs.
    Test,
    Release,
}

/// `/usr/share/salle/release.toml`, written with the image.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Release {
    pub version: Version,
    /// Which bundles fit this board.
    pub compatible: String,
    /// No older version may take this one's place.
    pub floor: Version,
    pub channel: Channel,
    /// TPM registers the data key is sealed to, as `systemd-cryptenroll` writes them.
    #[serde(default = "default_pcrs")]
    pub tpm2_pcrs: String,
}

fn default_pcrs() -> String {
    crate::measured::REGISTERS.to_owned()
}

/// The image was built wrongly.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("release.toml of the image cannot be read")]
pub struct ReleaseError(#[source] toml::de::Error);

impl Release {
    /// Reads the file's text.
    ///
    /// # Errors
    /// When a field is missing or wrong.
    pub fn parse(text: &str) -> Result<Self, ReleaseError> {
        toml::from_str(text).map_err(ReleaseError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_their_numbers_and_bounded() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("0.10.0") > version("0.9.1"));
        assert!(version("1.0.0-rc.1") < version("1.0.0"));
        for wrong in ["", "1", "1.2", "v1.2.3", "1.2.3.4", &"1".repeat(65)] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_release_file_is_read_and_its_mistakes_are_named() {
        let text = "version = \"0.2.0\"\ncompatible = \"salle-x\"\nfloor = \"0.1.0\"\nchannel = \"test\"\n";
        let release = Release::parse(text).unwrap();
        assert_eq!(release.channel, Channel::Test);
        assert_eq!(release.tpm2_pcrs, "8+9");
        assert!(Release::parse(&text.replace("0.2.0", "two")).is_err());
        assert!(Release::parse(&text.replace("test", "beta")).is_err());
    }
}
