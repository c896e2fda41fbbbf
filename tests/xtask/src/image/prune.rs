//! What does not stay in the root: named files, plugins nobody uses, and then every library
//! that nothing left needs.
//!
//! Invariant: a library goes only when no program, plugin or kept library names it; what is
//! opened by name while running is listed in `prune.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::wrong;
use crate::Result;

const LIBRARIES: &str = "usr/lib/aarch64-linux-gnu";
const PLUGINS: &str = "usr/lib/aarch64-linux-gnu/gstreamer-1.0";

/// `prune.toml`.
#[derive(Debug, Default)]
pub struct Rules {
    remove: Vec<String>,
    remove_programs: Vec<String>,
    gstreamer: Vec<String>,
    libraries: Vec<String>,
    pub modules: Vec<String>,
}

impl Rules {
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(wrong("read", path))?;
        let table: toml::Table = text
            .parse()
            .map_err(|e| format!("{}: {e}", path.display()))?;
        let list = |name: &str| -> Vec<String> {
            let items = table.get(name).and_then(toml::Value::as_array);
            let texts = items.into_iter().flatten().filter_map(toml::Value::as_str);
            texts.map(str::to_owned).collect()
        };
        Ok(Self {
            remove: list("remove"),
            remove_programs: list("remove_programs"),
            gstreamer: list("gstreamer"),
            libraries: list("libraries"),
            modules: list("modules"),
        })
    }
}

pub fn prune(root: &Path, rules: &Rules) -> Result<()> {
    for name in &rules.remove {
        remove(&root.join(name))?;
    }
    for name in &rules.remove_programs {
        remove(&root.join("usr/bin").join(name))?;
        remove(&root.join("usr/sbin").join(name))?;
    }
    copyright_only(&root.join("usr/share/doc"))?;
    plugins(root, rules)?;
    libraries(root, rules)
}

fn remove(path: &Path) -> Result<()> {
    let Ok(about) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if about.is_dir() {
        fs::remove_dir_all(path).map_err(wrong("remove", path))
    } else {
        fs::remove_file(path).map_err(wrong("remove", path))
    }
}

/// Licences ask that their text goes along.
fn copyright_only(documents: &Path) -> Result<()> {
    for file in files(documents)? {
        if file.file_name().is_none_or(|name| name != "copyright") {
            remove(&file)?;
        }
    }
    Ok(())
}

fn plugins(root: &Path, rules: &Rules) -> Result<()> {
    for file in files(&root.join(PLUGINS))? {
        let name = file_name(&file);
        let plugin = name
            .strip_prefix("libgst")
            .and_then(|n| n.strip_suffix(".so"));
        if plugin.is_some_and(|plugin| !rules.gstreamer.iter().any(|keep| keep == plugin)) {
            remove(&file)?;
        }
    }
    Ok(())
}

fn libraries(root: &Path, rules: &Rules) -> Result<()> {
    let all = files(root)?;
    let needed = needed(root, &all)?;
    let mut stay: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = Vec::new();
    for (path, names) in &needed {
        let kept = rules
            .libraries
            .iter()
            .any(|keep| is_library(&file_name(path), keep));
        if kept || !is_shared_library(root, path) {
            open.extend(names.iter().map(String::as_str));
        }
    }
    let mut by_name = by_name(&needed);
    // A link need not be called like what it leads to: libopenh264.so.8 is 2.6.0.
    for (link, target) in all.iter().filter_map(|path| link_beside(path)) {
        by_name.entry(link).or_default().push(target);
    }
    while let Some(name) = open.pop() {
        if stay.insert(name) {
            let next = by_name.get(name).into_iter().flat_map(|names| names.iter());
            open.extend(next.map(String::as_str));
        }
    }
    for path in all.iter().filter(|path| is_shared_library(root, path)) {
        let name = file_name(path);
        let kept = rules.libraries.iter().any(|keep| is_library(&name, keep));
        if !kept && !reached(path, &stay) {
            remove(path)?;
        }
    }
    Ok(())
}

/// A library's own name, or that of a link to it, is asked for.
fn reached(path: &Path, stay: &BTreeSet<&str>) -> bool {
    link_names(path)
        .iter()
        .any(|name| stay.contains(name.as_str()))
}

/// Below the library folders and named `lib*.so*`; plugins have folders of their own.
fn is_shared_library(root: &Path, path: &Path) -> bool {
    let name = file_name(path);
    let below = path.strip_prefix(root.join(LIBRARIES)).ok();
    let depth = below.map_or(9, |below| below.components().count());
    let private = below.is_some_and(|below| below.starts_with("pulseaudio"));
    name.starts_with("lib") && name.contains(".so") && (depth == 1 || private)
}

/// `libtss2-esys.so.0.0.0` is `libtss2-esys`, `libcryptsetup-token-x.so` is `libcryptsetup-token`.
fn is_library(file: &str, name: &str) -> bool {
    file.strip_prefix(name).is_some_and(|rest| {
        rest.starts_with(".so") || rest.starts_with('-') && rest.ends_with(".so")
    })
}

