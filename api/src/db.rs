//! The database: the pools, and the one way to them. Diesel blocks, so every query runs off the async threads.

pub mod address;
mod reader;

use std::any::{type_name, type_name_of_val};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::web;
use anyhow::Context;
use diesel::dsl::sql;
use diesel::expression::{AsExpression, TypedExpressionType};
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::r2d2::{ConnectionManager, CustomizeConnection, ManageConnection, Pool, PooledConnection};
use diesel::sql_types::{Bool, SqlType, Untyped};
use diesel::{Connection, QueryResult, RunQueryDsl, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use mendmap_shared::error::ErrorCode;
use tracing::Span;

use crate::error::{ApiError, ApiResult};
use crate::telemetry::metrics::PoolEvents;
use crate::telemetry::trace;
use address::Role;
pub use reader::{MOST_LAG, OWN_WRITES};
use reader::{Need, Reader};

/// The migrations, carried in the binary.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations");

/// How long a request waits for a connection before it is told to come back.
const POOL_WAIT: Duration = Duration::from_secs(3);
/// How often whoever waits for one looks whether the writer is gone meanwhile.
const POOL_LOOK: Duration = Duration::from_millis(250);
/// How long a connection that answered is taken to stand.
const TRUSTED: Duration = Duration::from_secs(1);
/// How often a process looks whether another one has brought the schema up to date.
const MIGRATING: Duration = Duration::from_millis(100);
/// What every session is told first. A statement may take ten seconds: whoever asked has gone by then. No parallel workers: to
/// start them takes longer than nearly everything that is asked here, and there are other requests to answer meanwhile. Nor is
/// anything compiled (JIT): what is planned once, for any values, looks large enough for that, and is not.
const SESSION_SETTINGS: &str = "SELECT set_config('statement_timeout', '10s', false), set_config('timezone', 'UTC', false), \
                                set_config('max_parallel_workers_per_gather', '0', false), set_config('jit', 'off', false)";

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Manager>,
    url: Arc<str>,
    reader: Option<Arc<Reader>>,
}

/// How new an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It may be up to [`MOST_LAG`] behind: what everybody sees.
    MayLag,
    /// It shows everything that was committed: what somebody asks who has just written, or whom it concerns.
    Current,
}

/// What was found, and the moment up to which it shows everything that was committed.
#[derive(Debug)]
pub struct Seen<T> {
    /// What was found.
    pub value: T,
    /// What was committed later may not be in it.
    pub as_of: Instant,
}

/// Makes connections, and asks one that has rested whether it still stands. One that answered a moment ago is not asked:
/// that would be a second round trip for each request of a busy server.
#[derive(Debug)]
struct Manager {
    inner: ConnectionManager<PgConnection>,
    role: Role,
    lost: Arc<Lost>,
}

/// When a connection was last found broken: what was heard on others before says nothing any more.
#[derive(Debug, Default)]
struct Lost(Mutex<Option<Instant>>);

impl Lost {
    fn at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection, and when it last answered; never, once anything on it went wrong.
struct Lent {
    conn: PgConnection,
    role: Role,
    answered: Option<Instant>,
    /// It was found to be of no use any more.
    broken: bool,
    /// The mark that a reader showed on it, and when.
    shown: Option<(i64, Instant)>,
    lost: Arc<Lost>,
}

impl Lent {
    /// Runs `work`, and remembers whether the connection has to be asked before it is used again.
    fn run<T, E>(&mut self, work: impl FnOnce(&mut PgConnection) -> Result<T, E>) -> Result<T, E> {
        self.answered = None;
        let result = work(&mut self.conn);
        self.answered = result.is_ok().then(Instant::now);
        result
    }

    /// The same for a request. What fails because the connection broke, or leads to a server that takes no writes any more, is
    /// nobody's fault: whoever asked is to come back, and will get another connection.
    fn serve<T>(&mut self, work: impl FnOnce(&mut PgConnection) -> ApiResult<T>) -> ApiResult<T> {
        self.run(work).map_err(|error| {
            self.broken = error.is_server_error() && !self.stands();
            if !self.broken {
                return error;
            }
            *self.lost.at() = Some(Instant::now());
            ApiError::unavailable(error)
        })
    }

    /// Whether the server answers, and is what the connection is for.
    fn stands(&mut self) -> bool {
        let read_only = sql::<Bool>("current_setting('transaction_read_only')::boolean");
        let answer = diesel::select(read_only).get_result::<bool>(&mut self.conn);
        answer.is_ok_and(|read_only| self.role == Role::Reader || !read_only)
    }
}

impl ManageConnection for Manager {
    type Connection = Lent;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Lent, Self::Error> {
        Ok(Lent {
            conn: self.inner.connect()?,
            role: self.role,
            answered: Some(Instant::now()),
            broken: false,
            shown: None,
            lost: Arc::clone(&self.lost),
        })
    }

