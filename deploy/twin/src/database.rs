//! The two servers together: who is the writer, who follows, and what a commit waits for.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context as _;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use mendmap::embedded::Lodging;
use uuid::Uuid;

use crate::ports;
use crate::postgres::{STANDBY, Server, is_true};
use crate::process::until;

/// How often the keeper looks whether the standby streams.
const LOOK: Duration = Duration::from_millis(250);

/// Writer, standby, archive.
///
/// A commit waits until the standby has it too, so that a writer that dies takes nothing acknowledged along; Aurora's shared
/// storage promises the same. While no standby streams, a keeper has commits wait for nobody, as Aurora does not wait for a
/// reader either.
#[derive(Debug)]
pub struct Database {
    servers: [Server; 2],
    writer: Arc<AtomicUsize>,
    restored: Server,
    lodging: Arc<Lodging>,
    keeper: Mutex<Option<JoinHandle<()>>>,
    stopping: Arc<AtomicBool>,
}

impl Database {
    /// Makes both and starts them.
    ///
    /// # Errors
    /// When a program of PostgreSQL fails.
    pub fn start(folder: &std::path::Path) -> anyhow::Result<Self> {
        let lodging = Arc::new(Lodging::open(folder)?);
        let password: Arc<str> = Uuid::new_v4().simple().to_string().into();
        let [first, second, third] = ports::free()?;
        let server = |name, port| Server::new(&lodging, name, port, &password);
        let database = Self {
            servers: [server("one", first), server("two", second)],
            restored: server("restored", third),
            writer: Arc::default(),
            keeper: Mutex::default(),
            stopping: Arc::default(),
            lodging,
        };
        database.lodging.create_dir(&database.archive())?;
        let writer = database.writer();
        writer.create(&database.archive())?;
        writer.start()?;
        writer.create_database()?;
        database.standby().follow(writer)?;
        let (servers, at, stop) = (database.servers.clone(), database.writer.clone(), database.stopping.clone());
        let keep = move || {
            while !stop.load(Ordering::Relaxed) {
                // A writer that is down has nobody to keep.
                let _ = keep(&servers[at.load(Ordering::Relaxed)]);
                thread::sleep(LOOK);
            }
        };
        *database.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::spawn(keep));
        database.wait_for_standby()?;
        Ok(database)
    }

    /// The one that takes writes.
    #[must_use]
    pub fn writer(&self) -> &Server {
        &self.servers[self.writer.load(Ordering::Relaxed)]
    }

    /// The other one.
    #[must_use]
    pub fn standby(&self) -> &Server {
        &self.servers[1 - self.writer.load(Ordering::Relaxed)]
    }

    /// Where WAL is archived.
    #[must_use]
    pub fn archive(&self) -> PathBuf {
        self.lodging.home().join("archive")
    }

    /// Where the base backup of the drill lies.
    #[must_use]
    pub fn backup(&self) -> PathBuf {
        self.lodging.home().join("backup")
    }

    /// The server the drill restores to.
    #[must_use]
    pub fn restored(&self) -> &Server {
        &self.restored
    }

    /// What `DATABASE_URL` is: both servers, whichever takes writes now.
    #[must_use]
    pub fn url(&self) -> String {
        self.both(&self.servers, "read-write")
    }

    /// What `DATABASE_READER_URL` is: whichever is the standby now. Aurora's reader endpoint leads to the writer where there is no
    /// reader; here nobody answers then, and the application asks the writer by itself.
    #[must_use]
    pub fn reader_url(&self) -> String {
        let [one, two] = self.servers.clone();
        self.both(&[two, one], "standby")
    }

    fn both(&self, servers: &[Server; 2], wanted: &str) -> String {
        let url = servers[0].url();
        let host = format!("127.0.0.1:{}", servers[0].port);
        let hosts = format!("{host},127.0.0.1:{}", servers[1].port);
        format!("{}&target_session_attrs={wanted}", url.replacen(&host, &hosts, 1))
    }

    /// Waits until the standby streams and commits wait for it.
    ///
    /// # Errors
    /// When it does not come to that.
    pub fn wait_for_standby(&self) -> anyhow::Result<()> {
        let is_in_step = || {
            let conn = self.writer().connect().ok();
            conn.is_some_and(|mut conn| is_true(&mut conn, IN_STEP).unwrap_or(false))
        };
        until("the standby's being in step", Duration::from_secs(60), is_in_step).map(drop)
    }

    /// Makes the standby the writer.
    ///
    /// # Errors
    /// When it does not become that.
    pub fn promote_standby(&self) -> anyhow::Result<()> {
        self.standby().promote()?;
        self.writer.store(1 - self.writer.load(Ordering::Relaxed), Ordering::Relaxed);
        Ok(())
    }

    /// Makes whoever is not the writer its standby again, from a fresh copy.
    ///
    /// # Errors
    /// When that fails.
    pub fn rebuild_standby(&self) -> anyhow::Result<()> {
        self.writer().run(&format!(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{STANDBY}' AND NOT active"
        ))?;
        self.standby().follow(self.writer())?;
        self.wait_for_standby()
    }

    /// The writer's clock, as text.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn now(&self) -> anyhow::Result<String> {
        let now = diesel::select(diesel::dsl::sql::<Text>("clock_timestamp()::text"));
        now.get_result(&mut self.writer().connect()?).context("the writer has no clock")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        let keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner).take();
        let _ = keeper.map(JoinHandle::join);
        self.restored.stop();
        self.standby().stop();
        self.writer().stop();
    }
}

/// Whether commits wait for the standby, and it streams.
const IN_STEP: &str = "current_setting('synchronous_standby_names') <> '' AND EXISTS \
     (SELECT FROM pg_stat_replication WHERE application_name = 'standby' AND state = 'streaming' AND sync_state = 'sync')";

/// Has commits wait for the standby while it streams, and for nobody else.
fn keep(writer: &Server) -> anyhow::Result<()> {
    let mut conn = writer.connect()?;
    let streams = "EXISTS (SELECT FROM pg_stat_replication WHERE application_name = 'standby' AND state = 'streaming')";
    let waits = is_true(&mut conn, "current_setting('synchronous_standby_names') <> ''")?;
    let streams = is_true(&mut conn, streams)?;
    if waits != streams {
        let name = if streams { STANDBY } else { "" };
        conn.batch_execute(&format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'"))?;
        conn.batch_execute("SELECT pg_reload_conf()")?;
    }
    Ok(())
}
