//! `cargo xtask test images`: builds the test images and hands them to `tests/images`.

use std::process::Command;

use super::{Variant, Wanted, build, keys, rauc};
use crate::{Result, places, run, targets};

/// Where the board reaches the servers of a test: an address of `lo` in a network namespace of
/// its own (RFC 2544's block for tests), since loopback is the board itself there.
const HOST: &str = "198.18.0.1";

/// Everything, or the tests whose names contain one of the filters.
pub fn run(filters: &[&str]) -> Result<()> {
    let programs = targets::integration_tests().images;
    let programs: Vec<&str> = programs.iter().map(String::as_str).collect();
    tests(&programs, filters, &[])
}

/// `cargo xtask bench powercut N`: the plug is pulled so often; every run has other instants.
pub fn cut_power(times: &str) -> Result<()> {
    if times.parse::<u32>().is_err() {
        return Err(format!(
            "`{times}` is no number of cuts: cargo xtask bench powercut 30"
        ));
    }
    let seed = std::process::id().to_string();
    let more = [("SALLE_CUTS", times), ("SALLE_SEED", seed.as_str())];
    tests(&["powercut"], &["--nocapture"], &more)
}

fn tests(programs: &[&str], words: &[&str], more: &[(&str, &str)]) -> Result<()> {
    let image = build(&wanted("0.1.0"))?;
    let next = build(&wanted("0.2.0"))?;
    let cargo = || {
        // Of the whole workspace, as every test: see `targets`.
        let mut cargo = run::cargo(&["test", "--workspace", "--no-fail-fast"]);
        for name in programs {
            cargo.args(["--test", name]);
        }
        cargo
    };
    // Nothing can be fetched in the namespace.
    finished(cargo().arg("--no-run"))?;
    let mut cargo = in_namespace(&cargo());
    // A virtual board takes two cores.
    cargo.args(["--", "--test-threads=1"]).args(words);
    cargo
        .env("SALLE_HOST_ADDRESS", HOST)
        .env("SALLE_IMAGE", &image.folder)
        .env("SALLE_IMAGE_NEXT", &next.folder)
        .env("SALLE_KEYS", keys::development()?)
        .env("SALLE_RAUC", rauc::program()?)
        .envs(more.iter().copied());
    finished(&mut cargo)
}

fn finished(cargo: &mut Command) -> Result<()> {
    match cargo.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("Tests of the image failed; see above.".to_owned()),
        Err(error) => Err(format!("cannot start cargo: {error}")),
    }
}

/// The same command in a network namespace that has nothing but `lo` with [`HOST`] on it.
fn in_namespace(inner: &Command) -> Command {
    let script =
        format!("ip link set lo up && ip address add {HOST}/32 dev lo && exec \"$0\" \"$@\"");
    let mut outer = Command::new("unshare");
    outer.args(["--net", "--map-root-user", "sh", "-c", &script]);
    outer.arg(inner.get_program()).args(inner.get_args());
    outer.current_dir(places::checkout());
    for (name, value) in inner.get_envs() {
        if let Some(value) = value {
            outer.env(name, value);
        }
    }
    outer
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
