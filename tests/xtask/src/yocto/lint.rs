//! oelint-adv over the layers; `yocto/.oelint.cfg` says how.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::setup::oelint;
use crate::{Result, places};

/// Recipes, appends, classes, what they include, and configuration.
const KINDS: [&str; 5] = ["bb", "bbappend", "bbclass", "inc", "conf"];

/// The check, ready to be run: prints findings only, and fails when there are any.
pub fn lint() -> Result<Command> {
    let layers = places::checkout().join("yocto");
    let mut files = Vec::new();
    metadata(&layers, &mut files)?;
    files.sort();
    let mut command = Command::new(oelint::program());
    command.current_dir(&layers).args(["--quiet", "--relpaths"]);
    command.args(files);
    Ok(command)
}

fn metadata(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let wrong = |e: std::io::Error| format!("cannot list {}: {e}", folder.display());
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.is_dir() {
            metadata(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|kind| KINDS.iter().any(|known| kind == *known))
        {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_is_looked_at() {
        let mut found = Vec::new();
        metadata(&places::checkout().join("yocto"), &mut found).unwrap();
        let has = |name: &str| found.iter().any(|file| file.ends_with(name));
        assert!(has("salle-daemons_0.1.0.bb"), "{found:?}");
        assert!(has("conf/distro/salle.conf"));
    }
}
