//! Debian packages of the image: which, and that they are what Debian signed.
//!
//! A list of wanted packages (`board/*/packages.txt`) is resolved by apt into a lock: every
//! package with its address and SHA-256. Building reads the lock only, so the same checkout
//! builds from the same bytes, whatever Debian has published since.
//!
//! Invariant: no byte of a package is looked at before its SHA-256 matched the lock, and the
//! lock is written only from indices whose signature apt has checked.
//! Deliberately absent: maintainer scripts. Nothing foreign runs here; what they would have
//! done and the image needs is in `finish`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{digest, folder};
use crate::{Result, run};

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
pub const MIRROR: &str = "http://deb.debian.org";
/// Where packages stay after Debian has replaced them by newer ones.
const ARCHIVE: &str = "http://snapshot.debian.org/archive";
const SUITES: [(&str, &str); 5] = [
    ("debian", "trixie"),
    ("debian", "trixie-updates"),
    ("debian-security", "trixie-security"),
    ("debian", "trixie-backports"),
    ("debian", "forky"),
];
/// Of the next Debian only this: RAUC learned in 1.15.1 what dm-verity says of itself since
/// Linux 6.19 (rauc/rauc#1842), which is older than the kernel of trixie-backports.
const PREFERENCES: &str = "Package: *\nPin: release n=forky\nPin-Priority: 1\n\n\
    Package: rauc rauc-service libnl-3-200 libnl-genl-3-200 libnl-route-3-200\n\
    Pin: release n=forky\nPin-Priority: 990\n";

/// One line of a lock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// `name_version_architecture.deb`
    pub file: String,
    /// Below the mirror: `debian/pool/...`
    pub path: String,
    pub sha256: String,
}

/// What becomes of the packages that a lock has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locked {
    /// They move on to what Debian has now.
    MoveOn,
    /// They stay as they are: only what a list names anew is added, for a change that is about
    /// nothing else. Debian changes no interface within a release; that all fit is for tests to say.
    Stay,
}

/// Resolves the list anew and writes the lock beside it.
pub fn lock(list: &Path, architecture: &str, old: Locked) -> Result<usize> {
    let text = read(list)?;
    let wanted = wanted(&text);
    let apt = Apt::new(architecture)?;
    run::quietly("apt-get update for the image", apt.get().arg("update"))?;
    let mut resolve = apt.get();
    resolve
        .args(["install", "--print-uris", "-qq"])
        .args(&wanted);
    let said = run::output(&mut resolve)
        .ok_or_else(|| format!("apt finds no way to install {}", list.display()))?;
    let mut packages: BTreeSet<Package> = said.lines().filter_map(package_of_uri).collect();
    if old == Locked::Stay {
        packages = with_locked(packages, locked(list)?);
    }
    let mut text = String::from("# Written by `cargo xtask image packages`.\n");
    for package in &packages {
        let _ = writeln!(text, "{} {}", package.sha256, package.path);
    }
    let lock = list.with_extension("lock");
    fs::write(&lock, text).map_err(|e| format!("cannot write {}: {e}", lock.display()))?;
    Ok(packages.len())
}

/// Each package as it is locked, where it is.
fn with_locked(wanted: BTreeSet<Package>, locked: Vec<Package>) -> BTreeSet<Package> {
    let name = |package: &Package| package.file.split('_').next().map(str::to_owned);
    let mut locked: BTreeMap<_, _> = locked.into_iter().map(|p| (name(&p), p)).collect();
    let kept = |new: Package| locked.remove(&name(&new)).unwrap_or(new);
    wanted.into_iter().map(kept).collect()
}

/// What the lock beside a list names.
pub fn locked(list: &Path) -> Result<Vec<Package>> {
    let lock = list.with_extension("lock");
    let packages: Vec<Package> = read(&lock)?.lines().filter_map(package_of_line).collect();
    if packages.is_empty() {
        return Err(format!("{} names no package", lock.display()));
    }
    Ok(packages)
}

