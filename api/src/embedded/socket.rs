//! Where the server listens: a Unix socket in a directory that only its user (and root) can enter.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::server::Server;
use super::{EmbeddedError, Machine};

/// Part of the socket's name. Nothing listens on this or any other port.
pub(super) const PORT: u16 = 5432;

/// Bytes of a socket's path: `sun_path` has 108, one ends it.
const LONGEST: usize = 107;

/// The directory for the socket, created when it is missing: in the cluster's home when its path can be used, else
/// in a directory of the user's own under the machine's place for sockets.
pub(super) fn dir(machine: &Machine, server: &Server) -> Result<PathBuf, EmbeddedError> {
    let inside = server.home().join("socket");
    if fits(&inside) {
        private_dir(&inside, server)?;
        return Ok(inside);
    }
    let own = machine.sockets.join(format!("mendmap-{}", server.account().uid));
    private_dir(&own, server)?;
    // Numbers of the device and the file tell two homes apart, in few bytes and however they are reached.
    let home = fs::metadata(server.home()).map_err(EmbeddedError::file("read", server.home()))?;
    let dir = own.join(format!("{:x}-{:x}", home.dev(), home.ino()));
    if !fits(&dir) {
        return Err(EmbeddedError::NoSocketPath { path: dir });
    }
    private_dir(&dir, server)?;
    Ok(dir)
}

/// To libpq a comma in a path is the end of one host and the beginning of the next.
fn fits(dir: &Path) -> bool {
    let has_comma = dir.as_os_str().as_encoded_bytes().contains(&b',');
    !has_comma && dir.join(format!(".s.PGSQL.{PORT}")).as_os_str().len() <= LONGEST
}

/// Everybody may write to a temporary directory: what is found there is used only if nobody else could have made it.
fn private_dir(path: &Path, server: &Server) -> Result<(), EmbeddedError> {
    let Ok(found) = fs::symlink_metadata(path) else { return server.account().create_private_dir(path) };
    if found.is_dir() && found.uid() == server.account().uid && found.mode() & 0o077 == 0 {
        Ok(())
    } else {
        Err(EmbeddedError::NotPrivate { path: path.to_owned() })
    }
}
