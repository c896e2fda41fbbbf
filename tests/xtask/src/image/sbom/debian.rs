//! What Debian's packages say of themselves: exact version, source, licences.
//!
//! Read from the packages of the lock, not from the root: what is pruned there was shipped to us
//! under a licence all the same. Kept in the cache, because reading takes half a minute.
//! Deliberately absent: how packages depend on each other; what is pruned makes that untrue.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::super::packages::{self, Package};
use super::super::{board, digest, once, tpm, wrong};
use super::component::{Component, Kind, encoded};
use super::copyright;
use super::licence::Licences;
use crate::{Result, run};

/// Of Debian, for whoever looks a package up.
const RELEASE: &str = "trixie";
const FIELDS: &str = "${Package}\t${Version}\t${Architecture}\t${source:Package} ${source:Version}";
const DOCUMENTS: &str = "usr/share/doc";

/// What one package says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    pub name: String,
    /// With its epoch, which the file's name has not.
    pub version: String,
    pub architecture: String,
    /// Name and version: what Debian's security tracker goes by.
    pub source: String,
}

/// All that went into the root, in the lock's order, then what the driver of the TPM is made of.
pub fn components() -> Result<Vec<Component>> {
    let list = board().join("packages.txt");
    let mut packages = packages::locked(&list)?;
    packages.extend(tpm::sources()?);
    let lock = fs::read(list.with_extension("lock")).map_err(wrong("read", &list))?;
    let key = digest::key(&[
        &lock,
        include_bytes!("debian.rs"),
        include_bytes!("../tpm.rs"),
    ])?;
    let folder = once(&format!("about-{key}"), |into| {
        packages::fetch(&packages)?;
        println!("  reading the licences of {} packages", packages.len());
        packages
            .iter()
            .try_for_each(|package| read(package, &into.join("root"), into))
    })?;
    packages
        .iter()
        .map(|package| {
            let about = opened(package, &folder)?;
            let licences = licences(&about.name, &folder.join("root"));
            Ok(component(package, &about, licences))
        })
        .collect()
}

pub fn component(package: &Package, about: &About, licences: Licences) -> Component {
    let purl = format!(
        "pkg:deb/debian/{}@{}?arch={}&distro={RELEASE}",
        encoded(&about.name),
        encoded(&about.version),
        encoded(&about.architecture)
    );
    let mut component = Component::new(Kind::Library, &about.name, &about.version, purl, licences);
    component.supplier = Some("Debian");
    component.sha256 = Some(package.sha256.clone());
    component.note("salle:debian:source", &about.source);
    component
}

/// Keeps a package's fields and its copyright file.
fn read(package: &Package, root: &Path, into: &Path) -> Result<()> {
    fs::create_dir_all(root).map_err(wrong("create", root))?;
    let file = packages::fetched(package);
    let mut show = Command::new("dpkg-deb");
    show.args(["--show", "--showformat", FIELDS]).arg(&file);
    let fields =
        run::output(&mut show).ok_or_else(|| format!("dpkg-deb cannot read {}", file.display()))?;
    let kept = into.join(&package.sha256);
    fs::write(&kept, fields).map_err(wrong("write", &kept))?;
    unpack_copyright(&file, root)
}

/// Copyright files, and the links by which packages share one.
fn unpack_copyright(file: &Path, root: &Path) -> Result<()> {
    let failed = |e: std::io::Error| format!("cannot unpack {}: {e}", file.display());
    let mut open = Command::new("dpkg-deb");
    let open = open.arg("--fsys-tarfile").arg(file).stdout(Stdio::piped());
    let mut open = open.spawn().map_err(failed)?;
    let mut tar = Command::new("tar");
    tar.args(["--extract", "--wildcards", "--no-wildcards-match-slash"])
        .args(["--no-recursion", "--directory"])
        .arg(root)
        .arg(format!("./{DOCUMENTS}/*"))
        .arg(format!("./{DOCUMENTS}/*/copyright"))
        .env("LC_ALL", "C");
    if let Some(archive) = open.stdout.take() {
        tar.stdin(archive);
    }
    let said = tar.output().map_err(failed)?;
    let opened = open.wait().map_err(failed)?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    match real_fault(&said) {
        None if opened.success() => Ok(()),
        fault => Err(format!(
            "cannot unpack {}: {}",
            file.display(),
            fault.unwrap_or_default()
        )),
    }
}

