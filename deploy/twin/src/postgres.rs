//! Writer and streaming hot standby, WAL archive, base backups, and a restore to a moment.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use mendmap::embedded::Lodging;
use nix::sys::signal::Signal;

use crate::process::{output, send, until};

/// Name of the database and of its owner.
const NAME: &str = "mendmap";
/// Name the standby streams under, and of its replication slot.
pub const STANDBY: &str = "standby";

/// One server: a data folder and a port.
#[derive(Debug, Clone)]
pub struct Server {
    lodging: Arc<Lodging>,
    name: &'static str,
    /// Port on the loopback interface.
    pub port: u16,
    password: Arc<str>,
}

impl Server {
    /// One that is not there yet.
    #[must_use]
    pub fn new(lodging: &Arc<Lodging>, name: &'static str, port: u16, password: &Arc<str>) -> Self {
        Self { lodging: lodging.clone(), name, port, password: password.clone() }
    }

    fn data(&self) -> PathBuf {
        self.lodging.home().join(self.name)
    }

    fn log(&self) -> PathBuf {
        self.lodging.home().join(format!("{}.log", self.name))
    }

    /// Makes a new cluster whose WAL is archived and streamed.
    ///
    /// # Errors
    /// When a program fails.
    pub fn create(&self, archive: &Path) -> anyhow::Result<()> {
        let secret = self.lodging.home().join("password");
        self.lodging.write(&secret, &self.password)?;
        let mut initdb = self.lodging.server_command("initdb");
        initdb.arg("--pgdata").arg(self.data()).arg("--pwfile").arg(&secret).arg(format!("--username={NAME}")).args([
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=scram-sha-256",
            "--data-checksums",
            "--no-sync",
        ]);
        output(&mut initdb)?;
        fs::remove_file(secret)?;
        self.append(&format!(
            "listen_addresses = '127.0.0.1'\n\
             unix_socket_directories = ''\n\
             max_connections = 200\n\
             shared_buffers = 128MB\n\
             jit = off\n\
             timezone = 'UTC'\n\
             log_timezone = 'UTC'\n\
             wal_level = replica\n\
             hot_standby = on\n\
             max_wal_senders = 10\n\
             max_replication_slots = 10\n\
             max_slot_wal_keep_size = 1GB\n\
             wal_sender_timeout = 5s\n\
             wal_receiver_timeout = 5s\n\
             archive_mode = on\n\
             archive_command = 'test ! -f {archive}/%f && cp %p {archive}/%f.part && mv {archive}/%f.part {archive}/%f'\n",
            archive = archive.display()
        ))
    }

    fn append(&self, settings: &str) -> anyhow::Result<()> {
        let path = self.data().join("postgresql.conf");
        let text = fs::read_to_string(&path)? + settings;
        Ok(self.lodging.write(&path, &text)?)
    }

    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(&self) -> anyhow::Result<()> {
        let mut start = self.lodging.server_command("pg_ctl");
        start.args(["start", "--silent", "--wait", "--timeout=120"]).arg("--pgdata").arg(self.data());
        start.arg("--log").arg(self.log()).arg("--options").arg(format!("-p {}", self.port));
        output(&mut start)
            .with_context(|| format!("PostgreSQL ({}) does not start; see {}", self.name, self.log().display()))?;
        Ok(())
    }

    /// Stops it.
    pub fn stop(&self) {
        if self.pid().is_some() {
            let mut stop = self.lodging.server_command("pg_ctl");
            stop.args(["stop", "--silent", "--wait", "--mode=fast", "--timeout=30"]).arg("--pgdata").arg(self.data());
            if output(&mut stop).is_err() {
                let _ = self.kill();
            }
        }
    }

