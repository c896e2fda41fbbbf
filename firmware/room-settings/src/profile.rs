//! The board's profile: the file of this name, or the one that fits the device tree.
//!
//! A profile comes with the image and is right or the image is wrong, so its complaints are the
//! TOML reader's own, with line and column.

use std::path::{Path, PathBuf};

use board_api::profile::{Profile, ProfileKind};

use crate::read_bounded;
use crate::values::Profile as Choice;

/// Most profiles of one image.
const MAX_PROFILES: usize = 64;

/// What the settings' `[board] profile` comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Board {
    /// Nothing is real.
    Simulated,
    Linux(Box<Profile>),
}

/// No profile can be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("the board profile {} cannot be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the board profile {} is wrong", path.display())]
    Content {
        path: PathBuf,
        #[source]
        source: Box<toml::de::Error>,
    },
    /// What the device tree says it is, most exact first.
    #[error("no board profile fits this board ({})", compatible.join(", "))]
    NoneFits { compatible: Vec<String> },
}

impl ProfileError {
    /// The whole chain, in one line.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Read { source, .. } => format!("{self}: {source}"),
            Self::Content { source, .. } => {
                let text = source.to_string();
                let words: Vec<&str> = text.split_whitespace().collect();
                format!("{self}: {}", words.join(" "))
            }
            Self::NoneFits { .. } => self.to_string(),
        }
    }
}

impl Board {
    /// `profiles` is the folder of the image's profiles, `device_tree` the device tree's
    /// `compatible` property: words that end in a zero, most exact first; empty on machines without a
    /// device tree, which are for development and count as simulated unless a profile is named.
    ///
    /// # Errors
    /// When no profile fits, or the one that does cannot be read.
    pub fn find(
        choice: &Choice,
        profiles: &Path,
        device_tree: &[u8],
    ) -> Result<Self, ProfileError> {
        if choice.is_simulated() {
            return Ok(Self::Simulated);
        }
        if !choice.is_automatic() {
            return load(&profiles.join(format!("{}.toml", choice.as_str()))).map(Self::of);
        }
        let compatible = words(device_tree);
        if compatible.is_empty() {
            return Ok(Self::Simulated);
        }
        fitting(profiles, &compatible)?
            .map(Self::of)
            .ok_or(ProfileError::NoneFits { compatible })
    }

    fn of(profile: Profile) -> Self {
        match profile.kind {
            ProfileKind::Simulated => Self::Simulated,
            ProfileKind::Linux => Self::Linux(Box::new(profile)),
        }
    }
}

fn words(property: &[u8]) -> Vec<String> {
    property
        .split(|byte| *byte == 0)
        .filter(|word| !word.is_empty())
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .take(MAX_PROFILES)
        .collect()
}

fn load(path: &Path) -> Result<Profile, ProfileError> {
    let text = read_bounded(path).map_err(|source| ProfileError::Read {
        path: path.to_owned(),
        source,
    })?;
    toml::from_str(&text).map_err(|source| ProfileError::Content {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

/// The profile for the most exact word any profile is for.
fn fitting(folder: &Path, compatible: &[String]) -> Result<Option<Profile>, ProfileError> {
    let listing = std::fs::read_dir(folder).map_err(|source| ProfileError::Read {
        path: folder.to_owned(),
        source,
    })?;
    let mut paths: Vec<PathBuf> = listing
        .take(MAX_PROFILES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .collect();
    paths.sort();
    let mut best: Option<(usize, Profile)> = None;
    for path in paths {
        let profile = load(&path)?;
        let place = compatible
            .iter()
            .position(|word| profile.device_tree.iter().any(|own| own.as_str() == word));
        if let Some(place) = place
            && best.as_ref().is_none_or(|(other, _)| place < *other)
        {
            best = Some((place, profile));
        }
    }
    Ok(best.map(|(_, profile)| profile))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../board/profiles")
    }

    fn choice(name: &str) -> Choice {
        Choice::new(name).unwrap()
    }

    fn name(choice_name: &str, device_tree: &[u8]) -> String {
        match Board::find(&choice(choice_name), &folder(), device_tree).unwrap() {
            Board::Simulated => "sim".into(),
            Board::Linux(profile) => profile.name.as_str().into(),
        }
    }

    #[test]
    fn a_profile_is_named_or_chosen_by_the_device_tree() {
        assert_eq!(name("sim", b""), "sim");
        assert_eq!(name("auto", b""), "sim");
        assert_eq!(name("imx8mp-evk", b""), "imx8mp-evk");
        assert_eq!(name("auto", b"linux,dummy-virt\0"), "qemu-arm64");
        assert_eq!(
            name("auto", b"raspberrypi,5-model-b\0brcm,bcm2712\0"),
            "raspberrypi5"
        );
        assert_eq!(name("auto", b"fsl,imx8mp-evk\0fsl,imx8mp\0"), "imx8mp-evk");
    }

    #[test]
    fn a_board_nobody_knows_is_told_with_its_own_name() {
        let found = Board::find(&choice("auto"), &folder(), b"acme,one\0acme,soc\0");
        let line = found.unwrap_err().line();
        assert!(line.contains("acme,one, acme,soc"), "{line}");
        let found = Board::find(&choice("nowhere"), &folder(), b"");
        assert!(matches!(found, Err(ProfileError::Read { .. })));
    }

    #[test]
    fn a_wrong_profile_is_told_with_line_and_key() {
        let dir = tempfile::tempdir().unwrap();
        let text =
            "version = 1\nname = \"x\"\nkind = \"linux\"\n[buttons]\njion = { line = \"a\" }\n";
        std::fs::write(dir.path().join("x.toml"), text).unwrap();
        let line = Board::find(&choice("x"), dir.path(), b"")
            .unwrap_err()
            .line();
        assert!(line.contains("line 5") && line.contains("jion"), "{line}");
        for (bad, why) in [
            ("version = 2\nname = \"x\"\nkind = \"linux\"", "version"),
            ("version = 1\nname = \"X\"\nkind = \"linux\"", "lower-case"),
            (
                "version = 1\nname = \"x\"\nkind = \"linux\"\nmute_line = { line = \"a\", debounce_ms = 501 }",
                "500 ms",
            ),
            (
                "version = 1\nname = \"x\"\nkind = \"linux\"\n[panel]\n",
                "driver, its path",
            ),
            (
                "version = 1\nname = \"x\"\nkind = \"linux\"\n[panel]\nconnector = \"DSI-1\"",
                "connector",
            ),
        ] {
            std::fs::write(dir.path().join("x.toml"), bad).unwrap();
            let line = Board::find(&choice("x"), dir.path(), b"")
                .unwrap_err()
                .line();
            assert!(line.contains(why), "{line}");
        }
    }
}
