//! Synapse, from PyPI, in an environment of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, places, run};

/// The same as in `salle-stack`.
const VERSION: &str = "1.163.2";

/// Where it goes.
pub fn folder() -> PathBuf {
    places::cache().join(format!("synapse-{VERSION}"))
}

pub fn install() -> Result<()> {
    let folder = folder();
    let stamp = folder.join("complete");
    if stamp.exists() {
        return Ok(());
    }
    if !works(&folder) {
        make(&folder)?;
    }
    // Written last: an installation that was cut short has none and is made anew.
    fs::write(&stamp, VERSION).map_err(|e| format!("cannot write {}: {e}", stamp.display()))
}

fn make(folder: &Path) -> Result<()> {
    println!("Synapse {VERSION}");
    if folder.exists() {
        fs::remove_dir_all(folder)
            .map_err(|e| format!("cannot remove {}: {e}", folder.display()))?;
    }
    if places::program("python3").is_none() {
        return Err("Python 3 is missing:\n  sudo apt-get install python3-venv".to_owned());
    }
    let mut venv = Command::new("python3");
    run::quietly("python3 -m venv", venv.args(["-m", "venv"]).arg(folder))
        .map_err(|e| format!("{e}\n  sudo apt-get install python3-venv"))?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
    ]);
    run::quietly(
        "pip install matrix-synapse",
        pip.arg(format!("matrix-synapse=={VERSION}")),
    )?;
    if works(folder) {
        return Ok(());
    }
    Err(format!(
        "Synapse was installed to {} but does not start",
        folder.display()
    ))
}

/// Whether the right Synapse is there with all it imports.
fn works(folder: &Path) -> bool {
    let python = folder.join("bin/python");
    let code = "import synapse, synapse.app.homeserver; print(synapse.__version__)";
    let version = run::output(Command::new(python).args(["-c", code]));
    version.is_some_and(|version| version.trim() == VERSION)
}