/// What each program and library names, as the linker wrote it.
fn needed(root: &Path, files: &[PathBuf]) -> Result<BTreeMap<PathBuf, Vec<String>>> {
    let mut all = BTreeMap::new();
    let elf: Vec<&PathBuf> = files.iter().filter(|file| is_elf(file)).collect();
    for some in elf.chunks(400) {
        let mut readelf = Command::new("aarch64-linux-gnu-readelf");
        let output = readelf
            .args(["--wide", "--dynamic"])
            .args(some)
            .env("LC_ALL", "C")
            .output();
        let output = output.map_err(|e| format!("readelf below {}: {e}", root.display()))?;
        all.extend(read_needed(&String::from_utf8_lossy(&output.stdout), some));
    }
    Ok(all)
}

/// With several files, each part begins with `File: NAME`.
fn read_needed(said: &str, files: &[&PathBuf]) -> BTreeMap<PathBuf, Vec<String>> {
    let mut all: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    let mut current = files
        .first()
        .map_or_else(PathBuf::new, |file| (*file).clone());
    for line in said.lines() {
        if let Some(name) = line.strip_prefix("File: ") {
            current = PathBuf::from(name);
            all.entry(current.clone()).or_default();
        } else if line.contains("(NEEDED)")
            && let Some((_, rest)) = line.split_once('[')
            && let Some((name, _)) = rest.split_once(']')
        {
            all.entry(current.clone())
                .or_default()
                .push(name.to_owned());
        }
    }
    all
}

/// Names of a link and of the file in the same folder that it leads to.
fn link_beside(path: &Path) -> Option<(String, String)> {
    let target = fs::read_link(path).ok()?;
    let beside = target.components().count() == 1;
    beside.then(|| (file_name(path), file_name(&target)))
}

fn by_name(needed: &BTreeMap<PathBuf, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, names) in needed {
        for name in link_names(path) {
            by_name
                .entry(name)
                .or_default()
                .extend(names.iter().cloned());
        }
    }
    by_name
}

/// Every name under which a file is asked for: links beside it have its name without the last
/// numbers.
fn link_names(path: &Path) -> Vec<String> {
    let file = file_name(path);
    let mut names = vec![file.clone()];
    let mut rest = file.as_str();
    while let Some((shorter, _)) = rest.rsplit_once('.') {
        if !shorter.contains(".so") {
            break;
        }
        names.push(shorter.to_owned());
        rest = shorter;
    }
    names
}

fn is_elf(path: &Path) -> bool {
    // A link may lead to this machine's own files.
    if !fs::symlink_metadata(path).is_ok_and(|about| about.is_file()) {
        return false;
    }
    let Ok(mut file) = fs::File::open(path) else {
        return false;
    };
    let mut magic = [0; 4];
    std::io::Read::read_exact(&mut file, &mut magic).is_ok() && magic == *b"\x7fELF"
}

/// Files and links below a folder, sorted; none when it is not there.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let entry = entry.map_err(wrong("read", &folder))?;
            let kind = entry.file_type().map_err(wrong("read", &folder))?;
            if kind.is_dir() {
                open.push(entry.path());
            } else {
                all.push(entry.path());
            }
        }
    }
    all.sort();
    Ok(all)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_needs_is_read_from_readelf() {
        let said =
            "\nFile: /r/usr/bin/a\n 0x01 (NEEDED)  Shared library: [libz.so.1]\n\nFile: /r/b\n";
        let all = read_needed(said, &[]);
        assert_eq!(all[Path::new("/r/usr/bin/a")], ["libz.so.1"]);
        assert!(all[Path::new("/r/b")].is_empty());
    }

    #[test]
    fn a_library_is_known_by_its_shorter_names() {
        let names = link_names(Path::new("/r/libz.so.1.3.1"));
        assert_eq!(
            names,
            ["libz.so.1.3.1", "libz.so.1.3", "libz.so.1", "libz.so"]
        );
        assert!(is_library("libz.so.1.3.1", "libz"));
        assert!(!is_library("libzstd.so.1", "libz"));
    }

    #[test]
    fn a_link_leads_to_a_file_of_another_name() {
        let folder = tempfile_folder();
        let link = folder.join("libopenh264.so.8");
        std::os::unix::fs::symlink("libopenh264.so.2.6.0", &link).unwrap();
        let names = ("libopenh264.so.8", "libopenh264.so.2.6.0");
        let found = link_beside(&link).unwrap();
        assert_eq!((found.0.as_str(), found.1.as_str()), names);
        assert_eq!(link_beside(&folder.join("none")), None);
        fs::remove_dir_all(folder).unwrap();
    }

    fn tempfile_folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("salle-prune-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn plugins_are_no_libraries() {
        let root = Path::new("/r");
        assert!(is_shared_library(
            root,
            Path::new("/r/usr/lib/aarch64-linux-gnu/libz.so.1")
        ));
        assert!(!is_shared_library(
            root,
            Path::new("/r/usr/lib/aarch64-linux-gnu/gstreamer-1.0/libgstvpx.so")
        ));
    }
}
