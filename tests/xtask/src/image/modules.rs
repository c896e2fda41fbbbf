//! Kernel modules: those that are named stay, with what they depend on, unpacked: the root is compressed
//! as a whole, and unpacking xz took the kernel of a slow board a second of every start.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{prune::Rules, wrong};
use crate::{Result, run};

/// What each module needs, by path below the modules' folder, as depmod says it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Needs(BTreeMap<String, Vec<String>>);

pub fn prune(root: &Path, rules: &Rules) -> Result<()> {
    let folder = folder(root)?;
    index(root, &folder)?;
    let needs = read(&folder)?;
    let stay = needs.closure(|path| rules.modules.iter().any(|rule| names(rule, path)));
    for path in needs.0.keys().filter(|path| !stay.contains(*path)) {
        let path = folder.join(path);
        fs::remove_file(&path).map_err(wrong("remove", &path))?;
    }
    unpack(stay.iter().map(|path| folder.join(path)))?;
    // The bootloader hands over the board's own description.
    let trees = folder.join("dtb");
    fs::remove_dir_all(&trees).map_err(wrong("remove", &trees))?;
    for name in ["System.map", "config"] {
        let _ = fs::remove_file(folder.join(name));
    }
    index(root, &folder)
}

fn unpack(modules: impl Iterator<Item = PathBuf>) -> Result<()> {
    let packed: Vec<PathBuf> = modules
        .filter(|path| path.extension().is_some_and(|kind| kind == "xz"))
        .collect();
    if packed.is_empty() {
        return Ok(());
    }
    let mut xz = Command::new("xz");
    run::quietly(
        "unpacking kernel modules",
        xz.arg("--decompress").args(packed),
    )
}

/// Paths of modules with all they need, in the order in which they load. What is part of the
/// kernel itself has none.
pub fn load_order(root: &Path, wanted: &[&str]) -> Result<Vec<PathBuf>> {
    let folder = folder(root)?;
    let needs = read(&folder)?;
    let path = folder.join("modules.builtin");
    let builtin = fs::read_to_string(&path).map_err(wrong("read", &path))?;
    let mut order = Vec::new();
    for name in wanted {
        let found = needs.load(name, &mut order);
        if !found && !builtin.lines().any(|path| is_called(path, name)) {
            return Err(format!(
                "the kernel has no module {name}: does prune.toml keep it?"
            ));
        }
    }
    Ok(order.iter().map(|path| folder.join(path)).collect())
}

/// `usr/lib/modules/VERSION`; an image has one kernel.
pub fn folder(root: &Path) -> Result<PathBuf> {
    let all = root.join("usr/lib/modules");
    let mut entries = fs::read_dir(&all).map_err(wrong("read", &all))?;
    let first = entries.find_map(|entry| Some(entry.ok()?.path()));
    first.ok_or_else(|| format!("no kernel modules in {}", all.display()))
}

fn index(root: &Path, folder: &Path) -> Result<()> {
    let version = folder.file_name().unwrap_or_default();
    let mut depmod = Command::new("depmod");
    depmod.arg("--basedir").arg(root.join("usr")).arg(version);
    run::quietly("indexing kernel modules", &mut depmod)
}

fn read(folder: &Path) -> Result<Needs> {
    let path = folder.join("modules.dep");
    let text = fs::read_to_string(&path).map_err(wrong("read", &path))?;
    Ok(Needs::parse(&text))
}

impl Needs {
    /// `kernel/a.ko.xz: kernel/b.ko.xz kernel/c.ko.xz`
    fn parse(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        let owned = |words: &str| words.split_whitespace().map(str::to_owned).collect();
        Self(
            lines
                .map(|(path, needs)| (path.to_owned(), owned(needs)))
                .collect(),
        )
    }

    /// depmod names indirect needs too, so one step is enough.
    fn closure(&self, wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let mut stay = BTreeSet::new();
        for (path, needs) in self.0.iter().filter(|(path, _)| wanted(path)) {
            stay.insert(path.clone());
            stay.extend(needs.iter().cloned());
        }
        stay
    }

    /// depmod names the nearest need first, so the last one loads first. Whether there is one.
    fn load(&self, name: &str, order: &mut Vec<String>) -> bool {
        let mut all = self.0.iter();
        let Some((path, needs)) = all.find(|(path, _)| is_called(path, name)) else {
            return false;
        };
        for path in needs.iter().rev().chain([path]) {
            if !order.contains(path) {
                order.push(path.clone());
            }
        }
        true
    }
}

/// Modules are named with either dash, as modprobe takes them.
fn is_called(path: &str, name: &str) -> bool {
    stem(path).replace('-', "_") == name.replace('-', "_")
}

/// `kernel/drivers/md/` names all below it, `kernel/fs/fat/vfat` one.
fn names(rule: &str, path: &str) -> bool {
    match path.strip_prefix(rule) {
        Some(_) if rule.ends_with('/') => true,
        Some(rest) => rest.starts_with(".ko"),
        None => false,
    }
}

/// `kernel/drivers/md/dm-verity.ko.xz` is `dm-verity`.
fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split(".ko").next().unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEP: &str = "kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.xz kernel/lib/crc16.ko.xz\n\
                       kernel/fs/jbd2/jbd2.ko.xz:\nkernel/lib/crc16.ko.xz:\nkernel/x/other.ko.xz:\n";

    #[test]
    fn what_a_module_needs_stays_with_it() {
        let stay = Needs::parse(DEP).closure(|path| names("kernel/fs/ext4/", path));
        assert_eq!(stay.len(), 3);
        assert!(!stay.contains("kernel/x/other.ko.xz"));
    }

    #[test]
    fn needs_load_before_what_needs_them() {
        let mut order = Vec::new();
        assert!(Needs::parse(DEP).load("ext4", &mut order));
        assert!(!Needs::parse(DEP).load("ext3", &mut order));
        assert_eq!(order.last().unwrap(), "kernel/fs/ext4/ext4.ko.xz");
        assert_eq!(order.len(), 3);
    }

    #[test]
    fn a_dash_is_an_underscore() {
        assert!(is_called(
            "kernel/drivers/gpu/drm/virtio/virtio-gpu.ko.xz",
            "virtio_gpu"
        ));
        assert!(!is_called(
            "kernel/drivers/gpu/drm/virtio/virtio-gpu.ko.xz",
            "virtio"
        ));
    }

    #[test]
    fn a_name_is_not_taken_for_its_beginning() {
        assert!(names("kernel/fs/fat/vfat", "kernel/fs/fat/vfat.ko.xz"));
        assert!(!names("kernel/fs/fat/vfat", "kernel/fs/fat/vfat2.ko.xz"));
    }
}