/// That a package has no such file is told where its licences are read.
fn real_fault(said: &str) -> Option<&str> {
    said.lines().find(|line| {
        !line.ends_with(": Not found in archive")
            && !line.ends_with("Exiting with failure status due to previous errors")
    })
}

fn opened(package: &Package, folder: &Path) -> Result<About> {
    let path = folder.join(&package.sha256);
    let text = fs::read_to_string(&path).map_err(wrong("read", &path))?;
    about(&text).ok_or_else(|| format!("{} is damaged: remove its folder", path.display()))
}

fn about(fields: &str) -> Option<About> {
    let mut words = fields.split('\t').map(str::to_owned);
    Some(About {
        name: words.next()?,
        version: words.next()?,
        architecture: words.next()?,
        source: words.next()?,
    })
}

fn licences(package: &str, root: &Path) -> Licences {
    let path = root.join(DOCUMENTS).join(package).join("copyright");
    // Links of a package are followed only as far as the packages go.
    let inside = path
        .canonicalize()
        .ok()
        .filter(|real| root.canonicalize().is_ok_and(|root| real.starts_with(root)));
    match inside.map(fs::read) {
        Some(Ok(bytes)) => copyright::licences(&String::from_utf8_lossy(&bytes)),
        _ => Licences::Unread("the package has no copyright file".to_owned()),
    }
}

/// For tests, which have no packages: what the lock's file names say.
#[cfg(test)]
pub fn by_file_name(package: &Package) -> About {
    let words: Vec<&str> = package.file.trim_end_matches(".deb").split('_').collect();
    About {
        name: words[0].to_owned(),
        version: words[1].to_owned(),
        architecture: words[2].to_owned(),
        source: words[0].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const PROSE: &str = "see /usr/share/common-licenses/MPL-2.0";

    fn packages() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let base = root.path().join("root").join(DOCUMENTS);
        fs::create_dir_all(base.join("one")).unwrap();
        fs::write(base.join("one/copyright"), PROSE).unwrap();
        symlink("one", base.join("another")).unwrap();
        fs::create_dir_all(root.path().join("elsewhere")).unwrap();
        fs::write(root.path().join("elsewhere/copyright"), PROSE).unwrap();
        symlink("../../../../elsewhere", base.join("stray")).unwrap();
        root
    }

    #[test]
    fn packages_of_one_source_may_share_a_copyright_file() {
        let root = packages();
        let root = root.path().join("root");
        assert!(licences("one", &root).list().is_some());
        assert_eq!(licences("another", &root), licences("one", &root));
    }

    #[test]
    fn a_link_out_of_the_packages_is_not_followed() {
        let root = packages();
        let read = licences("stray", &root.path().join("root"));
        assert_eq!(read.remark(), Some("the package has no copyright file"));
    }

    #[test]
    fn a_package_without_the_file_is_no_fault_and_a_broken_one_is() {
        let missing = "tar: ./usr/share/doc/*/copyright: Not found in archive\n\
                       tar: Exiting with failure status due to previous errors\n";
        assert_eq!(real_fault(missing), None);
        assert!(real_fault("tar: Unexpected EOF in archive\n").is_some());
    }

    #[test]
    fn the_version_has_its_epoch_in_the_package_url() {
        let about = about("libopenal1\t1:1.24.2-1\tarm64\topenal-soft 1:1.24.2-1").unwrap();
        let package = packages::package("debian/x_1_arm64.deb", &"0".repeat(64)).unwrap();
        let unread = Licences::Unread(String::new());
        let purl = "pkg:deb/debian/libopenal1@1:1.24.2-1?arch=arm64&distro=trixie";
        assert_eq!(component(&package, &about, unread).purl, purl);
    }
}