/// Unpacks packages into a folder, each checked before.
pub fn unpack(packages: &[Package], into: &Path) -> Result<()> {
    for package in packages {
        let file = fetched(package);
        let mut unpack = Command::new("dpkg-deb");
        unpack.arg("--extract").arg(&file).arg(into);
        // Not `quietly`: hundreds of logs would say nothing.
        let output = unpack.output().map_err(|e| format!("dpkg-deb: {e}"))?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            return Err(format!("cannot unpack {}: {why}", file.display()));
        }
    }
    Ok(())
}

/// Downloads what is not there yet, and checks all.
pub fn fetch(packages: &[Package]) -> Result<()> {
    let store = folder("packages")?;
    let missing: Vec<&Package> = packages.iter().filter(|p| !fetched(p).exists()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("  {} Debian packages to download", missing.len());
    let mut helper = Command::new("/usr/lib/apt/apt-helper");
    helper.arg("download-file");
    for package in &missing {
        let part = store.join(format!("{}.part", package.sha256));
        helper.arg(format!("{MIRROR}/{}", package.path));
        helper.arg(part).arg(format!("SHA256:{}", package.sha256));
    }
    // Some of it may have left the mirror: what failed is asked for once more below.
    let _ = run::quietly("downloading packages", &mut helper);
    missing
        .iter()
        .try_for_each(|package| accept(package, &store))
}

/// Gives a checked download its name; a file under that name has been checked.
fn accept(package: &Package, store: &Path) -> Result<()> {
    let part = store.join(format!("{}.part", package.sha256));
    if !part.exists() {
        fetch_from_archive(package, &part)?;
    }
    let found = digest::of_file(&part)?;
    if found != package.sha256 {
        let _ = fs::remove_file(&part);
        return Err(format!(
            "{} is not what the lock says: SHA-256 is {found}, not {}",
            package.file, package.sha256
        ));
    }
    fs::rename(&part, fetched(package)).map_err(|e| format!("cannot keep {}: {e}", package.file))
}

fn fetch_from_archive(package: &Package, part: &Path) -> Result<()> {
    let (area, path) = package.path.split_once('/').unwrap_or_default();
    let address = format!("{ARCHIVE}/{area}/20991231T000000Z/{path}");
    let mut helper = Command::new("/usr/lib/apt/apt-helper");
    helper.args(["download-file", &address]).arg(part);
    helper.arg(format!("SHA256:{}", package.sha256));
    run::quietly("downloading from Debian's archive", &mut helper).map_err(|why| {
        format!(
            "{} has left the mirror and the archive does not answer. `cargo xtask image packages` \
             moves the image on to what Debian has now.\n{why}",
            package.file
        )
    })
}

pub fn fetched(package: &Package) -> PathBuf {
    crate::places::cache()
        .join("image/packages")
        .join(format!("{}.deb", package.sha256))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
}

fn wanted(list: &str) -> Vec<&str> {
    list.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// `'http://deb.debian.org/debian/pool/...' name.deb 123 SHA256:...`
fn package_of_uri(line: &str) -> Option<Package> {
    let mut words = line.split_whitespace();
    let address = words.next()?.trim_matches('\'');
    let sha256 = words.nth(2)?.strip_prefix("SHA256:")?;
    let path = address.strip_prefix(MIRROR)?.trim_start_matches('/');
    package(path, sha256)
}

fn package_of_line(line: &str) -> Option<Package> {
    let (sha256, path) = line.split_once(' ')?;
    package(path, sha256)
}

/// Files that no list names, with their hashes in the code that uses them; fetched and checked.
pub fn pinned(sources: &[(&str, &str)]) -> Result<Vec<Package>> {
    let sources: Vec<_> = sources
        .iter()
        .filter_map(|(path, sha256)| package(path, sha256))
        .collect();
    fetch(&sources)?;
    Ok(sources)
}

pub fn package(path: &str, sha256: &str) -> Option<Package> {
    if sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some(Package {
        file: path.rsplit('/').next()?.replace("%2b", "+"),
        path: path.to_owned(),
        sha256: sha256.to_owned(),
    })
}

/// An apt that knows nothing of this machine: its own indices, and nothing installed.
struct Apt {
    settings: PathBuf,
}

impl Apt {
    fn new(architecture: &str) -> Result<Self> {
        let base = folder(&format!("apt-{architecture}"))?;
        let wrong = |e: std::io::Error| format!("cannot write below {}: {e}", base.display());
        for name in ["lists/partial", "archives/partial"] {
            fs::create_dir_all(base.join(name)).map_err(wrong)?;
        }
        fs::write(base.join("status"), "").map_err(wrong)?;
        fs::write(base.join("sources.list"), sources(architecture)).map_err(wrong)?;
        fs::write(base.join("preferences"), PREFERENCES).map_err(wrong)?;
        let settings = base.join("apt.conf");
        fs::write(&settings, apt_settings(&base, architecture)).map_err(wrong)?;
        Ok(Self { settings })
    }

    fn get(&self) -> Command {
        let mut apt = Command::new("apt-get");
        apt.env("APT_CONFIG", &self.settings).env("LC_ALL", "C");
        apt
    }
}

fn sources(architecture: &str) -> String {
    SUITES
        .iter()
        .fold(String::new(), |mut text, (area, suite)| {
            let _ = writeln!(
                text,
                "deb [arch={architecture} signed-by={KEYRING}] {MIRROR}/{area} {suite} main"
            );
            text
        })
}

fn apt_settings(base: &Path, architecture: &str) -> String {
    let at = base.display();
    format!(
        "Dir::Etc::parts \"/dev/null\";\nDir::Etc::main \"/dev/null\";\n\
         Dir::Etc::sourceparts \"/dev/null\";\nDir::Etc::preferencesparts \"/dev/null\";\n\
         Dir::Etc::preferences \"{at}/preferences\";\n\
         Dir::Etc::sourcelist \"{at}/sources.list\";\nDir::State \"{at}\";\n\
         Dir::State::status \"{at}/status\";\nDir::State::lists \"{at}/lists\";\nDir::Cache \"{at}\";\n\
         APT::Architecture \"{architecture}\";\nAPT::Architectures {{ \"{architecture}\"; }};\n\
         APT::Install-Recommends \"false\";\nAcquire::Languages \"none\";\n\
         Acquire::ForceHash \"sha256\";\nAPT::Sandbox::User \"root\";\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_apt_becomes_a_line_of_the_lock() {
        let sha = "8784eda966b189c777a384dac5ce009e8fc9b52d006926c5a013e7fa8aa688cc";
        let said = format!(
            "'http://deb.debian.org/debian/pool/main/g/glibc/libc6_2.41-12%2bdeb13u4_arm64.deb' \
             libc6_2.41-12+deb13u4_arm64.deb 2483572 SHA256:{sha}"
        );
        let package = package_of_uri(&said).unwrap();
        assert_eq!(package.file, "libc6_2.41-12+deb13u4_arm64.deb");
        assert_eq!(
            package_of_line(&format!("{sha} {}", package.path)),
            Some(package)
        );
    }

    #[test]
    fn a_package_without_a_hash_is_none() {
        assert_eq!(
            package_of_uri("'http://deb.debian.org/debian/x.deb' x.deb 1 "),
            None
        );
        assert_eq!(package_of_line("# Written by"), None);
    }

    #[test]
    fn what_is_locked_stays_and_what_is_new_is_added() {
        let one = |path: &str| package(path, &"0".repeat(64)).unwrap();
        let wanted = ["m/a_2_arm64.deb", "m/b_1_arm64.deb"].map(one).into();
        let locked = ["m/a_1_arm64.deb", "m/gone_1_arm64.deb"].map(one).into();
        let files: Vec<_> = with_locked(wanted, locked)
            .into_iter()
            .map(|p| p.file)
            .collect();
        assert_eq!(files, ["a_1_arm64.deb", "b_1_arm64.deb"]);
    }

    #[test]
    fn comments_in_a_list_name_no_package() {
        assert_eq!(wanted("# one\n\nbash\n dash\n"), ["bash", "dash"]);
    }
}
