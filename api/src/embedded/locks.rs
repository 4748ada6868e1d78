//! Who uses the cluster. Both locks are the kernel's (`flock`): they end with the process, however it ends.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::EmbeddedError;

/// Two locks in the data directory. Everybody who uses the cluster holds `lock` shared; who can have it alone is the
/// last. Starting and stopping happen only while `lock.turn` is held, so neither overtakes the other.
#[derive(Debug)]
pub(super) struct Locks {
    users: File,
    turn: File,
    path: PathBuf,
}

/// The right to start or stop the server, until it is dropped.
pub(super) struct Turn<'locks>(&'locks Locks);

impl Locks {
    /// Opens both, holding none.
    pub(super) fn open(data_dir: &Path) -> Result<Locks, EmbeddedError> {
        let open = |path: PathBuf| {
            let file = File::options().create(true).truncate(false).write(true).open(&path);
            file.map_err(EmbeddedError::file("open", &path))
        };
        let path = data_dir.join("lock");
        Ok(Locks { users: open(path.clone())?, turn: open(data_dir.join("lock.turn"))?, path })
    }

    /// Waits until nobody else is starting or stopping the server.
    pub(super) fn take_turn(&self) -> Result<Turn<'_>, EmbeddedError> {
        self.turn.lock().map_err(EmbeddedError::file("lock", &self.path))?;
        Ok(Turn(self))
    }
}

impl Turn<'_> {
    /// Counts this process among the users.
    pub(super) fn begin_use(&self) -> Result<(), EmbeddedError> {
        self.0.users.lock_shared().map_err(EmbeddedError::file("lock", &self.0.path))
    }

    /// Counts this process out, and says whether it was the last.
    pub(super) fn end_use(&self) -> Result<bool, EmbeddedError> {
        let users = &self.0.users;
        let ended = users.unlock().and_then(|()| match users.try_lock() {
            Ok(()) => users.unlock().map(|()| true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        });
        ended.map_err(EmbeddedError::file("lock", &self.0.path))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // It cannot fail on a file that is open; if it did, closing the file would end the lock all the same.
        let _ = self.0.turn.unlock();
    }
}
