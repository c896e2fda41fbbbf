//! Holds a list against what it should have: everything once, nothing else, licences for all.
//!
//! Deliberately not built on what writes the lists: what is expected comes from the lock and from
//! Cargo's own words.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::packages::Package;
use super::component::REMARK;
use crate::Result;

/// What comes neither from the lock nor from crates.io.
const OTHERS: [&str; 2] = ["rust-std", "u-boot"];

/// Name and version.
pub type Crate = (String, String);

/// All faults together.
pub fn check(list: &str, packages: &[Package], crates: &BTreeSet<Crate>) -> Result<()> {
    let list: Value = serde_json::from_str(list).map_err(|e| format!("no JSON: {e}"))?;
    let components = all(&list, "components");
    let mut faults = of_packages(&components, packages);
    faults.extend(of_crates(&components, crates));
    faults.extend(of_strangers(&components, packages.len() + crates.len()));
    faults.extend(components.iter().filter_map(|one| without_licence(one)));
    faults.extend(of_references(&list, &components));
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n"))
    }
}

/// Every crate in the output of `cargo tree`.
pub fn names(tree: &str) -> BTreeSet<Crate> {
    let lines = tree.lines().filter_map(|line| line.split('|').nth(1));
    lines
        .filter_map(|text| {
            let (name, rest) = text.split_once(" v")?;
            let version = rest.split(' ').next()?;
            Some((name.to_owned(), version.to_owned()))
        })
        .collect()
}

fn of_packages(components: &[&Value], packages: &[Package]) -> Vec<String> {
    let hashes: Vec<&str> = components
        .iter()
        .filter(|one| text(one, "purl").starts_with("pkg:deb/"))
        .filter_map(|one| one.pointer("/hashes/0/content")?.as_str())
        .collect();
    packages
        .iter()
        .filter_map(|package| {
            let count = hashes
                .iter()
                .filter(|hash| **hash == package.sha256)
                .count();
            (count != 1).then(|| format!("{} is listed {count} times", package.file))
        })
        .collect()
}

fn of_crates(components: &[&Value], crates: &BTreeSet<Crate>) -> Vec<String> {
    let found: Vec<(&str, &str)> = components
        .iter()
        .filter(|one| text(one, "purl").starts_with("pkg:cargo/"))
        .map(|one| (text(one, "name"), text(one, "version")))
        .collect();
    crates
        .iter()
        .filter_map(|(name, version)| {
            let wanted = (name.as_str(), version.as_str());
            let count = found.iter().filter(|one| **one == wanted).count();
            (count != 1).then(|| format!("the crate {name} {version} is listed {count} times"))
        })
        .collect()
}

/// With each of the expected once, more can only be what nobody asked for.
fn of_strangers(components: &[&Value], expected: usize) -> Option<String> {
    let known = |one: &&&Value| !OTHERS.contains(&text(one, "name"));
    let count = components.iter().filter(known).count();
    (count != expected).then(|| format!("{count} components, not {expected}"))
}

fn without_licence(component: &Value) -> Option<String> {
    let licences = all(component, "licenses");
    let remarks = all(component, "properties");
    let known = !licences.is_empty() || remarks.iter().any(|one| text(one, "name") == REMARK);
    (!known).then(|| format!("{} has no licence and no reason", text(component, "name")))
}

fn of_references(list: &Value, components: &[&Value]) -> Vec<String> {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut faults = Vec::new();
    for one in components {
        let name = text(one, "bom-ref");
        if !known.insert(name) {
            faults.push(format!("{name} means two components"));
        }
    }
    let used = all(list, "dependencies");
    let used = used.iter().flat_map(|one| all(one, "dependsOn"));
    let lost = used
        .filter_map(Value::as_str)
        .filter(|name| !known.contains(name));
    faults.extend(lost.map(|name| format!("{name} is used and not listed")));
    faults
}

fn all<'a>(value: &'a Value, name: &str) -> Vec<&'a Value> {
    let list = value.get(name).and_then(Value::as_array);
    list.into_iter().flatten().collect()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::super::{board, packages};
    use super::super::component::{Component, Kind};
    use super::super::licence::Licences;
    use super::super::{crates, debian, document};
    use super::*;

    fn list(components: &[Component]) -> String {
        let subject = document::Subject {
            name: "image",
            kind: "firmware",
            version: "1",
            notes: vec![],
        };
        document::text(&subject, components).unwrap()
    }

    fn package(one: &Package, licences: Licences) -> Component {
        debian::component(one, &debian::by_file_name(one), licences)
    }

    fn some() -> Package {
        packages::package("debian/a_1_arm64.deb", &"0".repeat(64)).unwrap()
    }

    fn mit() -> Licences {
        Licences::Expression("MIT".to_owned())
    }

    #[test]
    fn every_package_of_the_lock_and_every_linked_crate_is_listed_once() {
        let packages = packages::locked(&board().join("packages.txt")).unwrap();
        let mut all = crates::components().unwrap();
        all.extend(packages.iter().map(|one| package(one, mit())));
        let crates = names(&crates::tree().unwrap());
        assert!(crates.len() > 100 && packages.len() > 100);
        check(&list(&all), &packages, &crates).unwrap();
    }

    #[test]
    fn what_is_missing_or_twice_is_named() {
        let none = BTreeSet::new();
        let missing = check(&list(&[]), &[some()], &none).unwrap_err();
        assert!(missing.contains("a_1_arm64.deb is listed 0 times"));
        let twice = [package(&some(), mit()), package(&some(), mit())];
        let twice = check(&list(&twice), &[some()], &none).unwrap_err();
        assert!(twice.contains("listed 2 times") && twice.contains("means two components"));
        let serde = BTreeSet::from([("serde".to_owned(), "1.0.0".to_owned())]);
        let missing = check(&list(&[]), &[], &serde).unwrap_err();
        assert!(missing.contains("serde 1.0.0 is listed 0 times"));
    }

    #[test]
    fn what_nobody_asked_for_is_a_fault() {
        let all = [package(&some(), mit())];
        assert!(check(&list(&all), &[], &BTreeSet::new()).is_err());
    }

    #[test]
    fn an_unknown_licence_needs_a_reason() {
        let none = BTreeSet::new();
        let unread = package(&some(), Licences::Unread("it is prose".to_owned()));
        check(&list(&[unread]), &[some()], &none).unwrap();
        let nothing = Licences::Each {
            names: vec![],
            remark: None,
        };
        let error = check(&list(&[package(&some(), nothing)]), &[some()], &none).unwrap_err();
        assert!(error.contains("no licence and no reason"), "{error}");
    }

    #[test]
    fn what_is_used_is_listed() {
        let mut user = Component::new(Kind::Library, "u-boot", "1", "pkg:x".to_owned(), mit());
        user.uses = Some(vec!["pkg:y".to_owned()]);
        let error = check(&list(&[user]), &[], &BTreeSet::new()).unwrap_err();
        assert_eq!(error, "pkg:y is used and not listed");
    }
}
