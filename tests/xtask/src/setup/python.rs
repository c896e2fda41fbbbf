//! Python programs and libraries from PyPI, each in an environment of its own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::{Result, places, run};

/// What is installed from PyPI, and in which version.
#[derive(Debug)]
pub struct Environment {
    pub name: &'static str,
    pub version: &'static str,
    /// Optional parts of it, as pip writes them: `[json]`.
    pub extras: &'static str,
}

impl Environment {
    /// A program in it.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder().join("bin").join(name)
    }

    /// Where it goes.
    pub fn folder(&self) -> PathBuf {
        places::cache().join(format!("{}-{}", self.name, self.version))
    }

    pub fn install(&self) -> Result<()> {
        let Self {
            name,
            version,
            extras,
        } = self;
        let folder = self.folder();
        let stamp = folder.join("complete");
        if stamp.exists() {
            return Ok(());
        }
        println!("{name} {version}");
        if folder.exists() {
            fs::remove_dir_all(&folder)
                .map_err(|e| format!("cannot remove {}: {e}", folder.display()))?;
        }
        let mut venv = Command::new("python3");
        run::quietly("python3 -m venv", venv.args(["-m", "venv"]).arg(&folder))
            .map_err(|e| format!("{e}\n  sudo apt-get install python3-venv"))?;
        let mut pip = Command::new(self.program("python"));
        pip.args(["-m", "pip", "install", "--disable-pip-version-check"]);
        pip.args(["--no-input", &format!("{name}{extras}=={version}")]);
        run::quietly(&format!("pip install {name}"), &mut pip)?;
        // Written last: an installation that was cut short has none and is made anew.
        fs::write(&stamp, version).map_err(|e| format!("cannot write {}: {e}", stamp.display()))
    }
}
