//! Which files of two roots differ, and in what.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::wrong;
use crate::{Result, run};

/// More would hide the first, which is where one begins to look.
const MOST: usize = 30;

/// Unpacks two roots into a folder and compares them.
pub fn of_images(first: &Path, second: &Path, folder: &Path) -> Result<Vec<String>> {
    let trees = [(first, "first"), (second, "second")].map(|(image, name)| {
        let tree = folder.join(name);
        unpack(image, &tree).map(|()| tree)
    });
    let [first, second] = trees;
    of_trees(&first?, &second?)
}

fn unpack(image: &Path, tree: &Path) -> Result<()> {
    if tree.exists() {
        fs::remove_dir_all(tree).map_err(wrong("remove", tree))?;
    }
    let mut fsck = Command::new("fsck.erofs");
    fsck.arg(format!("--extract={}", tree.display()))
        .args(["--no-preserve-owner", "--preserve-perms"])
        .arg(image);
    run::quietly("unpacking a root", &mut fsck)
}

/// One line for each file that differs, sorted.
pub fn of_trees(first: &Path, second: &Path) -> Result<Vec<String>> {
    let (one, other) = (files(first)?, files(second)?);
    let names: BTreeSet<&PathBuf> = one.keys().chain(other.keys()).collect();
    let mut all = Vec::new();
    for name in names {
        let what = match (one.get(name), other.get(name)) {
            (Some(about), Some(other)) => {
                of_files((&first.join(name), about), (&second.join(name), other))?
            }
            (Some(_), None) => Some("only in the first".to_owned()),
            _ => Some("only in the second".to_owned()),
        };
        all.extend(what.map(|what| format!("{}: {what}", name.display())));
    }
    Ok(all)
}

/// For a person: the first of them, or where else to look.
pub fn told(files: &[String]) -> String {
    if files.is_empty() {
        return "No file differs: it is in how mkfs.erofs lays them out.".to_owned();
    }
    let mut text = format!("Files that differ: {}", files.len());
    for line in files.iter().take(MOST) {
        text = format!("{text}\n  {line}");
    }
    if files.len() > MOST {
        text.push_str("\n  …");
    }
    text
}

fn of_files(one: (&Path, &Metadata), other: (&Path, &Metadata)) -> Result<Option<String>> {
    let (kinds, modes) = ((kind(one.1), kind(other.1)), (mode(one.1), mode(other.1)));
    if kinds.0 != kinds.1 {
        return Ok(Some(format!("a {} and a {}", kinds.0, kinds.1)));
    }
    if modes.0 != modes.1 {
        return Ok(Some(format!("mode {:o} and {:o}", modes.0, modes.1)));
    }
    match kinds.0 {
        "link" => of_links(one.0, other.0),
        "file" => of_contents(one.0, other.0),
        _ => Ok(None),
    }
}

fn of_links(one: &Path, other: &Path) -> Result<Option<String>> {
    let target = |path: &Path| fs::read_link(path).map_err(wrong("read", path));
    let (one, other) = (target(one)?, target(other)?);
    Ok((one != other).then(|| format!("leads to {} and {}", one.display(), other.display())))
}

fn of_contents(one: &Path, other: &Path) -> Result<Option<String>> {
    let bytes = |path: &Path| fs::read(path).map_err(wrong("read", path));
    let (one, other) = (bytes(one)?, bytes(other)?);
    let at = one.iter().zip(&other).position(|(a, b)| a != b);
    Ok(match at {
        Some(at) => Some(format!("content, from byte {at} on")),
        None if one.len() != other.len() => {
            Some(format!("{} and {} bytes", one.len(), other.len()))
        }
        None => None,
    })
}

fn kind(about: &Metadata) -> &'static str {
    let kind = about.file_type();
    if kind.is_dir() {
        "folder"
    } else if kind.is_symlink() {
        "link"
    } else if kind.is_file() {
        "file"
    } else if kind.is_char_device() || kind.is_block_device() {
        "device"
    } else {
        "socket or pipe"
    }
}

fn mode(about: &Metadata) -> u32 {
    about.mode() & 0o7777
}

/// Everything below a folder, by its path from there.
pub fn files(folder: &Path) -> Result<BTreeMap<PathBuf, Metadata>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).map_err(wrong("read", &next))? {
            let path = entry.map_err(wrong("read", &next))?.path();
            let about = fs::symlink_metadata(&path).map_err(wrong("read", &path))?;
            if about.is_dir() {
                open.push(path.clone());
            }
            let name = path.strip_prefix(folder).unwrap_or(&path);
            all.insert(name.to_owned(), about);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn tree() -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        fs::create_dir(tree.path().join("etc")).unwrap();
        fs::write(tree.path().join("etc/hostname"), "salle\n").unwrap();
        symlink("etc/hostname", tree.path().join("name")).unwrap();
        tree
    }

    fn compared(change: impl FnOnce(&Path)) -> Vec<String> {
        let (one, other) = (tree(), tree());
        change(other.path());
        of_trees(one.path(), other.path()).unwrap()
    }

    #[test]
    fn two_equal_trees_have_no_difference() {
        let none = compared(|_| ());
        assert!(none.is_empty(), "{none:?}");
        assert!(told(&none).contains("No file differs"));
    }

    #[test]
    fn the_file_that_differs_is_named_with_where() {
        let change = |tree: &Path| fs::write(tree.join("etc/hostname"), "salon\n").unwrap();
        assert_eq!(compared(change), ["etc/hostname: content, from byte 3 on"]);
        let longer = |tree: &Path| fs::write(tree.join("etc/hostname"), "salle\n\n").unwrap();
        assert_eq!(compared(longer), ["etc/hostname: 6 and 7 bytes"]);
    }

    #[test]
    fn modes_links_and_kinds_count_as_well() {
        let mode = |tree: &Path| {
            let quiet = fs::Permissions::from_mode(0o600);
            fs::set_permissions(tree.join("etc/hostname"), quiet).unwrap();
        };
        assert_eq!(compared(mode), ["etc/hostname: mode 644 and 600"]);
        let link = |tree: &Path| {
            fs::remove_file(tree.join("name")).unwrap();
            symlink("etc", tree.join("name")).unwrap();
        };
        assert_eq!(compared(link), ["name: leads to etc/hostname and etc"]);
        let kind = |tree: &Path| {
            fs::remove_file(tree.join("name")).unwrap();
            fs::create_dir(tree.join("name")).unwrap();
        };
        assert_eq!(compared(kind), ["name: a link and a folder"]);
    }

    #[test]
    fn what_only_one_has_is_named() {
        let more = |tree: &Path| fs::write(tree.join("new"), "").unwrap();
        assert_eq!(compared(more), ["new: only in the second"]);
    }
}
