//! The few files with which the kernel finds its root: one script, busybox, device mapper's
//! program, the modules for disk, file system and watchdog, and the root's dm-verity table.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::install::put;
use super::root::Root;
use super::{EPOCH, board, finish, modules, wrong};
use crate::{Result, run};

const MODULES: [&str; 5] = ["i6300esb", "virtio_pci", "virtio_blk", "dm-verity", "erofs"];
/// A watchdog that nobody feeds within this time resets the board. Long: systemd takes it over
/// only once its own libraries are read, and an emulated board is slow.
const WATCHDOG: (&str, &str) = ("i6300esb", "heartbeat=180");
/// Linked with libraries, which come along.
const PROGRAMS: [&str; 2] = ["usr/sbin/dmsetup", "usr/bin/fw_setenv"];
const LIBRARIES: &str = "usr/lib/aarch64-linux-gnu";
const APPLETS: [&str; 16] = [
    "sh",
    "mount",
    "insmod",
    "sed",
    "grep",
    "head",
    "sleep",
    "echo",
    "printf",
    "sync",
    "reboot",
    "switch_root",
    "cat",
    "mkdir",
    "ln",
    "tr",
];

/// Writes the initramfs of a root.
pub fn build(base: &Path, root: &Root, into: &Path) -> Result<PathBuf> {
    let tree = into.join("initramfs");
    for name in [
        "bin", "dev", "etc", "proc", "sys", "root", "run", "modules", "salle",
    ] {
        let path = tree.join(name);
        fs::create_dir_all(&path).map_err(wrong("create", &path))?;
    }
    finish::link(&tree.join("var"), "run")?;
    let init = board().join("initramfs/init");
    put(
        &tree.join("init"),
        &fs::read(&init).map_err(wrong("read", &init))?,
        "0755",
    )?;
    put(&tree.join("salle/table"), root.table().as_bytes(), "0644")?;
    copy_modules(base, &tree)?;
    copy_programs(base, &tree)?;
    let archive = into.join("initramfs.cpio.zst");
    pack(&tree, &archive)?;
    fs::remove_dir_all(&tree).map_err(wrong("remove", &tree))?;
    Ok(archive)
}

fn copy_modules(base: &Path, tree: &Path) -> Result<()> {
    let mut list = String::new();
    for path in modules::load_order(base, &MODULES)? {
        let name = copy_module(&path, &tree.join("modules"))?;
        list += &name;
        if name.starts_with(WATCHDOG.0) {
            list += &format!(" {}", WATCHDOG.1);
        }
        list.push('\n');
    }
    put(&tree.join("salle/modules"), list.as_bytes(), "0644")
}

/// Returns the module's name.
pub fn copy_module(path: &Path, into: &Path) -> Result<String> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let module = fs::read(path).map_err(wrong("read", path))?;
    put(&into.join(name.as_ref()), &module, "0644")?;
    Ok(name.into_owned())
}

fn copy_programs(base: &Path, tree: &Path) -> Result<()> {
    let busybox = base.join("usr/bin/busybox");
    put(
        &tree.join("bin/busybox"),
        &fs::read(&busybox).map_err(wrong("read", &busybox))?,
        "0755",
    )?;
    for applet in APPLETS {
        finish::link(&tree.join("bin").join(applet), "busybox")?;
    }
    let mut open: Vec<PathBuf> = PROGRAMS.iter().map(|name| base.join(name)).collect();
    for program in &open {
        let name = program.file_name().unwrap_or_default();
        put(
            &tree.join("bin").join(name),
            &fs::read(program).map_err(wrong("read", program))?,
            "0755",
        )?;
    }
    open.push(base.join("usr/lib/ld-linux-aarch64.so.1"));
    let mut seen = BTreeSet::new();
    while let Some(file) = open.pop() {
        for name in needed(&file)? {
            if seen.insert(name.clone()) {
                let library = base.join(LIBRARIES).join(&name);
                put(
                    &tree.join("lib").join(&name),
                    &fs::read(&library).map_err(wrong("read", &library))?,
                    "0755",
                )?;
                open.push(library);
            }
        }
    }
    Ok(())
}

fn needed(file: &Path) -> Result<Vec<String>> {
    let mut readelf = Command::new("aarch64-linux-gnu-readelf");
    let said = run::output(
        readelf
            .args(["--wide", "--dynamic"])
            .arg(file)
            .env("LC_ALL", "C"),
    );
    let said = said.ok_or_else(|| format!("readelf cannot read {}", file.display()))?;
    let names = said.lines().filter(|line| line.contains("(NEEDED)"));
    Ok(names
        .filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned()))
        .collect())
}

/// In sorted order, of one time and owner: the same files give the same bytes.
pub fn pack(tree: &Path, archive: &Path) -> Result<()> {
    let script = format!(
        "cd \"$0\" && find . -exec touch --no-dereference --date=@{EPOCH} {{}} + && \
         find . -print0 | LC_ALL=C sort --zero-terminated | \
         cpio --null --create --quiet --format=newc --owner=+0:+0 --reproducible | \
         zstd -19 --quiet --threads=1"
    );
    let out = fs::File::create(archive).map_err(wrong("create", archive))?;
    let mut shell = Command::new("bash");
    shell.args(["-o", "pipefail", "-c", &script]).arg(tree);
    let mut child = shell
        .stdin(Stdio::null())
        .stdout(out)
        .spawn()
        .map_err(|e| format!("bash: {e}"))?;
    let status = child.wait().map_err(|e| format!("bash: {e}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("packing the initramfs failed".to_owned())
    }
}
