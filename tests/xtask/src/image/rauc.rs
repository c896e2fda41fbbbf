//! The rauc that packs bundles: Debian trixie's, as in the image. The one of Debian 12 drops what
//! we say in a manifest's `[meta.salle]`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::{board, digest, finish, once, packages, wrong};
use crate::Result;

/// Starts the program with the libraries that came with it, whatever this machine has.
const START: &str = "#!/bin/sh\nhere=$(dirname \"$0\")\n\
    exec \"$here/usr/lib64/ld-linux-x86-64.so.2\" --library-path \"$here/usr/lib/x86_64-linux-gnu\" \
    \"$here/usr/bin/rauc\" \"$@\"\n";

pub fn program() -> Result<PathBuf> {
    let list = board().join("rauc.txt");
    let lock = list.with_extension("lock");
    let inputs = fs::read(&lock).map_err(wrong("read", &lock))?;
    let key = digest::key(&[&inputs, include_bytes!("rauc.rs")])?;
    let folder = once(&format!("rauc-{key}"), |into| {
        let packages = packages::locked(&list)?;
        packages::fetch(&packages)?;
        finish::prepare(into)?;
        packages::unpack(&packages, into)?;
        let start = into.join("rauc");
        fs::write(&start, START).map_err(wrong("write", &start))?;
        fs::set_permissions(&start, fs::Permissions::from_mode(0o755))
            .map_err(wrong("write", &start))
    })?;
    Ok(folder.join("rauc"))
}