    fn is_valid(&self, lent: &mut Lent) -> Result<(), Self::Error> {
        if lent.answered.is_some_and(|at| at.elapsed() < TRUSTED && Some(at) > *self.lost.at()) {
            return Ok(());
        }
        if lent.stands() {
            Ok(())
        } else {
            Err(diesel::r2d2::Error::QueryError(diesel::result::Error::BrokenTransactionManager))
        }
    }

    fn has_broken(&self, lent: &mut Lent) -> bool {
        lent.broken || self.inner.has_broken(&mut lent.conn)
    }
}

#[derive(Debug)]
struct SessionSettings;

impl CustomizeConnection<Lent, diesel::r2d2::Error> for SessionSettings {
    fn on_acquire(&self, lent: &mut Lent) -> Result<(), diesel::r2d2::Error> {
        if trace::is_on() {
            lent.conn.set_instrumentation(trace::Statements::default());
        }
        sql_query(SESSION_SETTINGS).execute(&mut lent.conn).map(drop).map_err(diesel::r2d2::Error::QueryError)
    }
}

impl Db {
    /// Opens the pool. The database itself may still be away: connections are made when needed.
    ///
    /// # Errors
    /// When the pool cannot be built.
    pub fn open(url: &str, pool_size: u32) -> anyhow::Result<Self> {
        Ok(Self { pool: pool(url, pool_size, Role::Writer), url: url.into(), reader: None })
    }

    /// The same with a reader for what may lag. It need not be there: the writer is asked then.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn with_reader(self, url: &str, pool_size: u32) -> anyhow::Result<Self> {
        let reader = Reader::watch(pool(url, pool_size, Role::Reader), &self.url, &url.into())?;
        Ok(Self { reader: Some(reader), ..self })
    }

    /// Whether some reads go to a reader, so that whoever wrote must be told from others.
    #[must_use]
    pub const fn has_reader(&self) -> bool {
        self.reader.is_some()
    }

    /// Whether the reader is used now for what may lag.
    #[must_use]
    pub fn reader_is_fit(&self) -> bool {
        self.reader.as_ref().is_some_and(|reader| reader.is_fit(Need::Near))
    }

    /// Whether no writer was to be had when it was last asked for; known only where there is a reader.
    #[must_use]
    pub fn writer_is_gone(&self) -> bool {
        self.reader.as_ref().is_some_and(|reader| reader.writer_gone())
    }

    /// Runs `work`, which only reads, on a connection to the writer, off the async threads, inside the caller's span. Where the
    /// writer does not answer, or breaks off, `work` is begun again on a reader that has everything.
    ///
    /// # Errors
    /// What `work` returns; `unavailable` when no connection is to be had in time.
    pub async fn read<T, F>(&self, work: F) -> ApiResult<T>
    where
        F: FnOnce(&mut PgConnection) -> ApiResult<T> + Clone + Send + 'static,
        T: Send + 'static,
    {
        self.read_as(Freshness::Current, work).await
    }

    /// Runs `work`, which only reads, on the reader where that is new enough, and on the writer otherwise. It may be begun
    /// again elsewhere where it fails.
    ///
    /// # Errors
    /// What `work` returns; `unavailable` when no connection is to be had in time.
    pub async fn read_as<T, F>(&self, freshness: Freshness, work: F) -> ApiResult<T>
    where
        F: FnOnce(&mut PgConnection) -> ApiResult<T> + Clone + Send + 'static,
        T: Send + 'static,
    {
        self.see(freshness, work).await.map(|seen| seen.value)
    }

    /// The same, saying how new the answer is: for what is kept in a cache.
    ///
    /// # Errors
    /// As [`Db::read_as`].
    pub async fn see<T, F>(&self, freshness: Freshness, work: F) -> ApiResult<Seen<T>>
    where
        F: FnOnce(&mut PgConnection) -> ApiResult<T> + Clone + Send + 'static,
        T: Send + 'static,
    {
        let db = self.clone();
        off_thread(type_name::<F>(), move || {
            let Some(reader) = &db.reader else { return db.read_current(work) };
            if freshness == Freshness::MayLag
                && let Some(answer) = reader.ask(Need::Near, work.clone())
                // What the reader lacks may have come to the writer just now.
                && !answer.as_ref().is_err_and(|error| error.error_code() == ErrorCode::NotFound)
            {
                return answer;
            }
            match db.read_current(work.clone()) {
                Err(error) if error.is_server_error() => reader.ask(Need::Everything, work).unwrap_or(Err(error)),
                answer => answer,
            }
        })
        .await
    }

