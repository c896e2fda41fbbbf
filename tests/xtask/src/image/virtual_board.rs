//! Runs the tests of `tests/images`, which start images in QEMU.

use std::process::Command;

use super::{Image, keys, rauc};
use crate::summary::Summary;
use crate::{Result, checks, places, run};

/// Where the board reaches the servers of a test: an address of `lo` in a network namespace of
/// its own (RFC 2544's block for tests), since loopback is the board itself there.
const HOST: &str = "198.18.0.1";

/// `words` go to the test harness, `more` into its environment.
pub fn run(
    image: &Image,
    next: &Image,
    programs: &[&str],
    words: &[&str],
    more: &[(&str, &str)],
) -> Result<Summary> {
    let cargo = || {
        // Of the whole workspace, as every test: see `targets`.
        let mut cargo = run::cargo(&["test", "--workspace", "--no-fail-fast"]);
        for name in programs {
            cargo.args(["--test", name]);
        }
        cargo
    };
    // Nothing can be fetched in the namespace.
    checks::status(cargo().arg("--no-run"))?;
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
    checks::tests(cargo)
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
