//! Kernel images that do not do what they should.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::disk::run;
use crate::{Error, Image, Result};

/// Where U-Boot puts the kernel, as in `cargo xtask image`.
const ADDRESS: &str = "0x40400000";

impl Image {
    /// The script that is the image's first program.
    ///
    /// # Errors
    /// When U-Boot's tools, zstd or cpio fail.
    pub fn init(&self, folder: &Path) -> Result<String> {
        let made = folder.join("its-kernel");
        fs::create_dir_all(&made).map_err(Error::file("create", &made))?;
        self.take_out("1", &made.join("initramfs"))?;
        let mut cpio = Command::new("sh");
        cpio.arg("-c")
            .arg("zstd --decompress --stdout <initramfs | cpio --extract --quiet ./init init");
        run("cpio", cpio.current_dir(&made))?;
        let init = made.join("init");
        fs::read_to_string(&init).map_err(Error::file("read", &init))
    }

    fn take_out(&self, position: &str, to: &Path) -> Result<()> {
        let mut dump = Command::new(self.folder().join("dumpimage"));
        dump.args(["-T", "flat_dt", "-p", position, "-o"])
            .arg(to)
            .arg(self.kernel());
        run("dumpimage", &mut dump)
    }

    /// The image's kernel, whose first program is another script for busybox.
    ///
    /// # Errors
    /// When U-Boot's tools or cpio fail.
    pub fn kernel_with_init(&self, script: &str, folder: &Path) -> Result<PathBuf> {
        let made = folder.join("other-kernel");
        fs::create_dir_all(&made).map_err(Error::file("create", &made))?;
        for (position, name) in [("0", "kernel"), ("1", "initramfs")] {
            self.take_out(position, &made.join(name))?;
        }
        override_init(&made, script)?;
        let source = made.join("kernel.its");
        fs::write(&source, DESCRIPTION.replace("ADDRESS", ADDRESS))
            .map_err(Error::file("write", &source))?;
        let mut make = Command::new(self.folder().join("mkimage"));
        make.args(["-f", "kernel.its", "kernel.itb"])
            .current_dir(&made);
        run("mkimage", &mut make)?;
        Ok(made.join("kernel.itb"))
    }
}

/// Archives one behind the other are unpacked in this order: the last file of a name counts.
fn override_init(made: &Path, script: &str) -> Result<()> {
    let init = made.join("init");
    fs::write(&init, script).map_err(Error::file("write", &init))?;
    let archive = made.join("initramfs");
    let mut cpio = Command::new("sh");
    cpio.arg("-c").arg("chmod 755 init && truncate -s %4 initramfs && echo init | cpio --create --format=newc >>initramfs");
    cpio.current_dir(made).stdin(Stdio::null());
    run("cpio", &mut cpio)?;
    fs::metadata(&archive)
        .map(drop)
        .map_err(Error::file("read", &archive))
}

const DESCRIPTION: &str = r#"/dts-v1/;
/ {
    description = "Not what it should be";
    #address-cells = <1>;
    images {
        kernel {
            description = "kernel"; data = /incbin/("kernel"); type = "kernel"; arch = "arm64"; os = "linux";
            compression = "none"; load = <ADDRESS>; entry = <ADDRESS>; hash-1 { algo = "sha256"; };
        };
        ramdisk {
            description = "ramdisk"; data = /incbin/("initramfs"); type = "ramdisk"; arch = "arm64"; os = "linux";
            compression = "none"; hash-1 { algo = "sha256"; };
        };
    };
    configurations { default = "slot"; slot { description = "slot"; kernel = "kernel"; ramdisk = "ramdisk"; }; };
};
"#;
