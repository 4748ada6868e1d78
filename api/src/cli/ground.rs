//! What every command that touches the database stands on: settings, the private cluster or the configured server, the schema.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use diesel::Connection as _;
use diesel::pg::PgConnection;
use uuid::Uuid;

use crate::config::{Config, ConfigError};
use crate::db::{self, Db};
use crate::embedded::Cluster;
use crate::exports::changes;
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
    /// Starts the private cluster where no server is configured, and migrates.
    ///
    /// # Errors
    /// One clear line about what is in the way.
    pub fn open(config: Config) -> anyhow::Result<Self> {
        let migrate = config.migrate_at_start;
        Self::open_and(config, migrate)
    }

    /// The same, and migrates whatever the settings say.
    ///
    /// # Errors
    /// One clear line about what is in the way.
    pub fn migrated(config: Config) -> anyhow::Result<Self> {
        Self::open_and(config, true)
    }

    fn open_and(config: Config, migrate: bool) -> anyhow::Result<Self> {
        telemetry::start(&config.log)?;
        let (database_url, cluster, ran) = if let Some(url) = &config.storage.database_url {
            let url = url.expose().to_owned();
            let ran = if migrate { migrate_configured(&url)? } else { check_configured(&url).map(|()| 0)? };
            (url, None, ran)
        } else {
            let cluster = Cluster::open(&config.storage.data_dir)?;
            let url = cluster.database_url();
            let ran = db::migrate(&url)?;
            (url, Some(cluster), ran)
        };
        if ran > 0 {
            tracing::info!(migrations.count = ran, "the schema is up to date");
        }
        let ground = Self { config, database_url, cluster };
        if (migrate || ground.cluster.is_some()) && changes::restart_if_foreign(&mut ground.connect()?)? {
            tracing::warn!("the data came from another server: a new order of changes has begun");
        }
        Ok(ground)
    }

    /// From now on the caller hears Ctrl-C and its like, and drops this in its own time.
    pub fn leave_signals_to_caller(&self) {
        if let Some(cluster) = &self.cluster {
            cluster.leave_signals_to_caller();
        }
    }

    /// The pool of those who write, and read nothing that may lag.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn writer(&self) -> anyhow::Result<Db> {
        Db::open(&self.database_url, self.config.storage.pool_size)
    }

    /// The pools of those who also show what may lag.
    ///
    /// # Errors
    /// When they cannot be built.
    pub fn db(&self) -> anyhow::Result<Db> {
        let (db, storage) = (self.writer()?, &self.config.storage);
        match &storage.database_reader_url {
            Some(reader) => db.with_reader(reader.expose(), storage.pool_size),
            None => Ok(db),
        }
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
            Some(secret) => Ok(secret.expose().to_owned()),
            None => kept_secret(&self.config.storage.data_dir.join("secret")),
        }
    }
}

/// Whether the database at the configured address has the schema that this version needs; one line if not. A newer schema is
/// fine: it still has what the version before it needs.
fn check_configured(url: &str) -> anyhow::Result<()> {
    let mut conn = connect_configured(url)?;
    let missing = db::pending(&mut conn)?;
    anyhow::ensure!(
        missing == 0,
        "the database lacks {missing} migrations of this version: run `mendmap migrate` first"
    );
    Ok(())
}

fn connect_configured(url: &str) -> anyhow::Result<PgConnection> {
    PgConnection::establish(url).map_err(|error| {
        let problem = match error {
            diesel::ConnectionError::BadConnection(message) => connection_problem(&message),
            _ => connection_problem(""),
        };
        ConfigError::database_url(problem).into()
    })
}

/// Migrates the database at the configured address; whatever is wrong with it names the variable, in one line.
fn migrate_configured(url: &str) -> anyhow::Result<usize> {
    drop(connect_configured(url)?);
    db::migrate(url).map_err(|error| ConfigError::database_url(one_line(&format!("{error:#}"))).into())
}

/// Why there is no connection. Only messages about a server and its name are passed on: others quote parts of the address
/// that could not be read, and there may be a password among them.
fn connection_problem(message: &str) -> String {
    if message.starts_with("connection to server") {
        one_line(message)
    } else if message.starts_with("could not translate host name") {
        "its host cannot be found".to_owned()
    } else {
        "it cannot be read as postgresql://user:password@host:port/database; unusual characters in it are written as %XX"
            .to_owned()
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn kept_secret(path: &Path) -> anyhow::Result<String> {
    if !path.exists() {
        make_secret(path).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let kept = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    anyhow::ensure!(kept.trim().len() >= 32, "{} holds no usable secret", path.display());
    Ok(kept.trim().to_owned())
}

/// Makes the secret, unless another process that starts at the same time was faster. It appears whole or not at all.
fn make_secret(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Only its owner can read such a file.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    write!(file, "{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

/// Runs a command on the ground.
///
/// # Errors
/// What the command or the ground says.
pub fn with_database(command: impl FnOnce(&Ground) -> anyhow::Result<()>) -> anyhow::Result<()> {
    command(&Ground::open(Config::from_env()?)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn processes_that_start_at_once_share_one_secret_that_only_their_user_can_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data/secret");
        let secrets: Vec<String> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..16).map(|_| scope.spawn(|| kept_secret(&path).expect("a secret"))).collect();
            starts.into_iter().map(|start| start.join().expect("no panic")).collect()
        });
        assert!(secrets.iter().all(|secret| *secret == secrets[0] && secret.len() >= 32));
        assert_eq!(fs::metadata(&path).expect("the file").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path().join("data")).expect("the folder").count(), 1, "nothing else is left");
    }

    #[test]
    fn a_database_that_cannot_be_used_is_told_in_one_line_without_its_password() {
        for url in [
            "postgres://user:hushhush@127.0.0.1:1/mendmap",
            "postgres://user:hushhush@no-such-host.invalid/mendmap",
            "postgres://user:hush@hush@127.0.0.1:1/mendmap",
            "postgres://user:hush/hush@127.0.0.1:1/mendmap",
            "postgres://user:hush%zzhush@127.0.0.1:1/mendmap",
            "postgres://user@127.0.0.1:1/mendmap?password=hushhush&sslmode=hush",
        ] {
            let error = format!("{:#}", migrate_configured(url).expect_err(url));
            assert!(error.starts_with("DATABASE_URL cannot be used: "), "{error}");
            assert!(!error.contains('\n') && !error.contains("hush"), "{error}");
        }
    }
}
