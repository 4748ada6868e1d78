//! What can go wrong with the private cluster, each in one line for the person who started Mendmap.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private cluster cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// No usable server on this machine.
    #[error(
        "PostgreSQL {oldest} or newer with PostGIS is not in {}: run `make setup`, or set DATABASE_URL to a server that exists",
        .searched.display()
    )]
    NoServer {
        /// The oldest major version that is supported.
        oldest: u32,
        /// Where it was looked for.
        searched: PathBuf,
    },
    /// The cluster needs exactly the version that made it.
    #[error(
        "the data in {} was made by PostgreSQL {version}, and that version with PostGIS is not in {}: install it again",
        .data.display(), .searched.display()
    )]
    VersionMissing {
        /// The cluster's own data directory.
        data: PathBuf,
        /// What its `PG_VERSION` says.
        version: String,
        /// Where it was looked for.
        searched: PathBuf,
    },
    /// PostgreSQL does not run as root.
    #[error(
        "PostgreSQL refuses to run as root and there is no system user `{name}`: run `make setup`, or `useradd --system {name}`"
    )]
    NoAccount {
        /// The missing user.
        name: String,
    },
    /// Another user's cluster.
    #[error("the database in {} belongs to the user with number {owner}: start Mendmap as that user or as root", .home.display())]
    OtherOwner {
        /// The cluster's directory.
        home: PathBuf,
        /// User id of its owner.
        owner: u32,
    },
    /// A directory in a shared place that somebody else could have made.
    #[error("{} is not a private directory of the user who runs the database: remove it, or set TMPDIR", .path.display())]
    NotPrivate {
        /// The directory.
        path: PathBuf,
    },
    /// Neither the data directory nor the temporary one can hold the socket.
    #[error("{} is too long for a Unix socket's path, or has a comma in it: set TMPDIR to a short path", .path.display())]
    NoSocketPath {
        /// The socket's directory.
        path: PathBuf,
    },
    /// A file or directory cannot be used.
    #[error("cannot {action} {}: {source}", .path.display())]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// One of PostgreSQL's programs failed.
    #[error("{program} failed: {reason} (more in {})", .log.display())]
    Program {
        /// Its name.
        program: &'static str,
        /// The line that says most.
        reason: String,
        /// The server's log.
        log: PathBuf,
    },
    /// The server runs but does not answer.
    #[error("the private database does not answer: {reason} (more in {})", .log.display())]
    Unreachable {
        /// What libpq or the server said.
        reason: String,
        /// The server's log.
        log: PathBuf,
    },
}

impl EmbeddedError {
    /// For `map_err`: names what was tried and on what.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EmbeddedError + use<> {
        let path = path.to_owned();
        move |source| EmbeddedError::File { action, path, source }
    }
}
