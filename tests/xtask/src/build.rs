//! Building the daemons, and handing over to the demo or the bench.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use crate::{Result, places, run};

/// What a room is made of.
const DAEMONS: [&str; 3] = ["roomd", "mediad", "roomctl"];
/// What `bench room` measures besides.
const PANEL: &str = "paneld";

/// Tests and demo find the daemons by this variable.
pub const BINARIES: &str = "SALLE_BIN_DIR";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    Dev,
    /// For figures: what a room really runs, but for optimisation at link time.
    Measured,
}

impl Profile {
    /// Where programs of this profile are.
    pub fn folder(self) -> PathBuf {
        places::target().join(match self {
            Self::Dev => "debug",
            Self::Measured => "measured",
        })
    }
}

pub fn demo(options: &[&str]) -> Result<()> {
    build(Profile::Dev, &["salle-scenarios"])?;
    become_program(Profile::Dev, "demo", options)
}

pub fn bench(kind: &str, options: &[&str]) -> Result<()> {
    build(Profile::Measured, &[PANEL, "salle-bench"])?;
    let mut arguments = vec![kind];
    arguments.extend_from_slice(options);
    become_program(Profile::Measured, "salle-bench", &arguments)
}

/// Draws the touch panel's screens, as the test that holds them to what was kept.
pub fn pictures(wishes: &[(&str, &str)]) -> Result<()> {
    let mut cargo = run::cargo(&["test", "--workspace", "--test", "pictures"]);
    cargo.envs(wishes.iter().copied());
    in_full_view(&mut cargo)
}

/// Writes a unit's `salle.toml`; needs none of the daemons.
pub fn commission(arguments: &[&str]) -> Result<()> {
    let mut cargo = run::cargo(&[
        "build",
        "--quiet",
        "--package",
        "salle-commission",
        "--bins",
    ]);
    // What is typed, or comes through a pipe, is for the program.
    run::quietly("building the program that asks", &mut cargo)?;
    become_program(Profile::Dev, "commission", arguments)
}

/// Builds the daemons and the programs of some more packages, in full view. All at once: asked
/// for one after the other, they want other features of the same libraries.
fn build(profile: Profile, more: &[&str]) -> Result<()> {
    let mut cargo = run::cargo(&["build"]);
    for name in DAEMONS.iter().chain(more) {
        cargo.args(["-p", name]);
    }
    cargo.arg("--bins");
    if profile == Profile::Measured {
        cargo.args(["--profile", "measured"]);
        // Without it nothing on the panel can be found by its label.
        cargo.env("SLINT_EMIT_DEBUG_INFO", "1");
    }
    in_full_view(&mut cargo)
}

fn in_full_view(cargo: &mut Command) -> Result<()> {
    match cargo.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("It failed; what it said is above.".to_owned()),
        Err(error) => Err(format!("cannot start cargo: {error}")),
    }
}

/// Takes this process's place, so that Ctrl-C reaches the program alone and the shell waits
/// until it has left the call and stopped what it started.
fn become_program(profile: Profile, name: &str, arguments: &[&str]) -> Result<()> {
    let program = profile.folder().join(name);
    let error = Command::new(&program)
        .args(arguments)
        .env(BINARIES, profile.folder())
        .exec();
    Err(format!("cannot start {}: {error}", program.display()))
}