    fn read_current<T>(&self, work: impl FnOnce(&mut PgConnection) -> ApiResult<T>) -> ApiResult<Seen<T>> {
        let as_of = Instant::now();
        match self.writer() {
            Ok(mut lent) => lent.serve(work).map(|value| Seen { value, as_of }),
            Err(error) => {
                let answer = self.reader.as_ref().and_then(|reader| reader.ask(Need::Everything, work));
                answer.unwrap_or_else(|| Err(ApiError::unavailable(error)))
            }
        }
    }

    /// A connection to the writer; nobody waits for one where it is known to be gone.
    fn writer(&self) -> anyhow::Result<PooledConnection<Manager>> {
        let end = Instant::now() + POOL_WAIT;
        loop {
            anyhow::ensure!(!self.writer_is_gone(), "the database takes no writes");
            match self.pool.get_timeout(POOL_LOOK) {
                Err(error) if Instant::now() >= end => return Err(error.into()),
                Err(_) => {}
                Ok(lent) => return Ok(lent),
            }
        }
    }

    /// Runs `work` in one transaction at the writer, off the async threads, inside the caller's span.
    ///
    /// # Errors
    /// What `work` returns, and nothing is written then; `unavailable` when no connection is to be had in time.
    pub async fn write<T, F>(&self, work: F) -> ApiResult<T>
    where
        F: FnOnce(&mut PgConnection) -> ApiResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let db = self.clone();
        let work = move || db.writer().map_err(ApiError::unavailable)?.serve(|conn| conn.transaction(work));
        off_thread(type_name::<F>(), work).await
    }

    /// The pools, by name, and how they stand now.
    #[must_use]
    pub fn pools(&self) -> Vec<(&'static str, PoolState)> {
        let reader = self.reader.as_ref().map(|reader| (Role::Reader.name(), reader.pool_state()));
        [(Role::Writer.name(), PoolState::of(&self.pool))].into_iter().chain(reader).collect()
    }

    /// A connection of its own, outside the pool, that hears what is notified on this channel: for a thread that waits.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn listen(&self, channel: &str) -> anyhow::Result<PgConnection> {
        let mut conn = PgConnection::establish(&self.url).context("the database cannot be reached")?;
        sql_query(format!("LISTEN {channel}")).execute(&mut conn)?;
        Ok(conn)
    }

    /// Runs `work` on this very thread: for the command line and the worker, never in a handler.
    ///
    /// # Errors
    /// What `work` returns, or that there is no connection.
    pub fn blocking<T>(&self, work: impl FnOnce(&mut PgConnection) -> anyhow::Result<T>) -> anyhow::Result<T> {
        trace::database(type_name_of_val(&work))
            .in_scope(|| self.pool.get().context("the database cannot be reached")?.run(work))
    }
}

/// How a pool stands.
#[derive(Debug, Clone, Copy)]
pub struct PoolState {
    /// Most connections it opens.
    pub max: u32,
    /// Connections that wait for work.
    pub idle: u32,
    /// Connections that are lent.
    pub in_use: u32,
}

impl PoolState {
    fn of(pool: &Pool<Manager>) -> Self {
        let now = pool.state();
        Self {
            max: pool.max_size(),
            idle: now.idle_connections,
            in_use: now.connections.saturating_sub(now.idle_connections),
        }
    }
}

fn pool(url: &str, size: u32, role: Role) -> Pool<Manager> {
    Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .connection_timeout(POOL_WAIT)
        .connection_customizer(Box::new(SessionSettings))
        .event_handler(Box::new(PoolEvents(role.name())))
        .build_unchecked(Manager { inner: ConnectionManager::new(url), role, lost: Arc::default() })
}

/// Runs `work` where it may block, for the closure of this type name, which says in traces what it is for.
async fn off_thread<T: Send + 'static>(
    closure: &'static str,
    work: impl FnOnce() -> ApiResult<T> + Send + 'static,
) -> ApiResult<T> {
    let (line, span) = (Span::current(), trace::database(closure));
    web::block(move || line.in_scope(|| span.in_scope(work))).await.map_err(ApiError::internal)?
}

/// Why there is no connection, without the parts of the address that libpq quotes where it cannot read it: there may be a
/// password among them.
#[must_use]
pub fn no_address(error: &anyhow::Error) -> String {
    let text = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
    let harmless = ["connection to server", "could not translate host name", "server closed", "FATAL", "ERROR"];
    if harmless.iter().any(|start| text.starts_with(start)) { text } else { "it cannot be connected to".to_owned() }
}

