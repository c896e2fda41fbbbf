//! The bootloader's environment, in which the systems of a unit leave each other notes.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::tools::{self, ToolError};
use crate::outcome::chain;

/// How the environment lies on the disk, for `fw_printenv` and `fw_setenv`; its device is a link by
/// label, which udev makes.
const CONFIG: &str = "/etc/fw_env.config";
const BY_LABEL: &str = "/dev/disk/by-partlabel/";

/// What it said when it was read. Once a start: every look costs a process, and all that follows
/// waits for this program.
pub struct Notes {
    config: PathBuf,
    text: String,
}

impl Notes {
    /// Empty when it cannot be read. `runtime`: a folder to write in.
    pub fn read(disk: Option<&Disk>, runtime: &Path) -> Self {
        let config = disk.and_then(|disk| without_links(disk, runtime));
        let config = config.unwrap_or_else(|| CONFIG.into());
        let text = tools::output("fw_printenv", &["-c".as_ref(), config.as_os_str()]);
        Self {
            config,
            text: text.unwrap_or_default(),
        }
    }

    /// Empty when it says nothing of this.
    pub fn of(&self, name: &str) -> &str {
        let mut lines = self.text.lines().filter_map(|line| line.split_once('='));
        lines
            .find_map(|(other, value)| (other == name).then_some(value))
            .unwrap_or_default()
    }

    /// An empty value removes the note.
    ///
    /// # Errors
    /// When the environment cannot be written.
    pub fn set(&self, name: &str, value: &str) -> Result<(), ToolError> {
        let config = self.config.as_os_str();
        let mut words: Vec<&OsStr> = vec!["-c".as_ref(), config, name.as_ref()];
        if !value.is_empty() {
            words.push(value.as_ref());
        }
        tools::run("fw_setenv", &words)
    }

    /// Whether the environment took it.
    pub fn remember(&self, name: &str, value: &str) -> bool {
        let set = self.set(name, value);
        if let Err(error) = &set {
            tracing::error!(name, error = %chain(error), "the bootloader's environment cannot be written");
        }
        set.is_ok()
    }
}

/// The same configuration by the kernel's own names, which are there from the start.
fn without_links(disk: &Disk, runtime: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(CONFIG).ok()?;
    let text = by_device(&text, |label| disk.partition_labelled(label))?;
    let to = runtime.join("fw_env.config");
    fs::create_dir_all(runtime).ok()?;
    fs::write(&to, text).ok()?;
    Some(to)
}

fn by_device(text: &str, find: impl Fn(&str) -> Option<PathBuf>) -> Option<String> {
    let line = |line: &str| match line.strip_prefix(BY_LABEL) {
        None => Some(format!("{line}\n")),
        Some(rest) => {
            let (label, rest) = rest.split_once(char::is_whitespace)?;
            Some(format!("{} {rest}\n", find(label)?.display()))
        }
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_told_apart_by_their_whole_names() {
        let notes = Notes {
            config: CONFIG.into(),
            text: "BOOT_ORDER=A B\nsalle_reset=1\nBOOT_B_FAULT=a=b\n".to_owned(),
        };
        assert_eq!(notes.of("salle_reset"), "1");
        assert_eq!(notes.of("BOOT_B_FAULT"), "a=b");
        for silent in ["reset", "BOOT_B", "salle_resets", "BOOT_A_FAULT"] {
            assert_eq!(notes.of(silent), "", "{silent}");
        }
    }

    #[test]
    fn links_by_label_become_the_partitions_themselves() {
        let text = "# a comment\n/dev/disk/by-partlabel/env 0x0000 0x4000\n/dev/mmcblk0 0x1 0x2\n";
        let found = by_device(text, |label| {
            (label == "env").then(|| PathBuf::from("/dev/vda2"))
        });
        let expected = "# a comment\n/dev/vda2 0x0000 0x4000\n/dev/mmcblk0 0x1 0x2\n";
        assert_eq!(found.as_deref(), Some(expected));
        assert_eq!(by_device(text, |_| None), None);
    }
}
