//! Which integration tests there are.
//!
//! Tests are always picked by name within the whole workspace, never by package: with `-p`,
//! cargo chooses other features for shared dependencies and builds the Matrix library anew.

use std::fs;
use std::path::Path;

use crate::places;

/// Whole rooms on the real stack: one at a time is all two cores can do.
const SCENARIOS: &str = "tests/scenarios";
/// They want images, which `cargo xtask test images` builds first.
const IMAGES: &str = "tests/images";

#[derive(Debug, Default)]
pub struct Targets {
    pub scenarios: Vec<String>,
    pub images: Vec<String>,
    pub others: Vec<String>,
}

/// Those of every member of the workspace, sorted.
pub fn integration_tests() -> Targets {
    let checkout = places::checkout();
    let mut targets = Targets {
        scenarios: tests_of(&checkout.join(SCENARIOS)),
        images: tests_of(&checkout.join(IMAGES)),
        others: Vec::new(),
    };
    for group in ["firmware", "board", "tests"] {
        for member in entries(&checkout.join(group)) {
            let folder = format!("{group}/{member}");
            if folder != SCENARIOS && folder != IMAGES {
                let found = tests_of(&checkout.join(group).join(member));
                targets.others.extend(found);
            }
        }
    }
    // Tests of one name in two crates are picked together.
    targets.others.sort();
    targets.others.dedup();
    targets
}

/// `tests/NAME.rs` and `tests/NAME/main.rs`, as cargo finds them.
fn tests_of(member: &Path) -> Vec<String> {
    let folder = member.join("tests");
    let name = |entry: String| {
        let single = entry.strip_suffix(".rs").map(str::to_owned);
        let has_main = folder.join(&entry).join("main.rs").is_file();
        single.or_else(|| has_main.then_some(entry))
    };
    entries(&folder).into_iter().filter_map(name).collect()
}

/// Names in a folder, sorted; none when there is no such folder.
fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_is_found_once() {
        let targets = integration_tests();
        assert!(targets.scenarios.contains(&"calls".to_owned()));
        assert!(targets.images.contains(&"commissioned".to_owned()));
        assert!(targets.others.contains(&"direction".to_owned()));
        let mut others = targets.others.iter();
        assert!(
            !others.any(|name| targets.scenarios.contains(name)),
            "a name of both"
        );
        assert!(
            !targets.others.contains(&"support".to_owned()),
            "a folder of helpers"
        );
    }
}
