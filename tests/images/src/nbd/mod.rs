//! A disk that loses what was not flushed, as real ones do when the power goes.
//!
//! QEMU talks to it by the NBD protocol. Writes stay in memory until the guest flushes; a cut
//! keeps some of them, in any combination and the last one torn at a sector, and forgets the rest.
//!
//! Invariant: what was flushed (or written with "force unit access") before a cut is there
//! after it; nothing else is promised.

mod cache;
mod protocol;

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{Error, Random, RawDisk, Result};

use cache::Cache;
pub use cache::Cut;

/// The disk and the socket on which it is served, as long as the test runs.
#[derive(Debug)]
pub struct LossyDisk {
    socket: PathBuf,
    cache: Arc<Mutex<Cache>>,
}

impl LossyDisk {
    /// Serves a disk on a socket in a folder.
    ///
    /// # Errors
    /// When the socket cannot be made.
    pub fn serve(disk: RawDisk, folder: &Path) -> Result<Self> {
        let socket = folder.join("nbd");
        let listener = UnixListener::bind(&socket).map_err(Error::file("listen on", &socket))?;
        let cache = Arc::new(Mutex::new(Cache::new(disk)));
        let shared = Arc::clone(&cache);
        // Ends with the test's process: a board that is switched on again connects anew.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A board that was switched off in the middle of a word is what this is for.
                let _ = protocol::serve(stream, &shared);
            }
        });
        Ok(Self { socket, cache })
    }

    /// Decides what was lost. The machine must have ended.
    ///
    /// # Errors
    /// When the file behind it cannot be written.
    pub fn cut(&self, random: &mut Random) -> Result<Cut> {
        lock(&self.cache).cut(random)
    }

    /// Changes the disk while nobody uses it: after a cut, before the next start.
    pub fn while_off<T>(&self, change: impl FnOnce(&RawDisk) -> T) -> T {
        change(lock(&self.cache).disk())
    }

    pub(crate) fn block_device(&self) -> String {
        let socket = self.socket.display();
        format!("driver=nbd,node-name=disk,server.type=unix,server.path={socket},export=disk")
    }
}

fn lock(cache: &Mutex<Cache>) -> MutexGuard<'_, Cache> {
    cache.lock().unwrap_or_else(PoisonError::into_inner)
}