/// SQL of ours whose text never changes: each connection prepares it once, and by and by stops planning it, where what
/// [`sql_query`] runs is parsed and planned each time. Parameters are `$1` to `$9`; comments have no dollar sign.
pub struct Prepared<'a, R = Untyped> {
    text: &'static str,
    parameters: Vec<Box<dyn QueryFragment<Pg> + 'a>>,
    rows: PhantomData<R>,
}

/// This text, to be run once its parameters are bound.
#[must_use]
pub fn prepared<'a>(text: &'static str) -> Prepared<'a> {
    Prepared { text, parameters: Vec::new(), rows: PhantomData }
}

impl<'a> Prepared<'a> {
    /// Reads rows by their columns' order, as these types: by their names, each name is looked up for each row.
    #[must_use]
    pub fn rows_of<R>(self) -> Prepared<'a, R> {
        Prepared { text: self.text, parameters: self.parameters, rows: PhantomData }
    }

    /// Binds the next parameter.
    #[must_use]
    pub fn bind<ST, T>(mut self, value: T) -> Self
    where
        ST: SqlType + TypedExpressionType,
        T: AsExpression<ST>,
        T::Expression: QueryFragment<Pg> + 'a,
    {
        self.parameters.push(Box::new(value.as_expression()));
        self
    }
}

impl<R> QueryFragment<Pg> for Prepared<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut parts = self.text.split('$');
        out.push_sql(parts.next().unwrap_or_default());
        for part in parts {
            // Diesel numbers parameters as they come: one that stands in the text twice is given twice.
            let (number, after) = part.split_at_checked(1).unwrap_or_default();
            let parameter = number.parse().ok().and_then(|number: usize| self.parameters.get(number.checked_sub(1)?));
            parameter
                .ok_or_else(|| diesel::result::Error::QueryBuilderError("a parameter is not bound".into()))?
                .walk_ast(out.reborrow())?;
            out.push_sql(after);
        }
        Ok(())
    }
}

impl<R> QueryId for Prepared<'_, R> {
    type QueryId = ();
    // Its text says which one it is.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<R> Query for Prepared<'_, R> {
    type SqlType = R;
}

impl<R> RunQueryDsl<PgConnection> for Prepared<'_, R> {}

/// Brings the schema up to date; returns how many migrations ran.
///
/// # Errors
/// When the database cannot be reached or a migration fails.
pub fn migrate(url: &str) -> anyhow::Result<usize> {
    let mut conn = PgConnection::establish(url).context("the database cannot be reached")?;
    // Two processes starting at once: the second waits and finds nothing to do. It asks again and again, because a statement
    // that waits keeps a snapshot, and an index that is made concurrently waits until that is gone.
    let free = || diesel::select(sql::<Bool>("pg_try_advisory_lock(7233001)"));
    while !free().get_result::<bool>(&mut conn)? {
        std::thread::sleep(MIGRATING);
    }
    sql_query("SET client_min_messages = warning").execute(&mut conn)?;
    let ran =
        conn.run_pending_migrations(MIGRATIONS).map_err(|error| anyhow::anyhow!("a migration failed: {error}"))?;
    Ok(ran.len())
}

/// How many migrations of this version the database lacks.
///
/// # Errors
/// From the database.
pub fn pending(conn: &mut PgConnection) -> anyhow::Result<usize> {
    let pending = conn.pending_migrations(MIGRATIONS);
    Ok(pending.map_err(|error| anyhow::anyhow!("the migrations cannot be read: {error}"))?.len())
}

/// A word of a closed list, stored as text: `Stored<Status>` reads and writes as its [`std::fmt::Display`] text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Stored<T>(pub T);

impl<T> diesel::deserialize::FromSql<diesel::sql_types::Text, Pg> for Stored<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let text = <String as diesel::deserialize::FromSql<diesel::sql_types::Text, Pg>>::from_sql(bytes)?;
        Ok(Self(text.parse()?))
    }
}

impl<T: std::fmt::Debug + std::fmt::Display> diesel::serialize::ToSql<diesel::sql_types::Text, Pg> for Stored<T> {
    fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, Pg>) -> diesel::serialize::Result {
        use std::io::Write as _;
        write!(out, "{}", self.0)?;
        Ok(diesel::serialize::IsNull::No)
    }
}

/// PostgreSQL's `tsvector`, which diesel does not name; only ever compared inside SQL.
#[derive(Debug, Clone, Copy, diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "tsvector"))]
pub struct Tsvector;
