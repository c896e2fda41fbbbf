//! Programs that building and running the image need, all from Debian 12. They are not part of
//! the general set-up: who works on the room itself needs none of them.

use crate::{Result, setup};

const PACKAGES: &[&str] = &[
    // U-Boot and our crates for the board.
    "bc",
    "bison",
    "device-tree-compiler",
    "flex",
    "g++-aarch64-linux-gnu",
    "gcc-aarch64-linux-gnu",
    "libgnutls28-dev",
    "libssl-dev",
    "patch",
    // The root, its hash tree, the initramfs, the disk.
    "cpio",
    "cryptsetup-bin",
    "debian-archive-keyring",
    "dosfstools",
    "erofs-utils",
    "fdisk",
    "kmod",
    "mtools",
    "systemd",
    "zstd",
    // The driver of the TPM.
    "libelf-dev",
    "xz-utils",
    // Bundles.
    "openssl",
    "rauc",
    "squashfs-tools",
    // To run it.
    "qemu-system-arm",
    "qemu-utils",
    "iproute2",
    "swtpm",
    // The switch that asks for 802.1X.
    "hostapd",
];

pub fn install() -> Result<()> {
    setup::debian_packages(PACKAGES)?;
    rust_target()
}

fn rust_target() -> Result<()> {
    let mut rustup = std::process::Command::new("rustup");
    rustup.args(["target", "add", super::sysroot::TARGET]);
    crate::run::quietly("rustup target add for the board", &mut rustup)
}
