//! The settings on the data partition: written whole, the last good ones kept, an older system's
//! own copy kept for the day it runs again.
//!
//! | file | what |
//! |---|---|
//! | `room.toml` | what `roomd` reads |
//! | `room.toml.good` | the last that could be read |
//! | `room.toml.good-VERSION` | the last that system version could read |
//! | `room.toml.bad` | what could not be read, for whoever looks after it |
//! | `taken` | hashes of each `salle.toml` taken already |

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use room_commissioning::{Commission, Reader};
use room_fleet::Version;
use room_settings::{ServiceKey, Settings, SettingsProblems};
use sha2::{Digest as _, Sha256};

use crate::store::{read_bounded, write_whole};

/// Longest settings file, in bytes.
const MAX_FILE: u64 = 256 * 1024;
/// Most hashes remembered.
const MAX_TAKEN: usize = 32;
/// Most copies kept for other system versions.
const MAX_COPIES: usize = 4;

/// The folder of settings.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    /// Whose the room's secrets are.
    owner: Option<u32>,
}

/// What there is to run a room with.
#[derive(Debug)]
pub enum Standing {
    /// Nobody has commissioned it.
    Nothing,
    Sound(Box<Settings>),
    /// The present ones could not be read; these are the last good ones.
    Restored(Box<Settings>, SettingsProblems),
    /// Nor could any copy.
    Unreadable(SettingsProblems),
}

impl Folder {
    #[must_use]
    pub fn new(path: &Path, owner: &str) -> Self {
        Self {
            path: path.to_owned(),
            owner: user_id(owner),
        }
    }

    #[must_use]
    pub fn secrets(&self) -> PathBuf {
        self.path.join("secrets")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether this very text was taken already.
    #[must_use]
    pub fn has_taken(&self, text: &str) -> bool {
        let hash = hash(text);
        self.taken().contains(&hash)
    }

    fn taken(&self) -> Vec<String> {
        let bytes = read_bounded(&self.file("taken"), MAX_FILE).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.lines().map(str::to_owned).collect()
    }

    /// Remembers texts as taken.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn take(&self, texts: &[&str]) -> io::Result<()> {
        let mut taken = self.taken();
        taken.extend(texts.iter().map(|text| hash(text)));
        let from = taken.len().saturating_sub(MAX_TAKEN);
        let lines = taken.get(from..).unwrap_or_default().join("\n");
        write_whole(&self.file("taken"), format!("{lines}\n").as_bytes(), 0o600)
    }

    /// Whether settings with this service key may be taken: without one always, else only by a unit
    /// that has no settings yet, or this very key in them. Otherwise whoever has a stick could give
    /// himself a shell on a unit that has a room's keys; after a factory reset it has none.
    #[must_use]
    pub fn admits(&self, key: Option<&ServiceKey>) -> bool {
        if key.is_none() {
            return true;
        }
        let texts: Vec<String> = self.names().iter().filter_map(|n| self.read(n)).collect();
        let known = texts.iter().find_map(|text| Settings::parse(text).ok());
        match known {
            Some(settings) => settings.service.key.as_ref() == key,
            // There may be a key in what cannot be read.
            None => texts.is_empty(),
        }
    }

