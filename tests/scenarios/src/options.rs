//! The settings file a room is started with, and where its binaries are.

use std::path::{Path, PathBuf};

use salle_stack::Account;
use toml::{Table, Value};

use crate::{Error, Result};

/// Where `cargo xtask test` puts the binaries; else they are looked for beside the tests.
const BINARIES: &str = "SALLE_BIN_DIR";

/// Salle's own lines in full, those of libraries when they matter.
const LOG: &str = "info,roomd=debug,mediad=debug,room_core=debug,room_livekit=debug,room_matrix=debug,room_media=debug";

/// The path of `roomd`, `mediad` or `roomctl`.
///
/// # Errors
/// [`Error::NotBuilt`].
pub fn binary(name: &str) -> Result<PathBuf> {
    let given = std::env::var_os(BINARIES).map(PathBuf::from);
    let beside = || Some(std::env::current_exe().ok()?.ancestors().nth(2)?.to_owned());
    let path = given.or_else(beside).unwrap_or_default().join(name);
    if path.exists() {
        Ok(path)
    } else {
        Err(Error::NotBuilt { path })
    }
}

/// A settings file in the making.
#[derive(Clone, Debug)]
pub struct RoomOptions {
    settings: Table,
    /// Content of the password file.
    pub password: String,
    /// `SALLE_LOG` of the daemons.
    pub log: String,
    /// `--state`, instead of a directory of the room's own.
    pub state: Option<PathBuf>,
    /// PEM file of the authorities whose certificates the daemons take, instead of the system's.
    pub authorities: Option<PathBuf>,
    /// A process whose mounts the daemons see instead of those of the test.
    pub mounts_of: Option<u32>,
    /// Group the daemons run as, by which [`salle_stack::Cut`] knows their packets. Only root
    /// may choose one.
    pub group: Option<u32>,
}

impl RoomOptions {
    /// A simulated room that logs in as `account` with its password: test camera 640x360 at
    /// 30 frames per second in two layers, test microphone, no speaker file.
    #[must_use]
    pub fn new(account: &Account) -> Self {
        Self::for_user(&account.homeserver_url, &account.user_id, &account.password)
    }

    /// The same for a user without an [`Account`]: unknown, or with a wrong password.
    #[must_use]
    pub fn for_user(homeserver_url: &str, user: &str, password: &str) -> Self {
        let mut options = Self {
            settings: Table::new(),
            password: password.to_owned(),
            log: LOG.to_owned(),
            state: None,
            authorities: None,
            mounts_of: None,
            group: None,
        };
        options.settings.insert("version".into(), Value::Integer(1));
        options
            .set("room", "name", "Ampère")
            .set("matrix", "homeserver", homeserver_url)
            .set("matrix", "user", user)
            .set("board", "profile", "sim")
            .set("video", "width", 640)
            .set("video", "height", 360)
            .set("video", "frames_per_second", 30)
            .set("video", "layers", 2);
        options
    }

    /// Sets `key` of `[section]`, whatever it was.
    pub fn set(&mut self, section: &str, key: &str, value: impl Into<Value>) -> &mut Self {
        let section = self.settings.entry(section).or_insert(Table::new().into());
        if let Some(section) = section.as_table_mut() {
            section.insert(key.to_owned(), value.into());
        }
        self
    }

    /// Takes `key` out of `[section]`.
    pub fn unset(&mut self, section: &str, key: &str) -> &mut Self {
        let section = self.settings.get_mut(section).and_then(Value::as_table_mut);
        if let Some(section) = section {
            section.remove(key);
        }
        self
    }

    /// The camera plays a Y4M file, e.g. of [`salle_peers::media`].
    pub fn camera_file(&mut self, path: &Path) -> &mut Self {
        self.set("simulation", "camera", format!("file:{}", path.display()))
    }

    /// The microphone plays a WAV file.
    pub fn microphone_file(&mut self, path: &Path) -> &mut Self {
        self.set(
            "simulation",
            "microphone",
            format!("file:{}", path.display()),
        )
    }

    /// What the room plays goes to a WAV file, for [`Recording`](crate::Recording).
    pub fn speaker_file(&mut self, path: &Path) -> &mut Self {
        self.set("simulation", "speaker", format!("file:{}", path.display()))
    }

    /// The text of the file; `password_file` is the one beside it unless something was set.
    pub(crate) fn text(&self, password_file: &Path) -> String {
        let mut settings = self.settings.clone();
        if let Some(matrix) = settings.get_mut("matrix").and_then(Value::as_table_mut)
            && !matrix.contains_key("password_file")
            && !matrix.contains_key("access_token_file")
        {
            let path = password_file.display().to_string();
            matrix.insert("password_file".into(), Value::String(path));
        }
        settings.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_a_test_writes_are_ones_a_room_takes() {
        let (homeserver, user) = ("http://127.0.0.1:8008", "@ampere:localhost:8448");
        let mut options = RoomOptions::for_user(homeserver, user, "secret");
        options.camera_file(Path::new("/tmp/camera.y4m"));
        let text = options.text(Path::new("/tmp/password"));
        room_settings::Settings::parse(&text).unwrap();
        options.set("video", "layers", 4);
        room_settings::Settings::parse(&options.text(Path::new("/tmp/password"))).unwrap_err();
    }
}
