//! Where `salle.toml` goes: a folder, which may be a stick, or the boot partition of a disk image.

mod disk;
mod folder;

use std::path::Path;

use salle_commission::Words;

use disk::Disk;
use folder::Folder;

const NAME: &str = "salle.toml";

#[derive(Debug)]
pub enum Place {
    Folder(Folder),
    Disk(Disk),
}

/// What is done with the file next.
const ON_A_DISK: Words = Words::new(
    "The unit takes it at its next start from this disk.",
    "L'unité le prend au prochain démarrage depuis ce disque.",
);
const ON_A_STICK: Words = Words::new(
    "Eject the drive. A unit takes it from a stick that is plugged in, and from its own drive SALLE at the next start.",
    "Éjectez le volume. L'unité le prend d'une clé que l'on branche, et de son propre volume SALLE au prochain démarrage.",
);
const IN_A_FOLDER: Words = Words::new(
    "Move it, under this name, to a FAT-formatted USB stick or to the drive SALLE of a flashed card.",
    "Déplacez-le, sous ce nom, sur une clé USB formatée en FAT ou sur le volume SALLE d'une carte flashée.",
);

impl Place {
    /// `--to FOLDER`, `--image DISK`, or nothing: the folder this was called in.
    ///
    /// # Errors
    /// When a file cannot be put there, before anybody has answered anything.
    pub fn of(arguments: &[&str]) -> Result<Self, String> {
        match arguments {
            [] => Folder::open(Path::new(".")).map(Self::Folder),
            ["--to", folder] => Folder::open(Path::new(folder)).map(Self::Folder),
            ["--image", disk] => Disk::open(Path::new(disk)).map(Self::Disk),
            other => Err(format!(
                "commission does not know `{}`; it takes --to FOLDER or --image DISK",
                other.join(" ")
            )),
        }
    }

    /// For people.
    pub fn name(&self) -> String {
        match self {
            Self::Folder(folder) => folder.file().display().to_string(),
            Self::Disk(disk) => disk.name(),
        }
    }

    /// There is a `salle.toml` already.
    pub fn occupied(&self) -> Result<bool, String> {
        match self {
            Self::Folder(folder) => Ok(folder.file().exists()),
            Self::Disk(disk) => disk.occupied(),
        }
    }

    /// # Errors
    /// When it could not be written; what was there before is still there.
    pub fn write(&self, text: &str, replace: bool) -> Result<(), String> {
        match self {
            Self::Folder(folder) => folder.write(text, replace),
            Self::Disk(disk) => disk.write(text),
        }
    }

    pub fn what_next(&self) -> Words {
        match self {
            Self::Disk(_) => ON_A_DISK,
            Self::Folder(folder) if folder.is_fat() => ON_A_STICK,
            Self::Folder(_) => IN_A_FOLDER,
        }
    }
}
