//! Lets CycloneDX's own library judge our lists: `validate.py`.
//!
//! Deliberately absent: a validator of our own in Rust. It would bring forty crates into the lock
//! file, and the schema of a quarter of a megabyte into the checkout, to say the same.

use std::path::PathBuf;
use std::process::Command;

use crate::setup::cyclonedx;
use crate::{Result, places};

const SCRIPT: &str = "tests/xtask/src/image/sbom/validate.py";

pub fn check(lists: &[PathBuf]) -> Result<()> {
    cyclonedx::install()?;
    let mut python = Command::new(cyclonedx::python());
    python.arg(places::checkout().join(SCRIPT)).args(lists);
    let said = python.output().map_err(|e| format!("python: {e}"))?;
    if said.status.success() {
        return Ok(());
    }
    Err(format!(
        "CycloneDX's library refuses a list:\n{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    ))
}
