//! The same inputs give the same image: builds base, root and kernel image once more, beside the
//! cache's, and compares.
//!
//! Invariant: what the cache has stays as it is, so a failed run costs nobody an image.
//! Deliberately absent: our programs and U-Boot, which count as inputs here. Compiling them takes
//! half an hour on two cores; two machines that build a release compare them by the root hash.

use std::fs;
use std::path::Path;

use super::root::Root;
use super::{Image, Wanted, base, build, difference, digest, kernel, root, sysroot, u_boot, wrong};
use crate::{Result, places};

pub fn command(wanted: &Wanted) -> Result<()> {
    let image = build(wanted)?;
    check(&image, wanted)?;
    println!(
        "Built twice, the same each time: root hash {}",
        image.root_hash
    );
    Ok(())
}

/// Builds an image again; the error says which files differ.
pub fn check(image: &Image, wanted: &Wanted) -> Result<()> {
    let folder = places::cache().join("image/again");
    for part in ["base", "root", "kernel"].map(|name| folder.join(name)) {
        if part.exists() {
            fs::remove_dir_all(&part).map_err(wrong("remove", &part))?;
        }
        fs::create_dir_all(&part).map_err(wrong("create", &part))?;
    }
    let base = base::make(&folder.join("base"))?;
    let root = root::make(&base, &sysroot::daemons()?, wanted, &folder.join("root"))?;
    let u_boot = u_boot::build()?;
    let kernel = kernel::make(&base, &root, &u_boot, &folder.join("kernel"))?;
    same_root(image, &root, &folder)?;
    same_kernel(image, &kernel)?;
    // Only when all is well: what differs is for somebody to look at.
    fs::remove_dir_all(&folder).map_err(wrong("remove", &folder))
}

fn same_root(image: &Image, again: &Root, folder: &Path) -> Result<()> {
    if image.root_hash == again.hash {
        return Ok(());
    }
    let first = image.folder.join("root.img");
    let files = difference::of_images(&first, &again.image(), folder)?;
    Err(format!(
        "The same inputs gave two roots, {} and {}.\n{}\nThey are unpacked in {}.",
        image.root_hash,
        again.hash,
        difference::told(&files),
        folder.display()
    ))
}

fn same_kernel(image: &Image, again: &Path) -> Result<()> {
    let first = image.folder.join("kernel.itb");
    if digest::of_file(&first)? == digest::of_file(again)? {
        return Ok(());
    }
    Err(format!(
        "The same root gave two kernel images; `dumpimage -l` tells which part differs:\n  {}\n  {}",
        first.display(),
        again.display()
    ))
}
