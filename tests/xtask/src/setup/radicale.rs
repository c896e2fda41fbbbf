//! Radicale, a CalDAV server for the tests of the room's calendar.

use super::python::Environment;
use crate::Result;

/// The version is the same as in `salle-stack`.
const RADICALE: Environment = Environment {
    name: "radicale",
    version: "3.9.0",
    extras: "",
};

/// Where it goes.
#[cfg(test)]
pub fn folder() -> std::path::PathBuf {
    RADICALE.folder()
}

pub fn install() -> Result<()> {
    RADICALE.install()
}
