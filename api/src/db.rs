//! The database: the one pool, and the one way to it. Diesel blocks, so every query runs off the async threads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web;
use anyhow::Context;
use diesel::expression::{AsExpression, TypedExpressionType};
use diesel::pg::{Pg, PgConnection};
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::r2d2::{ConnectionManager, CustomizeConnection, ManageConnection, Pool};
use diesel::sql_types::{SqlType, Untyped};
use diesel::{Connection, QueryResult, RunQueryDsl, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tracing::Span;

use crate::error::{ApiError, ApiResult};

/// The migrations, carried in the binary.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations");

/// How long a request waits for a connection before it is told to come back.
const POOL_WAIT: Duration = Duration::from_secs(3);
/// How long a connection that answered is taken to stand.
const TRUSTED: Duration = Duration::from_secs(1);
/// How often a process looks whether another one has brought the schema up to date.
const MIGRATING: Duration = Duration::from_millis(100);
/// How long one statement may take; whoever asked has gone by then.
const STATEMENT_TIMEOUT: &str = "10s";

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Manager>,
    url: Arc<str>,
}

/// Makes connections, and asks one that has rested whether it still stands. One that answered a moment ago is not asked:
/// that would be a second round trip for each request of a busy server.
#[derive(Debug)]
struct Manager(ConnectionManager<PgConnection>);

/// A connection, and when it last answered; never, once anything on it went wrong.
struct Lent {
    conn: PgConnection,
    answered: Option<Instant>,
}

impl Lent {
    /// Runs `work`, and remembers whether the connection has to be asked before it is used again.
    fn run<T, E>(&mut self, work: impl FnOnce(&mut PgConnection) -> Result<T, E>) -> Result<T, E> {
        self.answered = None;
        let result = work(&mut self.conn);
        self.answered = result.is_ok().then(Instant::now);
        result
    }
}

impl ManageConnection for Manager {
    type Connection = Lent;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Lent, Self::Error> {
        Ok(Lent { conn: self.0.connect()?, answered: Some(Instant::now()) })
    }

    fn is_valid(&self, lent: &mut Lent) -> Result<(), Self::Error> {
        if lent.answered.is_some_and(|at| at.elapsed() < TRUSTED) {
            return Ok(());
        }
        self.0.is_valid(&mut lent.conn)
    }

    fn has_broken(&self, lent: &mut Lent) -> bool {
        self.0.has_broken(&mut lent.conn)
    }
}

#[derive(Debug)]
struct SessionSettings;

impl CustomizeConnection<Lent, diesel::r2d2::Error> for SessionSettings {
    /// No parallel workers: to start them takes longer than nearly everything that is asked here, and there are other
    /// requests to answer meanwhile.
    fn on_acquire(&self, lent: &mut Lent) -> Result<(), diesel::r2d2::Error> {
        sql_query(format!(
            "SELECT set_config('statement_timeout', '{STATEMENT_TIMEOUT}', false), set_config('timezone', 'UTC', false), \
             set_config('max_parallel_workers_per_gather', '0', false)"
        ))
        .execute(&mut lent.conn)
        .map(drop)
        .map_err(diesel::r2d2::Error::QueryError)
    }
}

impl Db {
    /// Opens the pool. The database itself may still be away: connections are made when needed.
    ///
    /// # Errors
    /// When the pool cannot be built.
    pub fn open(url: &str, pool_size: u32) -> anyhow::Result<Self> {
        let pool = Pool::builder()
            .max_size(pool_size)
            .min_idle(Some(1))
            .connection_timeout(POOL_WAIT)
            .connection_customizer(Box::new(SessionSettings))
            .build_unchecked(Manager(ConnectionManager::new(url)));
        Ok(Self { pool, url: url.into() })
    }

    /// Runs `work` on a connection, off the async threads, inside the caller's span.
    ///
    /// # Errors
    /// What `work` returns; `unavailable` when no connection is to be had in time.
    pub async fn read<T, F>(&self, work: F) -> ApiResult<T>
    where
        F: FnOnce(&mut PgConnection) -> ApiResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let pool = self.pool.clone();
        let span = Span::current();
        web::block(move || span.in_scope(|| pool.get().map_err(ApiError::unavailable)?.run(work)))
            .await
            .map_err(ApiError::internal)?
    }

    /// Runs `work` in one transaction, otherwise like [`Db::read`].
    ///
    /// # Errors
    /// What `work` returns, and nothing is written then; `unavailable` when no connection is to be had in time.
    pub async fn write<T, F>(&self, work: F) -> ApiResult<T>
    where
        F: FnOnce(&mut PgConnection) -> ApiResult<T> + Send + 'static,
        T: Send + 'static,
    {
        self.read(|conn| conn.transaction(work)).await
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
        self.pool.get().context("the database cannot be reached")?.run(work)
    }
}

/// SQL of ours whose text never changes: each connection prepares it once, and by and by stops planning it, where what
/// [`sql_query`] runs is parsed and planned each time. Parameters are `$1` to `$9`; comments have no dollar sign.
pub struct Prepared<'a> {
    text: &'static str,
    parameters: Vec<Box<dyn QueryFragment<Pg> + 'a>>,
}

/// This text, to be run once its parameters are bound.
#[must_use]
pub fn prepared<'a>(text: &'static str) -> Prepared<'a> {
    Prepared { text, parameters: Vec::new() }
}

impl<'a> Prepared<'a> {
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

impl QueryFragment<Pg> for Prepared<'_> {
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

impl QueryId for Prepared<'_> {
    type QueryId = ();
    // Its text says which one it is.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Prepared<'_> {
    type SqlType = Untyped;
}

impl RunQueryDsl<PgConnection> for Prepared<'_> {}

/// Brings the schema up to date; returns how many migrations ran.
///
/// # Errors
/// When the database cannot be reached or a migration fails.
pub fn migrate(url: &str) -> anyhow::Result<usize> {
    let mut conn = PgConnection::establish(url).context("the database cannot be reached")?;
    // Two processes starting at once: the second waits and finds nothing to do. It asks again and again, because a statement
    // that waits keeps a snapshot, and an index that is made concurrently waits until that is gone.
    let free = || diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>("pg_try_advisory_lock(7233001)"));
    while !free().get_result::<bool>(&mut conn)? {
        std::thread::sleep(MIGRATING);
    }
    sql_query("SET client_min_messages = warning").execute(&mut conn)?;
    let ran =
        conn.run_pending_migrations(MIGRATIONS).map_err(|error| anyhow::anyhow!("a migration failed: {error}"))?;
    Ok(ran.len())
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
