//! Runs the tests of `tests/images`, which start images in QEMU.

use std::process::Command;
use std::time::Instant;

use super::proven::{Proofs, Test};
use super::{Image, keys, rauc};
use crate::summary::Summary;
use crate::{Result, checks, places, run, targets};

/// Where the board reaches the servers of a test: an address of `lo` in a network namespace of
/// its own (RFC 2544's block for tests), since loopback is the board itself there.
const HOST: &str = "198.18.0.1";

/// The images that are tested: one, and the one that it is updated to.
#[derive(Debug)]
pub struct Boards {
    pub image: Image,
    pub next: Image,
}

impl Boards {
    /// Every test that a filter picks, one after the other, whatever passed before.
    pub fn all(&self, filters: &[&str], picked: fn(&str, &[&str]) -> bool) -> Result<Summary> {
        let mut summary = Summary::default();
        for program in programs()? {
            let proofs = Proofs::of(&program, &self.image, &self.next)?;
            for test in tests_of(&program)? {
                if picked(&test.name, filters) {
                    summary.add(self.prove(&test, &proofs)?);
                }
            }
        }
        Ok(summary)
    }

    /// Those that have not passed with the same inputs, as long as there is time to begin one.
    pub fn unproven(&self, until: Instant) -> Result<Summary> {
        let mut summary = Summary::default();
        for program in programs()? {
            let proofs = Proofs::of(&program, &self.image, &self.next)?;
            for test in tests_of(&program)? {
                if proofs.has(&test) {
                    println!("test {} ... passed before with the same inputs", test.name);
                    summary.kept += 1;
                } else if Instant::now() < until {
                    summary.add(self.prove(&test, &proofs)?);
                } else {
                    println!("left out: {}: no time is left", test.name);
                    summary.add(Summary::one_left_out());
                }
            }
        }
        Ok(summary)
    }

    fn prove(&self, test: &Test, proofs: &Proofs) -> Result<Summary> {
        let summary = self.run(&test.program, &["--exact", &test.name], &[])?;
        if summary.failed == 0 && summary.passed == 1 {
            proofs.keep(test)?;
        }
        Ok(summary)
    }

    /// One program by itself.
    pub fn program(&self, program: &str, words: &[&str], more: &[(&str, &str)]) -> Result<Summary> {
        compile(&[program.to_owned()])?;
        self.run(program, words, more)
    }

    /// `words` go to the test harness, `more` into its environment. The program is compiled before:
    /// nothing can be fetched in the namespace.
    fn run(&self, program: &str, words: &[&str], more: &[(&str, &str)]) -> Result<Summary> {
        let mut cargo = in_namespace(&cargo(program));
        // A virtual board takes two cores.
        cargo.args(["--", "--test-threads=1"]).args(words);
        cargo
            .env("SALLE_HOST_ADDRESS", HOST)
            .env("SALLE_IMAGE", &self.image.folder)
            .env("SALLE_IMAGE_NEXT", &self.next.folder)
            .env("SALLE_KEYS", keys::development()?)
            .env("SALLE_RAUC", rauc::program()?)
            .envs(more.iter().copied());
        checks::tests(cargo)
    }
}

/// The programs of `tests/images`, compiled.
fn programs() -> Result<Vec<String>> {
    let programs = targets::integration_tests().images;
    compile(&programs)?;
    Ok(programs)
}

fn compile(programs: &[String]) -> Result<()> {
    let mut build = run::cargo(&["test", "--workspace", "--no-run"]);
    for name in programs {
        build.args(["--test", name]);
    }
    checks::status(&mut build).map(drop)
}

/// Of the whole workspace, as every test: see `targets`.
fn cargo(program: &str) -> Command {
    run::cargo(&["test", "--workspace", "--test", program])
}

/// Without the ignored ones: those measure.
fn tests_of(program: &str) -> Result<Vec<Test>> {
    let measures = listed(program, &["--ignored"])?;
    let tests = listed(program, &[])?.into_iter();
    let test = |name| Test {
        program: program.to_owned(),
        name,
    };
    Ok(tests
        .filter(|name| !measures.contains(name))
        .map(test)
        .collect())
}

fn listed(program: &str, which: &[&str]) -> Result<Vec<String>> {
    let mut list = cargo(program);
    list.args(["--quiet", "--", "--list"]).args(which);
    let said = run::output(&mut list).ok_or_else(|| format!("{program} lists no tests"))?;
    let names = said.lines().filter_map(|line| line.strip_suffix(": test"));
    Ok(names.map(str::to_owned).collect())
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
