//! One server: made by `initdb`, started and stopped by `pg_ctl`, which also gives it a session of its own.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Bool, Text};
use tracing::info;

use super::account::Account;
use super::{EmbeddedError, NAME, socket};

/// What a server gets to start (it may have to recover from a crash) or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// Our settings, in the data directory; `ALTER SYSTEM` overrules them.
const SETTINGS: &str = "mendmap.conf";

/// A cluster's files, programs and user. Whether it runs is asked each time, never remembered.
#[derive(Debug)]
pub(super) struct Server {
    home: PathBuf,
    data: PathBuf,
    log: PathBuf,
    programs: PathBuf,
    account: Account,
}

/// What the pid file tells about the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Running,
    /// It ended without removing the file.
    Gone,
    /// There is no file, or nobody can tell.
    Unknown,
}

impl Server {
    /// The server in `home`; `find_programs` answers the folder of programs for its data.
    pub(super) fn new(
        home: PathBuf,
        account: Account,
        find_programs: impl FnOnce(&Path) -> Result<PathBuf, EmbeddedError>,
    ) -> Result<Server, EmbeddedError> {
        let data = home.join("data");
        let programs = find_programs(&data)?;
        Ok(Server { log: home.join("server.log"), home, data, programs, account })
    }

    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// Whether the cluster was made.
    pub(super) fn exists(&self) -> bool {
        self.data.exists()
    }

    /// Makes the cluster. It gets its name only when it is complete: an `initdb` that was killed leaves nothing that
    /// could be taken for one.
    pub(super) fn create(&self) -> Result<(), EmbeddedError> {
        let making = self.home.join("data.new");
        if making.exists() {
            fs::remove_dir_all(&making).map_err(EmbeddedError::file("remove", &making))?;
        }
        // `trust`: the only way in is a socket in a directory that only the server's user and root can enter, and both
        // could read the data itself. A password would lie in a file beside it.
        self.run("initdb", |command| {
            command.arg("--pgdata").arg(&making).arg(format!("--username={NAME}")).args([
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--auth-local=trust",
                "--auth-host=reject",
                "--data-checksums",
                "--no-instructions",
            ]);
        })?;
        let settings = making.join("postgresql.conf");
        let include = format!("\ninclude '{SETTINGS}'\n");
        let appended =
            File::options().append(true).open(&settings).and_then(|mut file| file.write_all(include.as_bytes()));
        appended.map_err(EmbeddedError::file("write", &settings))?;
        fs::rename(&making, &self.data).map_err(EmbeddedError::file("rename", &making))
    }

    /// Starts the server with its socket in `socket_dir` and waits until it accepts connections. Only for whoever holds the
    /// turn, and found that it does not run.
    pub(super) fn start(&self, socket_dir: &Path) -> Result<(), EmbeddedError> {
        self.forget_gone()?;
        self.write_settings(socket_dir)?;
        let began = Instant::now();
        self.run("pg_ctl", |command| {
            command.args(["start", "--silent", "--wait", "--timeout", &PATIENCE.as_secs().to_string()]);
            // It hands these to a shell between double quotes; names of our own cannot do harm there.
            command.args(["--log", "server.log", "--pgdata", "data"]);
        })?;
        info!(
            cluster.path = %self.home.display(),
            duration_ms = began.elapsed().as_millis() as u64,
            "the private database runs"
        );
        Ok(())
    }

    /// Stops the server: open transactions are rolled back, everything else is written.
    pub(super) fn stop(&self) -> Result<(), EmbeddedError> {
        self.run("pg_ctl", |command| {
            command.args(["stop", "--silent", "--wait", "--mode=fast", "--timeout", &PATIENCE.as_secs().to_string()]);
            command.args(["--pgdata", "data"]);
        })?;
        info!(cluster.path = %self.home.display(), "the private database stopped");
        Ok(())
    }

    /// Whether the server runs.
    pub(super) fn is_running(&self) -> bool {
        self.life() == Life::Running
    }

    /// A pid file outlives a crash, and its number may by now be somebody else's, so the process must be one that works in
    /// our data directory. Only its own user may always ask that.
    fn life(&self) -> Life {
        let Ok(text) = fs::read_to_string(self.pid_file()) else { return Life::Unknown };
        let pid = text.lines().next().and_then(|line| line.trim().parse::<u32>().ok());
        let Some(process) = pid.map(|pid| format!("/proc/{pid}")) else { return Life::Unknown };
        if !Path::new(&process).exists() {
            return Life::Gone;
        }
        let mut readlink = self.account.command(Path::new("readlink"));
        match readlink.current_dir("/").arg("--no-newline").arg(format!("{process}/cwd")).output() {
            Ok(works_in) if !works_in.status.success() => Life::Unknown,
            Ok(works_in) if works_in.stdout == self.data.as_os_str().as_encoded_bytes() => Life::Running,
            Ok(_) => Life::Gone,
            Err(_) => Life::Unknown,
        }
    }

