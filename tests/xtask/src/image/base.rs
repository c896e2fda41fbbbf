//! The base: Debian's packages as a root, before anything of ours is in it.

use std::fs;
use std::path::{Path, PathBuf};

use super::{board, digest, finish, modules, once, packages, prune, tpm, wrong};
use crate::Result;

/// A root without our own programs, and the kernel that belongs to it.
#[derive(Debug, Clone)]
pub struct Base {
    folder: PathBuf,
}

impl Base {
    pub fn root(&self) -> PathBuf {
        self.folder.join("root")
    }

    /// Uncompressed, as the bootloader takes it.
    pub fn kernel(&self) -> PathBuf {
        self.folder.join("vmlinuz")
    }

    /// Names what is in it.
    pub fn key(&self) -> String {
        let name = self.folder.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

pub fn build() -> Result<Base> {
    let list = board().join("packages.txt");
    let rules = board().join("prune.toml");
    let inputs = [
        fs::read(list.with_extension("lock")).map_err(wrong("read", &list))?,
        fs::read(&rules).map_err(wrong("read", &rules))?,
    ];
    let key = digest::key(&[
        &inputs[0],
        &inputs[1],
        include_bytes!("base.rs"),
        include_bytes!("finish.rs"),
        include_bytes!("modules.rs"),
        include_bytes!("prune.rs"),
        include_bytes!("tpm.rs"),
    ])?;
    let folder = once(&format!("base-{key}"), |into| make(into).map(drop))?;
    Ok(Base { folder })
}

/// Makes it in a folder, whatever the cache has.
pub fn make(into: &Path) -> Result<Base> {
    let packages = packages::locked(&board().join("packages.txt"))?;
    let rules = prune::Rules::read(&board().join("prune.toml"))?;
    packages::fetch(&packages)?;
    let root = into.join("root");
    finish::prepare(&root)?;
    println!("  unpacking {} packages", packages.len());
    packages::unpack(&packages, &root)?;
    let kernel = finish::take_kernel(&root)?;
    fs::rename(kernel, into.join("vmlinuz")).map_err(wrong("keep the kernel of", &root))?;
    finish::finish(&root)?;
    tpm::install(&modules::folder(&root)?)?;
    modules::prune(&root, &rules)?;
    prune::prune(&root, &rules)?;
    Ok(Base {
        folder: into.to_owned(),
    })
}
