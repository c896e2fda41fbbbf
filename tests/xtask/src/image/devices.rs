//! `cargo xtask test devices`: the contract of `board-linux` in a guest that has nothing else.
//!
//! Kernel and modules are the image's; the tests are linked statically, so a kernel, busybox and
//! one program are enough: no image is built, and a run takes a minute. The kernel simulates what
//! a board has: gpio-sim, uinput, uhid, vivid, snd-aloop, virtio-gpu.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::install::put;
use super::sysroot::TARGET;
use super::{base, finish, folder, initramfs, modules, tools, wrong};
use crate::{Result, places, run};

const MODULES: [&str; 9] = [
    "virtio_pci",
    "virtio_gpu",
    "uinput",
    "evdev",
    "gpio-sim",
    "vivid",
    "snd-aloop",
    "uhid",
    "hid-generic",
];
/// What the guest prints last, with the tests' exit code.
const END: &str = "salle-devices-ended ";

const INIT: &str = "#!/bin/busybox sh
/bin/busybox mkdir -p /bin /proc /sys /dev /tmp
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
while read -r module; do insmod \"/modules/$module\"; done < /modules/order
mount -t configfs config /sys/kernel/config
# All share one board.
/contract --include-ignored --test-threads=1
echo \"salle-devices-ended $?\"
poweroff -f
";

pub fn run() -> Result<()> {
    tools::install()?;
    let base = base::build()?;
    let tests = build_tests()?;
    let into = folder("devices")?;
    let archive = guest(&base.root(), &tests, &into)?;
    let said = boot(&base.kernel(), &archive)?;
    println!("{said}");
    if said.lines().any(|line| line.trim() == format!("{END}0")) {
        return Ok(());
    }
    Err("The board does not keep its contract; see above.".to_owned())
}

/// The test program, for the board's processor and without libraries.
fn build_tests() -> Result<PathBuf> {
    let mut cargo = run::cargo(&["test", "--no-run", "--target", TARGET]);
    cargo
        .args(["-p", "board-linux", "--test", "contract"])
        .args(["--message-format", "json-render-diagnostics"])
        // Other flags than the daemons': in one folder each build would undo the other.
        .arg("--target-dir")
        .arg(places::target().join("devices"))
        .env(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
            "aarch64-linux-gnu-gcc",
        )
        .env(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
            "-Ctarget-feature=+crt-static",
        )
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let said = cargo
        .output()
        .map_err(|e| format!("cannot start cargo: {e}"))?;
    if !said.status.success() {
        return Err("The build for the board failed; see above.".to_owned());
    }
    let said = String::from_utf8_lossy(&said.stdout);
    executable(&said).ok_or_else(|| "cargo names no test program".to_owned())
}

/// The program that cargo's messages name, one message a line.
fn executable(messages: &str) -> Option<PathBuf> {
    let key = "\"executable\":\"";
    messages.lines().rev().find_map(|line| {
        let (_, rest) = line.split_once(key)?;
        let (path, _) = rest.split_once('"')?;
        Some(path.into())
    })
}

fn guest(root: &Path, tests: &Path, into: &Path) -> Result<PathBuf> {
    let tree = into.join("tree");
    if tree.exists() {
        fs::remove_dir_all(&tree).map_err(wrong("remove", &tree))?;
    }
    let copy = |from: &Path, to: &str| {
        let bytes = fs::read(from).map_err(wrong("read", from))?;
        put(&tree.join(to), &bytes, "0755")
    };
    put(&tree.join("init"), INIT.as_bytes(), "0755")?;
    copy(&root.join("usr/bin/busybox"), "bin/busybox")?;
    finish::link(&tree.join("bin/sh"), "busybox")?;
    copy(tests, "contract")?;
    let mut order = String::new();
    for path in modules::load_order(root, &MODULES)? {
        let name = initramfs::copy_module(&path, &tree.join("modules"))?;
        order += &format!("{name}\n");
    }
    put(&tree.join("modules/order"), order.as_bytes(), "0644")?;
    let archive = into.join("guest.cpio.zst");
    initramfs::pack(&tree, &archive)?;
    Ok(archive)
}

/// Runs the guest to its end and returns what it printed.
fn boot(kernel: &Path, archive: &Path) -> Result<String> {
    let mut qemu = Command::new("timeout");
    qemu.args(["900", "qemu-system-aarch64", "-machine", "virt"])
        .args(["-cpu", "max,pauth-impdef=on", "-smp", "2", "-m", "1024"])
        .args(["-accel", "tcg,thread=multi", "-nic", "none", "-no-reboot"])
        .args(["-device", "virtio-gpu-pci", "-nographic"])
        .arg("-kernel")
        .arg(kernel)
        .arg("-initrd")
        .arg(archive)
        .args(["-append", "console=ttyAMA0 quiet panic=-1"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let said = qemu
        .output()
        .map_err(|e| format!("qemu-system-aarch64: {e}"))?;
    Ok(String::from_utf8_lossy(&said.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_program_is_found_among_cargos_messages() {
        let messages = "{\"reason\":\"x\",\"executable\":null}\n{\"executable\":\"/t/contract-1\"}\n{\"reason\":\"build-finished\"}";
        assert_eq!(executable(messages), Some("/t/contract-1".into()));
        assert_eq!(executable("{}"), None);
    }
}
