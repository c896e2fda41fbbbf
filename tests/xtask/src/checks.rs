//! `cargo xtask test`: what the continuous integration runs, in the same order.
//!
//! Steps after a failed one still run, so that one run shows everything that is wrong.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::build::{BINARIES, Profile};
use crate::image::{self, sbom};
use crate::summary::Summary;
use crate::{Result, run, targets, yocto};

/// The fuzz targets are a workspace of their own: whoever changes a parser would not notice.
/// Without the fuzzer itself, which wants a C++ compiler and nightly.
const FUZZ_CHECK: [&str; 6] = [
    "check",
    "--quiet",
    "--locked",
    "--no-default-features",
    "--manifest-path",
    "tests/fuzz/Cargo.toml",
];

/// From the start of a run until which another test of the image begins: the longest takes ten minutes,
/// and a run should take an hour at most. What is left out is said, and comes first in the next run.
const IMAGE_TESTS: Duration = Duration::from_secs(50 * 60);

pub fn run(filters: &[&str]) -> Result<()> {
    let began = Instant::now();
    let mut report = Report::default();
    if filters.is_empty() {
        report.step("format", || {
            status(&mut run::cargo(&["fmt", "--all", "--check"]))
        });
        let lints = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ];
        report.step("lints", || status(&mut run::cargo(&lints)));
        report.step("fuzz targets", || status(&mut run::cargo(&FUZZ_CHECK)));
        report.step("Yocto layers", || status(&mut yocto::lint()?));
        report.step("SBOM", || {
            sbom::check_crates()?;
            Ok(Summary::default())
        });
    }
    // One selection of packages for everything, so that nothing is built twice.
    if report.step("build", || {
        status(&mut run::cargo(&["build", "--workspace", "--all-targets"]))
    }) {
        let targets = targets::integration_tests();
        report.step("tests of every crate", || {
            let mut cargo = test(&["--lib", "--bins"], &targets.others);
            cargo.arg("--").args(filters);
            tests(cargo)
        });
        report.step("scenarios", || {
            let mut cargo = test(&[], &targets.scenarios);
            cargo.args(["--", "--test-threads=1"]).args(filters);
            tests(cargo)
        });
        if filters.is_empty() {
            report.step("virtual board", || image::unproven(began + IMAGE_TESTS));
        }
    }
    report.end()
}

fn test(kinds: &[&str], targets: &[String]) -> Command {
    let mut cargo = run::cargo(&["test", "--workspace", "--no-fail-fast"]);
    cargo.args(kinds);
    for target in targets {
        cargo.args(["--test", target]);
    }
    cargo.env(BINARIES, Profile::Dev.folder());
    cargo
}

/// What ran, how it ended and how long it took.
#[derive(Debug, Default)]
pub struct Report {
    summary: Summary,
    failed: Vec<&'static str>,
    lines: Vec<String>,
}

impl Report {
    /// Runs a step, names it with its time, and says whether it succeeded.
    pub fn step(&mut self, name: &'static str, act: impl FnOnce() -> Result<Summary>) -> bool {
        println!("\n== {name}");
        let started = Instant::now();
        let result = act();
        let well = result.as_ref().is_ok_and(|summary| summary.failed == 0);
        let word = if well { "ok" } else { "FAILED" };
        let line = format!(
            "{name:<24} {word:<7} {:>6.1} s",
            started.elapsed().as_secs_f32()
        );
        println!("== {line}");
        self.lines.push(line);
        match result {
            Ok(summary) => self.summary.add(summary),
            Err(why) => eprintln!("{why}"),
        }
        if !well {
            self.failed.push(name);
        }
        well
    }

    pub fn end(self) -> Result<()> {
        println!();
        for line in &self.lines {
            println!("{line}");
        }
        println!("{}", self.summary);
        match self.failed.as_slice() {
            [] => Ok(()),
            failed => Err(format!("Failed: {}", failed.join(", "))),
        }
    }
}

pub fn status(command: &mut Command) -> Result<Summary> {
    match command.status() {
        Ok(status) if status.success() => Ok(Summary::default()),
        Ok(status) => Err(format!("{} ended with {status}", name(command))),
        Err(error) => Err(format!("cannot start {}: {error}", name(command))),
    }
}

fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Runs tests in full view and adds up what they say.
pub fn tests(mut command: Command) -> Result<Summary> {
    let started = command.stdout(Stdio::piped()).spawn();
    let mut child = started.map_err(|e| format!("cannot start cargo: {e}"))?;
    let mut summary = Summary::default();
    if let Some(out) = child.stdout.take() {
        for line in BufReader::new(out).lines().map_while(std::io::Result::ok) {
            println!("{line}");
            summary.read(&line);
        }
    }
    match child.wait() {
        Ok(status) if status.success() || summary.failed > 0 => Ok(summary),
        // No test failed, so something did not build or crashed.
        Ok(status) => Err(format!("cargo test ended with {status}")),
        Err(error) => Err(format!("cannot wait for cargo: {error}")),
    }
}
