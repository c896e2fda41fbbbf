//! `cargo xtask test images`: builds the test images and hands them to `tests/images`.

use super::{Variant, Wanted, build, keys, rauc};
use crate::{Result, run};

pub fn run(filters: &[&str]) -> Result<()> {
    let image = build(&wanted("0.1.0"))?;
    let next = build(&wanted("0.2.0"))?;
    let packages = ["--package", "salle-images", "--package", "salle-commission"];
    let mut cargo = run::cargo(&["test", "--no-fail-fast"]);
    // Ignored elsewhere: what needs the programs with which disks are made.
    cargo.args(packages).args(["--", "--include-ignored"]);
    // A virtual board takes two cores.
    cargo.arg("--test-threads=1").args(filters);
    cargo
        .env("SALLE_IMAGE", &image.folder)
        .env("SALLE_IMAGE_NEXT", &next.folder)
        .env("SALLE_KEYS", keys::development()?)
        .env("SALLE_RAUC", rauc::program()?);
    match cargo.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("Tests of the image failed; see above.".to_owned()),
        Err(error) => Err(format!("cannot start cargo: {error}")),
    }
}

/// `cargo xtask bench boot`: in the same image, one start after the other.
pub fn bench() -> Result<()> {
    let image = build(&wanted("0.1.0"))?;
    let bench = [
        "run",
        "--quiet",
        "--package",
        "salle-images",
        "--bin",
        "bench-boot",
    ];
    let mut cargo = run::cargo(&bench);
    match cargo.env("SALLE_IMAGE", &image.folder).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("The bench ended with {status}.")),
        Err(error) => Err(format!("cannot start cargo: {error}")),
    }
}

fn wanted(version: &str) -> Wanted {
    Wanted {
        variant: Variant::Test,
        version: version.to_owned(),
    }
}
