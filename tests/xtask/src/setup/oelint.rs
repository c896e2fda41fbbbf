//! oelint-adv, which reads Yocto recipes, from PyPI, in an environment of its own.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::{Result, places, run};

const VERSION: &str = "9.11.2";

/// The program.
pub fn program() -> PathBuf {
    folder().join("bin/oelint-adv")
}

fn folder() -> PathBuf {
    places::cache().join(format!("oelint-adv-{VERSION}"))
}

pub fn install() -> Result<()> {
    let folder = folder();
    let stamp = folder.join("complete");
    if stamp.exists() {
        return Ok(());
    }
    println!("oelint-adv {VERSION}");
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .map_err(|e| format!("cannot remove {}: {e}", folder.display()))?;
    }
    let mut venv = Command::new("python3");
    run::quietly("python3 -m venv", venv.args(["-m", "venv"]).arg(&folder))
        .map_err(|e| format!("{e}\n  sudo apt-get install python3-venv"))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check"]);
    pip.args(["--no-input", &format!("oelint-adv=={VERSION}")]);
    run::quietly("pip install oelint-adv", &mut pip)?;
    // Written last: an installation that was cut short has none and is made anew.
    fs::write(&stamp, VERSION).map_err(|e| format!("cannot write {}: {e}", stamp.display()))
}
