//! The crates in our programs, ours and others'.
//!
//! From `cargo tree`, because only it chooses features as the build for the board does: `cargo
//! metadata` also names crates that nothing in the programs uses. Checksums are `Cargo.lock`'s.
//! Deliberately absent: what only runs while building (build scripts, procedural macros, tests);
//! and what a crate carries inside, as `libsqlite3-sys` does SQLite, counts as that crate.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::super::sysroot;
use super::component::{Component, Kind, encoded};
use super::licence::Licences;
use crate::lock_file::{self, Fetched};
use crate::{Result, places, run};

/// Behind the depth in the tree: name and version, licence.
const FORMAT: &str = "|{p}|{l}";
/// Where our own are.
const OURS: &str = concat!("git+", env!("CARGO_PKG_REPOSITORY"));

/// Every crate that is linked into a program of the board, and Rust's own library.
pub fn components() -> Result<Vec<Component>> {
    let mut all = of_tree(&tree()?, &lock_file::fetched(&lock_file::read()?)?)?;
    all.push(standard_library()?);
    Ok(all)
}

/// What Cargo resolves for the board.
pub fn tree() -> Result<String> {
    let mut cargo = run::cargo(&["tree", "--locked", "--target", sysroot::TARGET]);
    cargo.args(["--edges", "normal,no-proc-macro", "--prefix", "depth"]);
    cargo.args(["--format", FORMAT]);
    for name in sysroot::programs() {
        cargo.args(["--package", name]);
    }
    run::output(&mut cargo).ok_or_else(|| {
        "`cargo tree` failed. Run `cargo check --locked`: it says what is wrong.".to_owned()
    })
}

fn of_tree(tree: &str, lock: &[Fetched]) -> Result<Vec<Component>> {
    let checksums: BTreeMap<_, _> = lock
        .iter()
        .map(|one| ((one.name.as_str(), one.version.as_str()), &one.checksum))
        .collect();
    let mut all: BTreeMap<String, Component> = BTreeMap::new();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // From a program down to the line that is read.
    let mut branch: Vec<String> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let node = Node::read(line).ok_or_else(|| format!("cargo tree says {line:?}"))?;
        let purl = node.purl();
        branch.truncate(node.depth);
        if let Some(user) = branch.last() {
            uses.entry(user.clone()).or_default().insert(purl.clone());
        }
        branch.push(purl.clone());
        if let Entry::Vacant(place) = all.entry(purl) {
            let checksum = checksums.get(&(node.name, node.version)).copied();
            place.insert(node.component(checksum)?);
        }
    }
    for (purl, component) in &mut all {
        let used = uses.remove(purl).unwrap_or_default();
        component.uses = Some(used.into_iter().collect());
    }
    Ok(all.into_values().collect())
}

/// A line of the tree.
#[derive(Debug, PartialEq, Eq)]
struct Node<'a> {
    depth: usize,
    name: &'a str,
    version: &'a str,
    ours: bool,
    licence: &'a str,
}

impl<'a> Node<'a> {
    /// `2|serde v1.0.0|MIT OR Apache-2.0 (*)`; one of ours has its folder after the
    /// version, a star says that what it uses was told before.
    fn read(line: &'a str) -> Option<Self> {
        let mut parts = line.trim_end_matches(" (*)").split('|');
        let depth = parts.next()?.parse().ok()?;
        let mut words = parts.next()?.splitn(3, ' ');
        Some(Self {
            depth,
            name: words.next()?,
            version: words.next()?.strip_prefix('v')?,
            ours: words.next().is_some(),
            licence: parts.next()?,
        })
    }

    /// crates.io may have a stranger of the same name as one of ours, so ours say where they are.
    fn purl(&self) -> String {
        let plain = format!("pkg:cargo/{}@{}", encoded(self.name), encoded(self.version));
        if self.ours {
            format!("{plain}?vcs_url={}", encoded(OURS))
        } else {
            plain
        }
    }

    fn component(&self, checksum: Option<&String>) -> Result<Component> {
        let program = self.ours && self.depth == 0;
        let kind = if program {
            Kind::Application
        } else {
            Kind::Library
        };
        let licences = Licences::of_manifest(self.licence);
        let mut component = Component::new(kind, self.name, self.version, self.purl(), licences);
        if self.ours {
            component.supplier = Some("Salle");
        } else {
            let checksum = checksum.ok_or_else(|| {
                format!(
                    "Cargo.lock has no checksum of {} {}",
                    self.name, self.version
                )
            })?;
            component.sha256 = Some(checksum.clone());
        }
        Ok(component)
    }
}

/// Comes with the compiler, so the lock does not have it.
fn standard_library() -> Result<Component> {
    let mut rustc = Command::new("rustc");
    rustc.arg("--version").current_dir(places::checkout());
    let said = run::output(&mut rustc).unwrap_or_default();
    // `rustc 1.95.0 (0123abcd 2026-04-14)`
    let version = said.split_whitespace().nth(1);
    let version = version.ok_or("`rustc --version` names no version")?;
    let purl = format!("pkg:generic/rust-std@{}", encoded(version));
    let licences = Licences::Expression("MIT OR Apache-2.0".to_owned());
    let mut component = Component::new(Kind::Library, "rust-std", version, purl, licences);
    component.supplier = Some("The Rust Project");
    component.uses = Some(Vec::new());
    Ok(component)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0|roomd v0.1.0 (/w/firmware/roomd)|GPL-3.0-or-later\n\
        1|serde v1.0.0|MIT OR Apache-2.0\n\
        2|itoa v1.0.1|MIT/Apache-2.0\n\
        1|room-core v0.1.0 (/w/firmware/room-core)|GPL-3.0-or-later\n\
        2|serde v1.0.0|MIT OR Apache-2.0 (*)\n\n\
        0|roomctl v0.1.0 (/w/firmware/roomctl)|GPL-3.0-or-later\n";

    fn lock() -> Vec<Fetched> {
        [("serde", "1.0.0"), ("itoa", "1.0.1")]
            .map(|(name, version)| Fetched {
                name: name.to_owned(),
                version: version.to_owned(),
                checksum: format!("sum of {name}"),
            })
            .into()
    }

    #[test]
    fn a_crate_that_two_use_is_one_component() {
        let all = of_tree(TREE, &lock()).unwrap();
        let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["itoa", "room-core", "roomctl", "roomd", "serde"]);
        assert_eq!(all[4].sha256.as_deref(), Some("sum of serde"));
        assert_eq!(all[4].uses, Some(vec!["pkg:cargo/itoa@1.0.1".to_owned()]));
    }

    #[test]
    fn who_uses_what_survives_the_stars() {
        let all = of_tree(TREE, &lock()).unwrap();
        let core = all.iter().find(|one| one.name == "room-core").unwrap();
        assert_eq!(core.uses, Some(vec!["pkg:cargo/serde@1.0.0".to_owned()]));
    }

    #[test]
    fn ours_are_told_apart_from_strangers_of_the_same_name() {
        let all = of_tree(TREE, &lock()).unwrap();
        let start = "pkg:cargo/roomd@0.1.0?vcs_url=git%2Bhttps:%2F%2F";
        assert!(all[3].purl.starts_with(start), "{}", all[3].purl);
        assert_eq!(all[3].sha256, None);
    }

    #[test]
    fn a_crate_without_a_checksum_is_refused_by_name() {
        let error = of_tree(TREE, &[]).unwrap_err();
        assert!(error.contains("serde 1.0.0"), "{error}");
    }
}
