//! The private PostgreSQL cluster that is used when `DATABASE_URL` is not set: the system's own server programs, a
//! Unix socket and no port, everything under the data directory.
//!
//! Several processes may use one data directory (`mendmap admin …` while `mendmap serve` runs). The first one starts
//! the server and the last one stops it, whichever that is; a server whose users were killed is taken over by the next.
//!
//! ```text
//! <data directory>/lock, lock.turn     who uses the cluster; whose turn it is to change that
//! <data directory>/postgres/           the cluster; a symbolic link where the server's user could not get here
//!     data/  socket/  server.log
//! ```

mod account;
mod error;
mod locks;
mod lodging;
mod programs;
mod server;
mod signals;
mod socket;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tracing::{error, info};

pub use error::EmbeddedError;
use locks::Locks;
pub use lodging::Lodging;
use server::Server;

/// Name of the database, and of the role that owns everything in the cluster.
const NAME: &str = "mendmap";

/// A cluster that is running, and in use by this process until [`Cluster::stop`] or the end of this value.
///
/// Until [`Cluster::leave_signals_to_caller`] a Ctrl-C (or a termination signal, or the end of the terminal) ends that
/// use too, and then this process, as it would have without a cluster.
#[derive(Debug)]
pub struct Cluster {
    usage: Arc<Usage>,
    socket_dir: PathBuf,
    signals: signals::Watch,
}

/// This process's use of a server.
#[derive(Debug)]
struct Usage {
    server: Server,
    locks: Locks,
    active: Mutex<bool>,
}

/// What the cluster needs of the machine; each test has a machine of its own.
#[derive(Debug, Clone)]
struct Machine {
    /// Holds one folder of server programs for each major version.
    programs: PathBuf,
    /// Holds one folder of extensions for each major version.
    extensions: PathBuf,
    /// User that runs the server when we are root.
    service_user: String,
    /// Home of the clusters whose data directory that user cannot reach.
    service_home: PathBuf,
    /// Home of the sockets whose path would be too long, or has a comma.
    sockets: PathBuf,
}

impl Machine {
    fn this_one() -> Machine {
        Machine {
            programs: "/usr/lib/postgresql".into(),
            extensions: "/usr/share/postgresql".into(),
            service_user: "mendmap".into(),
            service_home: "/var/lib/mendmap".into(),
            sockets: std::env::temp_dir(),
        }
    }
}

impl Cluster {
    /// Makes sure that the cluster of `data_dir` exists, runs, and has the database `mendmap`. Takes about three
    /// seconds for a new cluster, one for a stopped one, and waits while another process is doing the same.
    ///
    /// The server has a session of its own: Ctrl-C in the terminal does not reach it, so that this process can finish
    /// its work first.
    ///
    /// # Errors
    /// When there is no PostgreSQL 15 or newer with PostGIS, when a directory cannot be used, or when the server does
    /// not start. Each is one line that says what to do.
    pub fn open(data_dir: &Path) -> Result<Cluster, EmbeddedError> {
        Cluster::open_on(&Machine::this_one(), data_dir)
    }

    fn open_on(machine: &Machine, data_dir: &Path) -> Result<Cluster, EmbeddedError> {
        // From here on a signal waits until there is something to stop.
        let signals = signals::catch()?;
        fs::create_dir_all(data_dir).map_err(EmbeddedError::file("create", data_dir))?;
        let data_dir = data_dir.canonicalize().map_err(EmbeddedError::file("find", data_dir))?;
        let locks = Locks::open(&data_dir)?;
        let turn = locks.take_turn()?;

        let (home, account) = account::settle(machine, &data_dir)?;
        let server = Server::new(home, account, |data| programs::find(machine, data))?;
        if !server.exists() {
            info!(cluster.path = %server.home().display(), "creating the private database cluster");
            server.create()?;
        }
        if !server.is_running() {
            server.start(&socket::dir(machine, &server)?)?;
        }
        turn.begin_use()?;
        // Still in our turn, or two processes would create it.
        let socket_dir = server.socket_dir().and_then(|socket_dir| {
            server.create_database(&url(&socket_dir, "postgres"))?;
            Ok(socket_dir)
        });
        if socket_dir.is_err() && turn.end_use()? {
            server.stop()?;
        }
        let socket_dir = socket_dir?;
        drop(turn);
        let usage = Arc::new(Usage { server, locks, active: Mutex::new(true) });
        let signals = signals::Watch::start(signals, Arc::clone(&usage));
        Ok(Cluster { usage, socket_dir, signals })
    }

    /// The database's address in libpq's form.
    pub fn database_url(&self) -> String {
        url(&self.socket_dir, NAME)
    }

    /// From now on the caller hears the signals (SIGINT, SIGTERM, SIGHUP) and ends this value in its own time. Before
    /// this call there is nothing to drain and a signal may end the process at any point.
    pub fn leave_signals_to_caller(&self) {
        self.signals.end();
    }

    /// Ends this process's use of the cluster, and stops the server unless another process still uses it. Calling it
    /// again does nothing.
    ///
    /// # Errors
    /// When the server does not stop within a minute.
    pub fn stop(&self) -> Result<(), EmbeddedError> {
        self.usage.end()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.usage.end_or_log();
    }
}

impl Usage {
    fn end(&self) -> Result<(), EmbeddedError> {
        // A thread that panicked while stopping the server is no reason not to stop it.
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut *active) {
            let turn = self.locks.take_turn()?;
            if turn.end_use()? && self.server.is_running() {
                self.server.stop()?;
            }
        }
        Ok(())
    }

    fn end_or_log(&self) {
        if let Err(error) = self.end() {
            error!(%error, "the private database did not stop");
        }
    }
}

/// A libpq address. The port is named because it is part of the socket's name, and `PGPORT` would change it.
fn url(socket_dir: &Path, database: &str) -> String {
    let host = utf8_percent_encode(&socket_dir.to_string_lossy(), NON_ALPHANUMERIC).to_string();
    format!("postgresql://{NAME}@/{database}?host={host}&port={}", socket::PORT)
}