    /// Removes the pid file of a server that is gone. PostgreSQL itself would take any process of our user that has its
    /// number by now for the server, and refuse to start. Where nobody can tell, PostgreSQL decides.
    fn forget_gone(&self) -> Result<(), EmbeddedError> {
        if self.life() == Life::Gone {
            let path = self.pid_file();
            fs::remove_file(&path).map_err(EmbeddedError::file("remove", &path))?;
        }
        Ok(())
    }

    fn pid_file(&self) -> PathBuf {
        self.data.join("postmaster.pid")
    }

    /// The directory of the running server's socket, by its own account: it may have been started with another TMPDIR.
    pub(super) fn socket_dir(&self) -> Result<PathBuf, EmbeddedError> {
        let path = self.pid_file();
        let text = fs::read_to_string(&path).map_err(EmbeddedError::file("read", &path))?;
        // Lines: pid, data directory, start time, port, socket directory, …
        match text.lines().nth(4) {
            Some(dir) if !dir.is_empty() => Ok(dir.into()),
            _ => Err(self.unreachable("it has no socket")),
        }
    }

    /// Creates Mendmap's database unless it exists. `url` leads to the database that is always there.
    pub(super) fn create_database(&self, url: &str) -> Result<(), EmbeddedError> {
        let mut connection = self.connect(url)?;
        let failed = |error: diesel::result::Error| self.unreachable(&error.to_string());
        let known = sql::<Bool>("EXISTS (SELECT FROM pg_database WHERE datname = ").bind::<Text, _>(NAME).sql(")");
        if !diesel::select(known).get_result::<bool>(&mut connection).map_err(failed)? {
            sql_query(format!("CREATE DATABASE {NAME}")).execute(&mut connection).map_err(failed)?;
        }
        Ok(())
    }

    /// Connects, with patience for a server that another process has only just started before it was killed.
    fn connect(&self, url: &str) -> Result<PgConnection, EmbeddedError> {
        let began = Instant::now();
        loop {
            match PgConnection::establish(url) {
                Ok(connection) => return Ok(connection),
                Err(error) if began.elapsed() > PATIENCE => return Err(self.unreachable(&error.to_string())),
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// What the server reads beside the defaults. Written at each start, so that a new version of Mendmap brings its own.
    fn write_settings(&self, socket_dir: &Path) -> Result<(), EmbeddedError> {
        // A quoted name in a list inside a quoted string, each with its own rules.
        let socket_dir = socket_dir.to_string_lossy().replace('"', "\"\"").replace('\\', "\\\\").replace('\'', "''");
        let settings = format!(
            "# Written by Mendmap at each start.\n\
             listen_addresses = ''\n\
             unix_socket_directories = '\"{socket_dir}\"'\n\
             unix_socket_permissions = 0700\n\
             port = {port}\n\
             max_connections = 100\n\
             shared_buffers = 128MB\n\
             jit = off\n\
             timezone = 'UTC'\n\
             log_timezone = 'UTC'\n\
             log_checkpoints = off\n",
            port = socket::PORT
        );
        let path = self.data.join(SETTINGS);
        fs::write(&path, settings).map_err(EmbeddedError::file("write", &path))?;
        self.account.hand_over(&path)
    }

    /// Runs one of the server's programs to its end.
    pub(super) fn run(&self, program: &'static str, arguments: impl FnOnce(&mut Command)) -> Result<(), EmbeddedError> {
        let mut command = self.account.command(&self.programs.join(program));
        // Also because our own working directory may be closed to the server's user.
        command.current_dir(&self.home);
        // A Ctrl-C in the terminal is for us; they may finish what they began.
        command.process_group(0);
        arguments(&mut command);
        let failed = |reason: String| EmbeddedError::Program { program, reason, log: self.log.clone() };
        let output = command.output().map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let logged = fs::read_to_string(&self.log).unwrap_or_default();
        let fatal = logged.lines().rev().take(20).find(|line| line.contains("FATAL:"));
        let last = said.lines().rev().find(|line| !line.trim().is_empty());
        Err(failed(fatal.or(last).unwrap_or("it did not say why").trim().to_owned()))
    }

    /// libpq's messages have several lines; the error has one.
    fn unreachable(&self, reason: &str) -> EmbeddedError {
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        EmbeddedError::Unreachable { reason, log: self.log.clone() }
    }
}
