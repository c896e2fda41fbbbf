//! The same inputs give the same bytes: builds an image twice, from the packages on, and compares.

use std::fs;

use super::{Wanted, build, digest, wrong};
use crate::Result;

pub fn build_again(wanted: &Wanted) -> Result<()> {
    let before = build(wanted)?;
    let kernel = digest::of_file(&before.folder.join("kernel.itb"))?;
    for folder in before.made_from.iter().chain([&before.folder]) {
        fs::remove_dir_all(folder).map_err(wrong("remove", folder))?;
    }
    let after = build(wanted)?;
    if before.root_hash != after.root_hash {
        return Err(format!(
            "The same inputs gave two roots: {} and {}",
            before.root_hash, after.root_hash
        ));
    }
    if kernel != digest::of_file(&after.folder.join("kernel.itb"))? {
        return Err("The same inputs gave two kernel images.".to_owned());
    }
    println!(
        "Built twice, the same each time: root hash {}",
        after.root_hash
    );
    Ok(())
}
