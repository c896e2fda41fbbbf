//! CycloneDX's own Python library, with the official schemas in it.

use std::path::PathBuf;

use super::python::Environment;
use crate::Result;

const LIBRARY: Environment = Environment {
    name: "cyclonedx-python-lib",
    version: "11.12.0",
    extras: "[json-validation]",
};

/// A Python that knows the library.
pub fn python() -> PathBuf {
    LIBRARY.program("python")
}

pub fn install() -> Result<()> {
    LIBRARY.install()
}
