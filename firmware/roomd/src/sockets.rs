//! Unix sockets in the runtime directory.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use room_core::problem::Issue;
use room_messages::api::Problem;
use rustix::fs::{FlockOperation, flock};
use tokio::net::UnixListener;

/// Makes the runtime directory when it is missing, and holds it as long as the file lives. Group
/// members may look into it, since the control socket lies there.
///
/// # Errors
/// When another `roomd` has it, or it cannot be used.
pub fn take(path: &Path) -> Result<File, Problem> {
    let unusable =
        |error: io::Error| Issue::StateUnusable.about(&format!("{}: {error}", path.display()));
    DirBuilder::new()
        .recursive(true)
        .mode(0o750)
        .create(path)
        .map_err(unusable)?;
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path.join("roomd.lock"))
        .map_err(unusable)?;
    match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(rustix::io::Errno::WOULDBLOCK) => {
            Err(Issue::RuntimeTaken.about(&path.display().to_string()))
        }
        Err(error) => Err(unusable(error.into())),
    }
}

/// Listens at `path`, taking the place of a socket an earlier process left behind: [`take`]
/// has said that no other `roomd` listens there.
///
/// # Errors
/// When the path cannot be used.
pub fn bind(path: &Path, mode: u32) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(mode))?;
    Ok(listener)
}
