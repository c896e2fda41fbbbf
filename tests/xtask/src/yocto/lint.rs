//! oelint-adv over the layers. Pinned, from PyPI, in an environment of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, places, run};

const VERSION: &str = "9.11.2";
/// The Yocto release the layers are for.
const RELEASE: &str = "wrynose";
/// Rules that ask what does not hold here.
const SUPPRESS: &[&str] = &[
    // Asks the network whether a homepage answers.
    "oelint.vars.homepageping",
];

fn folder() -> PathBuf {
    places::cache().join(format!("oelint-adv-{VERSION}"))
}

/// Installs it once.
pub fn install() -> Result<()> {
    let folder = folder();
    let stamp = folder.join("complete");
    if stamp.exists() {
        return Ok(());
    }
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

/// The check, ready to be run: prints findings only, and fails when there are any.
pub fn lint() -> Result<Command> {
    install()?;
    let layers = places::checkout().join("yocto");
    let mut files = Vec::new();
    metadata(&layers, &mut files)?;
    files.sort();
    let mut command = Command::new(folder().join("bin/oelint-adv"));
    command.current_dir(&layers);
    command.args(["--quiet", "--relpaths", "--release", RELEASE]);
    for rule in SUPPRESS {
        command.args(["--suppress", rule]);
    }
    command.args(files);
    Ok(command)
}

/// Recipes, appends, classes and what they include.
fn metadata(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let wrong = |e: std::io::Error| format!("cannot list {}: {e}", folder.display());
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.is_dir() {
            metadata(&path, found)?;
        } else if path.extension().is_some_and(|kind| {
            ["bb", "bbappend", "bbclass", "inc", "conf"]
                .iter()
                .any(|known| kind == *known)
        }) {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_is_looked_at() {
        let mut found = Vec::new();
        metadata(&places::checkout().join("yocto"), &mut found).unwrap();
        let has = |name: &str| found.iter().any(|file| file.ends_with(name));
        assert!(has("salle-daemons_0.1.0.bb"), "{found:?}");
        assert!(has("conf/distro/salle.conf"));
    }
}
