//! oelint-adv, which reads Yocto recipes.

use std::path::PathBuf;

use super::python::Environment;
use crate::Result;

const OELINT: Environment = Environment {
    name: "oelint-adv",
    version: "9.11.2",
    extras: "",
};

/// The program.
pub fn program() -> PathBuf {
    OELINT.program("oelint-adv")
}

pub fn install() -> Result<()> {
    OELINT.install()
}
