//! What every command that touches the database stands on: settings, the private cluster or the configured server, the schema.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use diesel::Connection as _;
use diesel::pg::PgConnection;
use uuid::Uuid;

use crate::config::Config;
use crate::db::{self, Db};
use crate::embedded::Cluster;
use crate::telemetry;

/// Settings and a database that is up to date. The private cluster, if this process started it, stops when this is dropped.
pub struct Ground {
    /// Settings.
    pub config: Config,
    /// Address of the database.
    pub database_url: String,
    cluster: Option<Cluster>,
}

impl Ground {
    /// Reads the settings, starts the private cluster where no server is configured, and migrates.
    ///
    /// # Errors
    /// One clear line about what is in the way.
    pub fn open() -> anyhow::Result<Self> {
        let config = Config::from_env()?;
        telemetry::start(&config.log)?;
        let (database_url, cluster) = if let Some(url) = &config.storage.database_url {
            (url.clone(), None)
        } else {
            let cluster = Cluster::open(&config.storage.data_dir)?;
            (cluster.database_url(), Some(cluster))
        };
        let ran = db::migrate(&database_url)?;
        if ran > 0 {
            tracing::info!(migrations.count = ran, "the schema is up to date");
        }
        Ok(Self { config, database_url, cluster })
    }

    /// From now on the caller hears Ctrl-C and its like, and drops this in its own time.
    pub fn leave_signals_to_caller(&self) {
        if let Some(cluster) = &self.cluster {
            cluster.leave_signals_to_caller();
        }
    }

    /// The pool.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn db(&self) -> anyhow::Result<Db> {
        Db::open(&self.database_url, self.config.storage.pool_size)
    }

    /// One connection, for a command.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn connect(&self) -> anyhow::Result<PgConnection> {
        PgConnection::establish(&self.database_url).context("the database cannot be reached")
    }

    /// The secret that signs sessions and links: configured, or made once and kept.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn secret(&self) -> anyhow::Result<String> {
        match &self.config.storage.secret_key {
            Some(secret) => Ok(secret.clone()),
            None => kept_secret(&self.config.storage.data_dir.join("secret")),
        }
    }
}

fn kept_secret(path: &Path) -> anyhow::Result<String> {
    let made = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Two processes starting at once: the one that comes second reads what the first wrote.
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => {
            file.write_all(made.as_bytes())?;
            file.sync_all()?;
            Ok(made)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let kept = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
            anyhow::ensure!(kept.trim().len() >= 32, "{} holds no usable secret", path.display());
            Ok(kept.trim().to_owned())
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be written", path.display())),
    }
}

/// Runs a command on the ground.
///
/// # Errors
/// What the command or the ground says.
pub fn with_database(command: impl FnOnce(&Ground) -> anyhow::Result<()>) -> anyhow::Result<()> {
    command(&Ground::open()?)
}