    /// Settings and every copy of them, the present ones first, then the newest.
    fn names(&self) -> Vec<String> {
        let mut names = vec!["room.toml".to_owned(), "room.toml.good".to_owned()];
        let copies = self.copies().into_iter().rev();
        names.extend(copies.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())));
        names
    }

    /// Writes the secrets, then the settings that name them.
    ///
    /// # Errors
    /// When the disk is full or gone; the settings of before still stand then.
    pub fn apply(&self, commission: &Commission) -> io::Result<()> {
        let secrets = self.secrets();
        fs::create_dir_all(&secrets)?;
        for keep in &commission.secrets {
            let path = secrets.join(keep.file);
            write_whole(&path, keep.secret.expose().as_bytes(), 0o600)?;
            if let (Reader::Room, Some(owner)) = (keep.reader, self.owner) {
                chown(&path, Some(owner), None)?;
            }
        }
        self.write("room.toml", commission.text.as_bytes())
    }

    /// A file of the folder's group.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.file(name);
        write_whole(&path, bytes, 0o640)?;
        let group = fs::metadata(&self.path)?.gid();
        // Where it is not root's to give away, the group is right already.
        let _ = chown(&path, None, Some(group));
        Ok(())
    }

    /// What there is, after falling back to a copy where the present file cannot be read.
    /// `version` is that of the running system.
    pub fn settle(&self, version: &Version) -> Standing {
        let present = self.read("room.toml");
        let mistakes = match present.as_deref().map(Settings::parse) {
            Some(Ok(settings)) => {
                self.keep_copies(present.as_deref().unwrap_or_default(), version);
                return Standing::Sound(Box::new(settings));
            }
            Some(Err(mistakes)) => Some(mistakes),
            None => None,
        };
        let copies = [
            format!("room.toml.good-{version}"),
            "room.toml.good".to_owned(),
        ];
        let mut texts = copies.iter().filter_map(|name| self.read(name));
        let sound = texts.find_map(|text| Some((Settings::parse(&text).ok()?, text)));
        match (mistakes, sound) {
            (None, None) => Standing::Nothing,
            (Some(mistakes), None) => Standing::Unreadable(mistakes),
            (mistakes, Some((settings, good))) => {
                if let Err(error) = self.restore(&good) {
                    tracing::error!(%error, "the last good settings cannot be put back");
                }
                let mistakes = mistakes.unwrap_or_else(|| SettingsProblems(Vec::new()));
                Standing::Restored(Box::new(settings), mistakes)
            }
        }
    }

    /// What could not be read is kept as it is, every byte of it.
    fn restore(&self, good: &str) -> io::Result<()> {
        match fs::rename(self.file("room.toml"), self.file("room.toml.bad")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.write("room.toml", good.as_bytes())
    }

    fn read(&self, name: &str) -> Option<String> {
        let bytes = read_bounded(&self.file(name), MAX_FILE).ok()?;
        // Not text: it is there, and cannot be read.
        Some(String::from_utf8(bytes).unwrap_or_else(|_| "\u{0}".to_owned()))
    }

    fn keep_copies(&self, text: &str, version: &Version) {
        for name in [
            "room.toml.good".to_owned(),
            format!("room.toml.good-{version}"),
        ] {
            let same = self.read(&name).is_some_and(|kept| kept == text);
            if !same && let Err(error) = self.write(&name, text.as_bytes()) {
                tracing::warn!(%error, "no copy of the settings can be kept");
            }
        }
        self.forget_old_copies();
    }

    /// The oldest copies for other versions go.
    fn forget_old_copies(&self) {
        let copies = self.copies();
        let surplus = copies.len().saturating_sub(MAX_COPIES);
        for path in copies.into_iter().take(surplus) {
            let _ = fs::remove_file(path);
        }
    }

    /// Those for system versions, oldest first.
    fn copies(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        let mut copies: Vec<_> = entries
            .filter(|entry| {
                entry
                    .file_name()
                    .to_string_lossy()
                    .starts_with("room.toml.good-")
            })
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        copies.sort();
        copies.into_iter().map(|(_, path)| path).collect()
    }
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn user_id(name: &str) -> Option<u32> {
    let passwd = fs::read_to_string("/etc/passwd").ok()?;
    let of = |line: &str| {
        let mut fields = line.split(':');
        (fields.next()? == name).then(|| fields.nth(1)?.parse().ok())?
    };
    passwd.lines().find_map(of)
}

/// Replaces a file's text in its own place, so that the old one is not left beside it: the same
/// blocks, zeros first.
///
/// # Errors
/// When it cannot be written.
pub fn overwrite(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    let length = file.metadata()?.len();
    let zeros = vec![b'\n'; usize::try_from(length.min(MAX_FILE)).unwrap_or(0)];
    file.write_all(&zeros)?;
    file.sync_all()?;
    io::Seek::rewind(&mut file)?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)?;
    file.sync_all()
}

/// Takes a file and its content away.
///
/// # Errors
/// When it is there and cannot be removed.
pub fn overwrite_and_remove(path: &Path) -> io::Result<()> {
    match overwrite(path, "") {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        done => done?,
    }
    fs::remove_file(path)
}
