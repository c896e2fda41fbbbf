//! `cargo xtask image bundle`: the update that installs what was built.

use std::fs;
use std::process::Command;

use super::{Image, Wanted, keys, once, rauc, root, wrong};
use crate::{Result, run};

/// Slots by the names of `systemd/rauc/system.conf.in`, with the file each gets.
const SLOTS: [(&str, &str, &str); 2] = [
    ("rootfs", "root.img", "root.img"),
    ("kernel", "kernel.itb", "kernel.img"),
];
const COMPATIBLE: &str = "salle-qemu-arm64";

/// Signed with this machine's development key: a release is signed elsewhere, offline (docs/image.md).
pub fn build(image: &Image, wanted: &Wanted) -> Result<()> {
    let folder = image
        .folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let keys = keys::development()?;
    let done = once(&format!("bundle-{folder}"), |into| {
        let content = into.join("content");
        fs::create_dir_all(&content).map_err(wrong("create", &content))?;
        let sizes = SLOTS
            .iter()
            .map(|(_, from, _)| fs::metadata(image.folder.join(from)));
        let largest = sizes
            .flatten()
            .map(|about| about.len())
            .max()
            .unwrap_or_default();
        let mut manifest = format!(
            "[update]\ncompatible={COMPATIBLE}\nversion={}\n\n[bundle]\nformat=verity\n\n\
             [meta.salle]\nfloor={}\nsize={}\n",
            wanted.version,
            root::FLOOR,
            largest
        );
        for (slot, from, to) in SLOTS {
            let to_path = content.join(to);
            fs::copy(image.folder.join(from), &to_path).map_err(wrong("write", &to_path))?;
            manifest += &format!("\n[image.{slot}]\nfilename={to}\n");
        }
        fs::write(content.join("manifest.raucm"), manifest).map_err(wrong("write", &content))?;
        let mut rauc = Command::new(rauc::program()?);
        rauc.arg("bundle").arg("--cert").arg(keys.join("cert.pem"));
        rauc.arg("--key")
            .arg(keys.join("key.pem"))
            .arg("--keyring")
            .arg(keys.join("ca.pem"));
        rauc.arg(&content).arg(into.join("update.raucb"));
        run::quietly("packing the bundle", &mut rauc)?;
        fs::remove_dir_all(&content).map_err(wrong("remove", &content))
    })?;
    println!("Bundle    {}", done.join("update.raucb").display());
    Ok(())
}
