//! What `cargo xtask image --test` built.

use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Names the folder; `cargo xtask test images` sets it.
const VARIABLE: &str = "SALLE_IMAGE";
/// The same of a newer version.
const NEXT: &str = "SALLE_IMAGE_NEXT";

/// A built image: never written to.
#[derive(Debug, Clone)]
pub struct Image {
    folder: PathBuf,
}

impl Image {
    /// # Errors
    /// When the variable is not set or names no image.
    pub fn from_environment() -> Result<Self> {
        Self::named_by(VARIABLE)
    }

    /// A newer version of it, to update to.
    ///
    /// # Errors
    /// When the variable is not set or names no image.
    pub fn next_from_environment() -> Result<Self> {
        Self::named_by(NEXT)
    }

    fn named_by(variable: &'static str) -> Result<Self> {
        let folder = std::env::var_os(variable).ok_or(Error::NoImage(variable))?;
        let image = Self {
            folder: folder.into(),
        };
        if image.disk().exists() {
            Ok(image)
        } else {
            Err(Error::NoImage(variable))
        }
    }

    /// The disk as it is flashed.
    #[must_use]
    pub fn disk(&self) -> PathBuf {
        self.folder.join("disk.img")
    }

    /// What the board starts with.
    #[must_use]
    pub fn boot_loader(&self) -> PathBuf {
        self.folder.join("u-boot.bin")
    }

    /// A slot's root with its hash tree.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder.join("root.img")
    }

    /// A slot's kernel image.
    #[must_use]
    pub fn kernel(&self) -> PathBuf {
        self.folder.join("kernel.itb")
    }

    /// Where all of it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
