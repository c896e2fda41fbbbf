//! `cargo xtask test images`: builds the test images, holds them against their inputs, and hands
//! them to `tests/images`.

use std::time::Instant;

use super::virtual_board::Boards;
use super::{Image, Variant, Wanted, again, build, sbom};
use crate::checks::{self, Report};
use crate::summary::Summary;
use crate::{Result, run};

/// What needs no virtual board; named as tests are, so that filters pick among all alike.
const CHECKS: [(&str, Check); 2] = [
    (
        "the_lists_have_every_package_and_crate_once_and_keep_to_the_schema",
        |image, _| sbom::check(image),
    ),
    ("the_same_inputs_give_the_same_root", again::check),
];

/// Of the image that is tested, and of the one that it is updated to.
const VERSION: &str = "0.1.0";
const NEXT: &str = "0.2.0";

type Check = fn(&Image, &Wanted) -> Result<()>;

pub fn run(filters: &[&str]) -> Result<()> {
    let this = wanted(VERSION);
    let boards = boards()?;
    let mut report = Report::default();
    let checks: Vec<_> = CHECKS
        .into_iter()
        .filter(|(name, _)| picked(name, filters))
        .collect();
    if !checks.is_empty() {
        report.step("image against its inputs", || {
            Ok(sum(checks.iter().map(|(name, check)| {
                ended(name, check(&boards.image, &this))
            })))
        });
    }
    report.step("settings on disks", || {
        // Left out elsewhere: they want the programs with which disks are made.
        let mut cargo = run::cargo(&["test", "--workspace", "--test", "disk", "--", "--ignored"]);
        cargo.args(filters);
        checks::tests(cargo)
    });
    report.step("virtual board", || boards.all(filters, picked));
    report.end()
}

/// The part of `cargo xtask test`: what has not passed with these very images, begun before `until`.
pub fn unproven(until: Instant) -> Result<Summary> {
    boards()?.unproven(until)
}

fn boards() -> Result<Boards> {
    Ok(Boards {
        image: build(&wanted(VERSION))?,
        next: build(&wanted(NEXT))?,
    })
}

/// As the test harness picks.
fn picked(name: &str, filters: &[&str]) -> bool {
    filters.is_empty() || filters.iter().any(|filter| name.contains(filter))
}

/// Says how a check ended, in the test harness's words.
fn ended(name: &str, result: Result<()>) -> Summary {
    match result {
        Ok(()) => {
            println!("test {name} ... ok");
            Summary {
                passed: 1,
                ..Summary::default()
            }
        }
        Err(why) => {
            println!("test {name} ... FAILED\n{why}");
            Summary {
                failed: 1,
                ..Summary::default()
            }
        }
    }
}

fn sum(all: impl Iterator<Item = Summary>) -> Summary {
    let mut sum = Summary::default();
    all.for_each(|one| sum.add(one));
    sum
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
    let summary = boards()?.program("powercut", &["--nocapture"], &more)?;
    match summary.failed {
        0 => Ok(()),
        _ => Err("A unit did not come back; see above.".to_owned()),
    }
}

/// `cargo xtask bench boot`: in the same image, one start after the other.
pub fn bench() -> Result<()> {
    let measure = [
        "--ignored",
        "--exact",
        "boot::from_power_on_to_ready",
        "--nocapture",
    ];
    let summary = boards()?.program("commissioned", &measure, &[])?;
    match (summary.passed, summary.failed) {
        (1, 0) => Ok(()),
        _ => Err("The bench did not come to its end; see above.".to_owned()),
    }
}

fn wanted(version: &str) -> Wanted {
    Wanted {
        variant: Variant::Test,
        version: version.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_pick_among_all_tests_of_the_image() {
        assert!(picked("the_same_inputs_give_the_same_root", &[]));
        assert!(picked(
            "the_same_inputs_give_the_same_root",
            &["x", "same_root"]
        ));
        assert!(!picked("the_same_inputs_give_the_same_root", &["update"]));
    }

    #[test]
    fn a_check_that_fails_counts_as_a_failed_test() {
        let sum = sum([ended("a", Ok(())), ended("b", Err("why".to_owned()))].into_iter());
        assert_eq!(sum.to_string(), "1 passed, 1 failed");
    }
}