    /// The number of its first process, if that runs.
    fn pid(&self) -> Option<u32> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        let pid: u32 = text.lines().next()?.trim().parse().ok()?;
        // Numbers are used again: it must be one that works in our folder.
        (fs::read_link(format!("/proc/{pid}/cwd")).ok()? == self.data()).then_some(pid)
    }

    /// Ends all its processes at once, as a power cut would.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&self) -> anyhow::Result<()> {
        let pid = self.pid().context("the server does not run")?;
        let children = children(pid);
        // The first one first: it would start the others anew.
        send(pid, Signal::SIGKILL)?;
        for child in &children {
            let _ = send(*child, Signal::SIGKILL);
        }
        let gone = |pid: &u32| !Path::new(&format!("/proc/{pid}")).exists() || is_zombie(*pid);
        until("the server's end", Duration::from_secs(10), || gone(&pid) && children.iter().all(gone))?;
        Ok(())
    }

    /// Makes this the standby of another server, of a fresh copy of it.
    ///
    /// # Errors
    /// When the copy fails.
    pub fn follow(&self, writer: &Self) -> anyhow::Result<()> {
        self.remove()?;
        let mut copy = writer.copy(&self.data());
        copy.args(["--write-recovery-conf", "--create-slot", "--slot", STANDBY]);
        copy.arg("--dbname").arg(format!("{} application_name={STANDBY}", writer.conninfo()));
        output(&mut copy)?;
        self.start()
    }

    /// Throws its data away.
    fn remove(&self) -> anyhow::Result<()> {
        self.stop();
        if self.data().exists() {
            fs::remove_dir_all(self.data())?;
        }
        Ok(())
    }

    /// A base backup into this folder.
    ///
    /// # Errors
    /// When it fails.
    pub fn back_up(&self, folder: &Path) -> anyhow::Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let mut copy = self.copy(folder);
        copy.arg("--dbname").arg(self.conninfo());
        output(&mut copy)?;
        Ok(())
    }

    fn conninfo(&self) -> String {
        format!("host=127.0.0.1 port={} user={NAME}", self.port)
    }

    fn copy(&self, folder: &Path) -> std::process::Command {
        let mut copy = self.lodging.server_command("pg_basebackup");
        copy.env("PGPASSWORD", &*self.password).arg("--pgdata").arg(folder);
        copy.args(["--checkpoint=fast", "--wal-method=stream", "--no-sync"]);
        copy
    }

    /// Makes the standby the writer.
    ///
    /// # Errors
    /// When it does not become that.
    pub fn promote(&self) -> anyhow::Result<()> {
        let mut promote = self.lodging.server_command("pg_ctl");
        output(promote.args(["promote", "--silent", "--wait", "--timeout=60"]).arg("--pgdata").arg(self.data()))?;
        Ok(())
    }

    /// Restores a base backup and the archive here, to this moment (a timestamp as PostgreSQL writes it), and says how long
    /// that took until it answered.
    ///
    /// # Errors
    /// When it does not come up at that moment.
    pub fn restore(&self, backup: &Path, archive: &Path, moment: &str) -> anyhow::Result<Duration> {
        let begun = Instant::now();
        self.remove()?;
        output(self.lodging.command(Path::new("cp")).arg("-a").arg(backup).arg(self.data()))?;
        self.append(&format!(
            "archive_mode = off\n\
             synchronous_standby_names = ''\n\
             restore_command = 'cp {}/%f %p'\n\
             recovery_target_time = '{moment}'\n\
             recovery_target_action = 'promote'\n",
            archive.display()
        ))?;
        let _ = fs::remove_file(self.data().join("postgresql.auto.conf"));
        self.lodging.write(&self.data().join("recovery.signal"), "")?;
        self.start()?;
        let is_open = || {
            let conn = self.connect().ok();
            conn.is_some_and(|mut conn| !is_true(&mut conn, "pg_is_in_recovery()").unwrap_or(true))
        };
        until("the end of the recovery", Duration::from_secs(120), is_open)?;
        Ok(begun.elapsed())
    }

    /// Its address, with the password.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{NAME}:{}@127.0.0.1:{}/{NAME}?connect_timeout=3", self.password, self.port)
    }

    /// A connection.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn connect(&self) -> anyhow::Result<PgConnection> {
        PgConnection::establish(&self.url()).with_context(|| format!("{} does not answer", self.name))
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// What it says.
    pub fn run(&self, statement: &str) -> anyhow::Result<()> {
        Ok(self.connect()?.batch_execute(statement)?)
    }

    /// Makes the application's database.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn create_database(&self) -> anyhow::Result<()> {
        let url = self.url().replace(&format!("/{NAME}?"), "/postgres?");
        let mut conn = PgConnection::establish(&url).context("the new server does not answer")?;
        Ok(conn.batch_execute(&format!("CREATE DATABASE {NAME}"))?)
    }
}

/// Whether an expression holds.
///
/// # Errors
/// What the database says.
pub fn is_true(conn: &mut PgConnection, expression: &str) -> anyhow::Result<bool> {
    Ok(diesel::select(diesel::dsl::sql::<Bool>(expression)).get_result(conn)?)
}

/// The numbers of a process' children.
fn children(parent: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter(|pid| stat(*pid).is_some_and(|(_, of)| of == parent)).collect()
}

fn is_zombie(pid: u32) -> bool {
    stat(pid).is_none_or(|(state, _)| state == "Z")
}

/// State and parent of a process.
fn stat(pid: u32) -> Option<(String, u32)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut after_name = text.rsplit_once(')')?.1.split_whitespace();
    Some((after_name.next()?.to_owned(), after_name.next()?.parse().ok()?))
}
