//! What maintainer scripts would have done, as far as a read-only image needs it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{EPOCH, modules, wrong};
use crate::{Result, run};

/// The aliases of the merged /usr, before any package is unpacked through them.
const ALIASES: [&str; 4] = ["bin", "lib", "sbin", "lib64"];
/// Nobody becomes another user in an image.
const SETUID: &str = "ug-s";

pub fn prepare(root: &Path) -> Result<()> {
    for name in ALIASES {
        let real = root.join("usr").join(name);
        fs::create_dir_all(&real).map_err(wrong("create", &real))?;
        link(&root.join(name), &format!("usr/{name}"))?;
    }
    Ok(())
}

/// The kernel leaves the root: it is in the kernel image, with the root's hash. Debian keeps it
/// beside its modules.
pub fn take_kernel(root: &Path) -> Result<PathBuf> {
    let kernel = modules::folder(root)?.join("vmlinuz");
    if kernel.exists() {
        Ok(kernel)
    } else {
        Err(format!("no package brought {}", kernel.display()))
    }
}

pub fn finish(root: &Path) -> Result<()> {
    accounts(root)?;
    certificates(root)?;
    names(root)?;
    no_set_user_id(root)
}

/// Every user and group is made now: /etc is read-only when the system runs.
fn accounts(root: &Path) -> Result<()> {
    for name in ["passwd", "group"] {
        let master = root
            .join("usr/share/base-passwd")
            .join(format!("{name}.master"));
        let to = root.join("etc").join(name);
        fs::copy(&master, &to).map_err(wrong("read", &master))?;
    }
    without_locks(&root.join("usr/lib/sysusers.d"))?;
    system_users(root)
}

/// Debian 12's systemd-sysusers does not know `u!` (a locked account) and would leave the line
/// out. Nobody has a password here anyway.
fn without_locks(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder).map_err(wrong("read", folder))?;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let text = fs::read_to_string(&path).map_err(wrong("read", &path))?;
        fs::write(&path, text.replace("u! ", "u  ")).map_err(wrong("write", &path))?;
    }
    Ok(())
}

/// Makes the users and groups that `/usr/lib/sysusers.d` of a root names.
pub fn system_users(root: &Path) -> Result<()> {
    let mut sysusers = Command::new("systemd-sysusers");
    sysusers
        .arg(format!("--root={}", root.display()))
        .env("SOURCE_DATE_EPOCH", EPOCH);
    run::quietly("making the image's users", &mut sysusers)?;
    for left in ["passwd-", "group-", "shadow-", "gshadow-", ".pwd.lock"] {
        let _ = fs::remove_file(root.join("etc").join(left));
    }
    Ok(())
}

/// All of Mozilla's, in one file where OpenSSL and rustls look.
fn certificates(root: &Path) -> Result<()> {
    let folder = root.join("usr/share/ca-certificates/mozilla");
    let entries = fs::read_dir(&folder).map_err(wrong("read", &folder))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        all.extend(fs::read(&file).map_err(wrong("read", &file))?);
    }
    write(root, "etc/ssl/certs/ca-certificates.crt", &all)
}

fn names(root: &Path) -> Result<()> {
    write(root, "etc/hostname", b"salle\n")?;
    write(
        root,
        "etc/hosts",
        b"127.0.0.1 localhost salle\n::1 localhost salle\n",
    )?;
    write(root, "etc/locale.conf", b"LANG=C.UTF-8\n")?;
    write(root, "etc/fstab", b"")?;
    write(
        root,
        "etc/nsswitch.conf",
        b"passwd: files systemd\ngroup: files systemd\nshadow: files systemd\n\
          hosts: files myhostname resolve [!UNAVAIL=return] dns\nnetworks: files\n\
          protocols: files\nservices: files\n",
    )?;
    // Empty: the bootloader hands over the unit's own, or the first boot makes one.
    write(root, "etc/machine-id", b"")?;
    // systemd never lets the clock be before this file's time, which is the image's.
    write(root, "usr/lib/clock-epoch", b"")?;
    link(&root.join("etc/localtime"), "/usr/share/zoneinfo/UTC")?;
    link(&root.join("etc/mtab"), "../proc/self/mounts")?;
    // What dpkg's scripts would have enabled.
    let broker = "/usr/lib/systemd/system/dbus-broker.service";
    link(&root.join("etc/systemd/system/dbus.service"), broker)
}

fn no_set_user_id(root: &Path) -> Result<()> {
    let mut chmod = Command::new("find");
    chmod.arg(root).args([
        "-type", "f", "-perm", "/6000", "-exec", "chmod", SETUID, "{}", "+",
    ]);
    run::quietly("taking set-user-id bits away", &mut chmod)
}

fn write(root: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = root.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(wrong("create", parent))?;
    }
    // Not through a link of a package to somewhere on this machine.
    let _ = fs::remove_file(&path);
    fs::write(&path, bytes).map_err(wrong("write", &path))
}

/// Makes a link, in place of what was there.
pub fn link(path: &Path, target: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(wrong("create", parent))?;
    }
    let _ = fs::remove_file(path);
    symlink(target, path).map_err(wrong("create", path))
}
