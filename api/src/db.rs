//! The database: the one pool, and the one way to it. Diesel blocks, so every query runs off the async threads.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use anyhow::Context;
use diesel::pg::PgConnection;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel::{Connection, RunQueryDsl, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tracing::Span;

use crate::error::{ApiError, ApiResult};

/// The migrations, carried in the binary.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations");

/// How long a request waits for a connection before it is told to come back.
const POOL_WAIT: Duration = Duration::from_secs(3);
/// How long one statement may take; whoever asked has gone by then.
const STATEMENT_TIMEOUT: &str = "10s";

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<ConnectionManager<PgConnection>>,
    url: Arc<str>,
}

#[derive(Debug)]
struct SessionSettings;

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for SessionSettings {
    fn on_acquire(&self, conn: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        sql_query(format!(
            "SELECT set_config('statement_timeout', '{STATEMENT_TIMEOUT}', false), set_config('timezone', 'UTC', false)"
        ))
        .execute(conn)
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
            .build_unchecked(ConnectionManager::new(url));
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
        web::block(move || span.in_scope(|| work(&mut *pool.get().map_err(ApiError::unavailable)?)))
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
        let mut conn = self.pool.get().context("the database cannot be reached")?;
        work(&mut conn)
    }
}

/// Brings the schema up to date; returns how many migrations ran.
///
/// # Errors
/// When the database cannot be reached or a migration fails.
pub fn migrate(url: &str) -> anyhow::Result<usize> {
    let mut conn = PgConnection::establish(url).context("the database cannot be reached")?;
    // Two processes starting at once: the second waits and finds nothing to do.
    sql_query("SELECT pg_advisory_lock(7233001)").execute(&mut conn)?;
    sql_query("SET client_min_messages = warning").execute(&mut conn)?;
    let ran =
        conn.run_pending_migrations(MIGRATIONS).map_err(|error| anyhow::anyhow!("a migration failed: {error}"))?;
    Ok(ran.len())
}

/// A word of a closed list, stored as text: `Stored<Status>` reads and writes as its [`std::fmt::Display`] text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Stored<T>(pub T);

impl<T> diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for Stored<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        let text = <String as diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg>>::from_sql(bytes)?;
        Ok(Self(text.parse()?))
    }
}

impl<T: std::fmt::Debug + std::fmt::Display> diesel::serialize::ToSql<diesel::sql_types::Text, diesel::pg::Pg>
    for Stored<T>
{
    fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>) -> diesel::serialize::Result {
        use std::io::Write as _;
        write!(out, "{}", self.0)?;
        Ok(diesel::serialize::IsNull::No)
    }
}

/// PostgreSQL's `tsvector`, which diesel does not name; only ever compared inside SQL.
#[derive(Debug, Clone, Copy, diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "tsvector"))]
pub struct Tsvector;
