//! Two PostgreSQL servers of a test's own: a writer, and a streaming hot standby that follows it.

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use mendmap::db;
use nix::unistd::{Uid, User};

use crate::harness::{TestApp, TestDatabase};

const USER: &str = "mendmap";

/// The pair. Both are stopped at the end.
pub struct Replicated {
    pub writer: Server,
    pub standby: Server,
    _folder: tempfile::TempDir,
}

/// One server on a port of its own.
pub struct Server {
    programs: PathBuf,
    data: PathBuf,
    port: u16,
}

impl Replicated {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        if let Some(account) = account() {
            chown(folder.path(), Some(account.uid.as_raw()), Some(account.gid.as_raw())).expect("its folder");
        }
        let programs = programs();
        let server =
            |name: &str| Server { programs: programs.clone(), data: folder.path().join(name), port: free_port() };
        let (writer, standby) = (server("writer"), server("standby"));
        let data = writer.data.display().to_string();
        let initdb = ["--pgdata", &data, "--username", USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"];
        writer.run("initdb", &[&initdb[..], &["--no-sync", "--no-instructions"]].concat());
        writer.start();
        writer.connect("postgres").batch_execute("CREATE DATABASE mendmap").expect("a database");
        db::migrate(&writer.url()).expect("the migrations run");
        let (port, copy) = (writer.port.to_string(), standby.data.display().to_string());
        let from = ["--host=127.0.0.1", "--port", &port, "--username", USER, "--pgdata", &copy];
        standby
            .run("pg_basebackup", &[&from[..], &["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]].concat());
        standby.start();
        Self { writer, standby, _folder: folder }
    }

    /// An application that writes to whichever of the two takes writes, and reads from the standby what may lag.
    pub async fn app(&self, settings: &[(&str, &str)]) -> TestApp {
        let url = format!(
            "postgres://{USER}@127.0.0.1:{},127.0.0.1:{}/mendmap?target_session_attrs=read-write&connect_timeout=2",
            self.writer.port, self.standby.port
        );
        let reader = self.standby.url();
        let settings = [settings, &[("DATABASE_READER_URL", reader.as_str())]].concat();
        TestApp::start_on(Arc::new(TestDatabase::elsewhere(url)), &settings).await
    }
}

impl Server {
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/mendmap", self.port)
    }

    pub fn start(&self) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=60",
            self.port
        );
        let log = self.data.with_extension("log").display().to_string();
        self.pg_ctl(&["start", "--wait", "--log", &log, "--options", &options]);
    }

    /// Ends it as a crash would: nobody is asked, nothing is written.
    pub fn crash(&self) {
        self.pg_ctl(&["stop", "--mode=immediate", "--wait"]);
    }

    /// Makes a standby take writes.
    pub fn promote(&self) {
        self.pg_ctl(&["promote", "--wait"]);
    }

    /// A standby goes on taking what the writer sends, and shows none of it.
    pub fn pause(&self) {
        self.connect("mendmap").batch_execute("SELECT pg_wal_replay_pause()").expect("a standby");
    }

    pub fn resume(&self) {
        self.connect("mendmap").batch_execute("SELECT pg_wal_replay_resume()").expect("a standby");
    }

    pub fn count(&self, query: &str) -> i64 {
        diesel::dsl::sql::<BigInt>(query).get_result(&mut self.connect("mendmap")).expect("a number")
    }

    fn connect(&self, database: &str) -> PgConnection {
        let url = format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port);
        PgConnection::establish(&url).expect("the server answers")
    }

    fn pg_ctl(&self, arguments: &[&str]) {
        let data = self.data.display().to_string();
        self.run("pg_ctl", &[&["--pgdata", &data, "--silent"], arguments].concat());
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        // A server that lives on must not keep the test's own output open.
        command.args(arguments).current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(account) = account() {
            command.uid(account.uid.as_raw()).gid(account.gid.as_raw());
        }
        assert!(command.status().expect("the program runs").success(), "{program} {arguments:?}");
    }

    fn is_running(&self) -> bool {
        self.data.join("postmaster.pid").exists()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.is_running() {
            self.crash();
        }
    }
}

/// Whom the servers run as: PostgreSQL refuses to run as root.
fn account() -> Option<User> {
    Uid::effective().is_root().then(|| User::from_name("postgres").ok().flatten().expect("PostgreSQL's own user"))
}

/// The newest server programs of this machine.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    let number = |folder: &Path| folder.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.map(|version| version.expect("a folder").path()).max_by_key(|folder| number(folder));
    newest.expect("PostgreSQL is installed").join("bin")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}
