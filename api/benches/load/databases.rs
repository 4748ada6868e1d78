//! A private PostgreSQL cluster with one database for each number of reports.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use mendmap::config::VARIABLES;
use mendmap::embedded::Cluster;

use crate::options::Options;
use crate::process;
use crate::say;

/// What signs the sessions of every server here.
pub const SECRET: &str = "the secret of servers that are only measured";

/// The databases, fewest reports first. All of it is gone when this is dropped, unless the folder is one to keep.
pub struct Databases {
    pub all: Vec<Database>,
    /// What the PostgreSQL server writes.
    pub log: PathBuf,
    // In this order: the server ends before its folder goes.
    cluster: Cluster,
    _folder: Folder,
}

/// One database.
#[derive(Debug)]
pub struct Database {
    /// Reports in it.
    pub reports: u32,
    /// How fast they were written, where they were just now.
    pub rows_a_second: Option<f64>,
    /// Its address.
    pub url: String,
    /// Where its servers keep what else they keep.
    data_dir: PathBuf,
}

impl Databases {
    /// Starts the cluster, and fills what is not filled yet.
    pub fn open(options: &Options) -> anyhow::Result<Self> {
        let folder = Folder::open(options.kept.as_deref())?;
        let cluster = Cluster::open(&folder.cluster())?;
        cluster.leave_signals_to_caller();
        let log = folder.cluster().join("postgres/server.log");
        let mut databases = Self { all: Vec::new(), log, cluster, _folder: folder };
        for reports in options.sizes.iter().copied() {
            let database = databases.create(reports, options)?;
            databases.all.push(database);
        }
        Ok(databases)
    }

    fn create(&self, reports: u32, options: &Options) -> anyhow::Result<Database> {
        let name = format!("bench_{reports}");
        let url = self.cluster.database_url();
        let mut conn = PgConnection::establish(&url)?;
        let there = diesel::dsl::sql::<BigInt>(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'"));
        if there.get_result::<i64>(&mut conn)? == 0 {
            conn.batch_execute(&format!("CREATE DATABASE {name}"))?;
        }
        let data_dir = self._folder.path().join(&name);
        let mut database =
            Database { reports, rows_a_second: None, url: url.replace("/mendmap?", &format!("/{name}?")), data_dir };
        database.fill(options)?;
        Ok(database)
    }
}

impl Database {
    /// A connection.
    pub fn connect(&self) -> anyhow::Result<PgConnection> {
        PgConnection::establish(&self.url).with_context(|| format!("the database of {} reports", self.reports))
    }

    /// One number.
    pub fn count(&self, query: &str) -> anyhow::Result<i64> {
        Ok(diesel::dsl::sql::<BigInt>(query).get_result(&mut self.connect()?)?)
    }

    /// A command of Mendmap on this database, with no other setting of whoever started the bench.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for variable in VARIABLES {
            command.env_remove(variable.name);
        }
        command.env("DATABASE_URL", &self.url).env("DATA_DIR", &self.data_dir).env("SECRET_KEY", SECRET);
        command.env("RATE_LIMIT_SCALE", "10000").env("LOG", "warn").env("PORT", "0");
        command
    }

    fn fill(&mut self, options: &Options) -> anyhow::Result<()> {
        let mendmap = Path::new(env!("CARGO_BIN_EXE_mendmap"));
        process::output(self.command(mendmap).arg("migrate"))?;
        if self.count("SELECT count(*) FROM reports")? < i64::from(self.reports) {
            say(&format!("Loading {} reports", self.reports));
            let began = Instant::now();
            let mut command = self.command(mendmap);
            command.args(["demo", "--reports", &self.reports.to_string()]);
            if let Some(region) = &options.region {
                command.arg("--region").arg(region);
            }
            self.rows_a_second = rows_a_second(&process::output(&mut command)?);
            process::output(self.command(mendmap).args(["map", "check"]))?;
            // What would be done by itself at some time, and then while something is measured.
            self.connect()?.batch_execute("VACUUM (ANALYZE)")?;
            say(&format!("  {:.0} s", began.elapsed().as_secs_f64()));
        }
        // What a worker does every second; none runs here, and what was written by an earlier measure would be read apart.
        mendmap::map::queries::fold(&mut self.connect()?)?;
        self.connect()?.batch_execute("VACUUM (ANALYZE) map_changes, map_counts, map_kind_counts")?;
        self.connect()?.batch_execute("CHECKPOINT")?;
        Ok(())
    }
}

/// Where everything lies.
#[derive(Debug)]
enum Folder {
    Kept(PathBuf),
    Passing(tempfile::TempDir),
}

impl Folder {
    fn open(kept: Option<&Path>) -> anyhow::Result<Self> {
        if let Some(path) = kept {
            fs::create_dir_all(path)?;
            return Ok(Self::Kept(path.canonicalize()?));
        }
        // PostgreSQL's user has to get in, which is another one where we are root.
        let open_to_all = fs::Permissions::from_mode(0o755);
        Ok(Self::Passing(tempfile::Builder::new().prefix("mendmap-bench-").permissions(open_to_all).tempdir()?))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Passing(folder) => folder.path(),
        }
    }

    fn cluster(&self) -> PathBuf {
        self.path().join("cluster")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Where that user could not get in all the same, the cluster lies elsewhere, and this is a link.
        if let (Self::Passing(_), Ok(elsewhere)) = (&self, fs::read_link(self.cluster().join("postgres"))) {
            let _ = fs::remove_dir_all(elsewhere);
        }
    }
}

/// What `mendmap demo` says last: `… in 61.0 s: 95,005 rows a second (…)`.
fn rows_a_second(said: &str) -> Option<f64> {
    let (_, rate) = said.lines().last()?.split_once(" s: ")?;
    rate.split_once(" rows a second")?.0.replace(',', "").parse().ok()
}
