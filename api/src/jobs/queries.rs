//! The table of jobs: put in, claim, finish, try again, park.

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use serde_json::Value;
use uuid::Uuid;

use super::Job;
use crate::schema::jobs;
use crate::telemetry::trace;

/// Puts a job in, in the caller's transaction. One that is there already stays.
///
/// # Errors
/// From the database.
pub fn enqueue(conn: &mut PgConnection, job: &Job) -> QueryResult<()> {
    enqueue_all(conn, std::slice::from_ref(job))
}

/// Puts a job in that is not due before `at`; see [`enqueue`].
///
/// # Errors
/// From the database.
pub fn enqueue_at(conn: &mut PgConnection, job: &Job, at: DateTime<Utc>) -> QueryResult<()> {
    put(conn, std::slice::from_ref(job), Some(at))
}

/// Makes jobs due now: those that are there already, waiting or parked, and those that are not there yet. One that somebody
/// is at stays as it is.
///
/// # Errors
/// From the database.
pub fn hasten(conn: &mut PgConnection, all: &[Job]) -> QueryResult<()> {
    enqueue_all(conn, all)?;
    let keys: Vec<String> = all.iter().map(Job::dedupe_key).collect();
    diesel::update(jobs::table.filter(jobs::dedupe_key.eq_any(&keys)))
        .filter(jobs::leased_until.is_null())
        .set(jobs::run_at.eq(Utc::now()))
        .execute(conn)?;
    unpark_all(conn, all)
}

/// Puts several jobs in with one statement.
///
/// # Errors
/// From the database.
pub fn enqueue_all(conn: &mut PgConnection, all: &[Job]) -> QueryResult<()> {
    put(conn, all, None)
}

/// Without `at`, they are due at once by the database's own clock.
fn put(conn: &mut PgConnection, all: &[Job], at: Option<DateTime<Utc>>) -> QueryResult<()> {
    let traceparent = trace::traceparent();
    let rows: Vec<_> = all
        .iter()
        .map(|job| {
            let traceparent = traceparent.as_ref().filter(|_| !job.is_by_the_clock());
            (
                jobs::id.eq(Uuid::now_v7()),
                jobs::kind.eq(job.kind()),
                jobs::payload.eq(serde_json::to_value(job).unwrap_or_default()),
                jobs::dedupe_key.eq(job.dedupe_key()),
                jobs::lane.eq(job.lane()),
                jobs::traceparent.eq(traceparent.cloned()),
                at.map(|at| jobs::run_at.eq(at)),
            )
        })
        .collect();
    diesel::insert_into(jobs::table).values(rows).on_conflict(jobs::dedupe_key).do_nothing().execute(conn)?;
    Ok(())
}

/// A job a worker has taken.
#[derive(Debug, QueryableByName)]
#[diesel(table_name = jobs)]
pub struct Claimed {
    /// Its number; stays the same over all attempts.
    pub id: Uuid,
    /// What to do.
    pub payload: Value,
    /// Which attempt this is, from 1.
    pub attempts: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What only one job of runs at a time; see [`Job::lane`].
    pub lane: Option<String>,
    /// The trace in which it was made, as W3C's `traceparent` has it.
    pub traceparent: Option<String>,
    /// Whether the attempt before ended without a word: its worker died.
    #[diesel(sql_type = Bool)]
    pub taken_over: bool,
}

/// What a worker's thread takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Whatever is due.
    Any,
    /// Only what has no lane.
    Letters,
    /// Only what has one: calls of servers outside, which may be slow, so that letters never wait for them.
    Calls,
}

impl Take {
    /// Which rows those are, as the index of letters has it.
    const fn rows(self) -> &'static str {
        match self {
            Self::Any => "true",
            Self::Letters => "lane IS NULL",
            Self::Calls => "lane IS NOT NULL",
        }
    }
}

/// Takes the job that is due longest, for `lease` at most. A worker that dies loses it when the lease runs out.
///
/// # Errors
/// From the database.
pub fn claim(conn: &mut PgConnection, take: Take, lease_seconds: i64) -> QueryResult<Option<Claimed>> {
    let rows = take.rows();
    let claimed = diesel::sql_query(format!(
        "WITH due AS (SELECT id, leased_until IS NOT NULL AS taken_over FROM jobs j
                      WHERE parked_at IS NULL AND run_at <= now() AND (leased_until IS NULL OR leased_until <= now())
                        AND {rows}
                        AND (lane IS NULL OR NOT EXISTS (
                             SELECT FROM jobs o WHERE o.lane = j.lane AND o.leased_until IS NOT NULL AND o.id <> j.id))
                      ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
         UPDATE jobs SET attempts = attempts + 1, leased_until = now() + $1 * interval '1 second'
         FROM due WHERE jobs.id = due.id
         RETURNING jobs.id, payload, attempts, created_at, lane, traceparent, taken_over"
    ))
    .bind::<BigInt, _>(lease_seconds)
    .get_result(conn)
    .optional();
    match claimed {
        // Another worker took one of this lane in the same moment.
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(None),
        claimed => claimed,
    }
}

/// When the next job may be due, as far as the table tells now; `None` when there is none. One whose lane is taken is due when
/// whoever has it must be done.
///
/// # Errors
/// From the database.
pub fn next_due(conn: &mut PgConnection, take: Take) -> QueryResult<Option<DateTime<Utc>>> {
    #[derive(QueryableByName)]
    struct Due {
        #[diesel(sql_type = Nullable<Timestamptz>)]
        at: Option<DateTime<Utc>>,
    }
    let rows = take.rows();
    let due: Due = diesel::sql_query(format!(
        "SELECT min(greatest(run_at, coalesce(leased_until, run_at), (
             SELECT max(o.leased_until) FROM jobs o WHERE o.lane = j.lane AND o.leased_until IS NOT NULL))) AS at
         FROM jobs j WHERE parked_at IS NULL AND {rows}"
    ))
    .get_result(conn)?;
    Ok(due.at)
}

/// What waits in a lane, for who watches.
#[derive(Debug, QueryableByName)]
pub struct Queue {
    /// `letters`, `calls` or `others`.
    #[diesel(sql_type = Text)]
    pub lane: String,
    /// Jobs that could run now and wait for a worker.
    #[diesel(sql_type = BigInt)]
    pub due: i64,
    /// Jobs a worker is at.
    #[diesel(sql_type = BigInt)]
    pub running: i64,
    /// Jobs whose time has not come, as after an attempt that failed.
    #[diesel(sql_type = BigInt)]
    pub later: i64,
    /// Jobs that wait for a person.
    #[diesel(sql_type = BigInt)]
    pub parked: i64,
    /// For how many seconds the first of those that are due has been so.
    #[diesel(sql_type = Double)]
    pub oldest: f64,
}

/// How the table of jobs stands, with a row for each lane. Done jobs are no rows, so that reading all of it once for each look at the
/// metrics is cheap.
///
/// # Errors
/// From the database.
pub fn queue(conn: &mut PgConnection) -> QueryResult<Vec<Queue>> {
    diesel::sql_query(
        "SELECT l.lane, count(*) FILTER (WHERE state = 'due') AS due, count(*) FILTER (WHERE state = 'running') AS running,
                count(*) FILTER (WHERE state = 'later') AS later, count(*) FILTER (WHERE state = 'parked') AS parked,
                coalesce(extract(epoch FROM now() - min(run_at) FILTER (WHERE state = 'due')), 0)::float8 AS oldest
         FROM (VALUES ('letters'), ('calls'), ('others')) AS l (lane)
         LEFT JOIN (
             SELECT run_at,
                    CASE WHEN lane IS NOT NULL THEN 'calls' WHEN kind LIKE '%\\_mail' OR kind IN ('deliver', 'parked_summary') THEN 'letters'
                         ELSE 'others' END AS lane,
                    CASE WHEN parked_at IS NOT NULL THEN 'parked' WHEN leased_until > now() THEN 'running'
                         WHEN run_at > now() THEN 'later' ELSE 'due' END AS state
             FROM jobs) j USING (lane)
         GROUP BY l.lane",
    )
    .load(conn)
}

/// Holds the job for another `lease_seconds`. Says whether this attempt still had it: a worker whose lease ran out must not
/// speak for the one that took over.
///
/// # Errors
/// From the database.
pub fn renew(conn: &mut PgConnection, claimed: &Claimed, lease_seconds: i64) -> QueryResult<bool> {
    let until = Utc::now() + Duration::seconds(lease_seconds);
    let held = diesel::update(jobs::table.find(claimed.id)).filter(jobs::attempts.eq(claimed.attempts));
    Ok(held.set(jobs::leased_until.eq(until)).execute(conn)? > 0)
}

/// Gives back what an attempt has begun and cannot finish: another worker takes it over at once, as if this one had died.
///
/// # Errors
/// From the database.
pub fn give_back(conn: &mut PgConnection, begun: &[(Uuid, i32)]) -> QueryResult<usize> {
    let (ids, attempts): (Vec<Uuid>, Vec<i32>) = begun.iter().copied().unzip();
    // An attempt that has ended meanwhile, or was taken over, has nothing to give back.
    let given = diesel::sql_query(
        "UPDATE jobs SET leased_until = now() FROM unnest($1, $2) AS begun (id, attempts)
         WHERE jobs.id = begun.id AND jobs.attempts = begun.attempts AND leased_until IS NOT NULL",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Integer>, _>(attempts)
    .execute(conn)?;
    diesel::sql_query("NOTIFY jobs").execute(conn)?;
    Ok(given)
}

/// The job is done: its row goes. Says whether this attempt still had it, see [`renew`].
///
/// # Errors
/// From the database.
pub fn finish(conn: &mut PgConnection, claimed: &Claimed) -> QueryResult<bool> {
    let held = diesel::delete(jobs::table.find(claimed.id)).filter(jobs::attempts.eq(claimed.attempts));
    let finished = held.execute(conn)? > 0;
    lane_is_free(conn, claimed)?;
    Ok(finished)
}

/// Takes a job out that failed and is not to be tried again, as what it was for stands elsewhere.
///
/// # Errors
/// From the database.
pub fn forget(conn: &mut PgConnection, claimed: &Claimed) -> QueryResult<()> {
    diesel::delete(jobs::table.find(claimed.id)).execute(conn).map(drop)
}

/// Takes out all of a lane that nobody is at.
///
/// # Errors
/// From the database.
pub fn clear(conn: &mut PgConnection, lane: &str) -> QueryResult<()> {
    diesel::delete(jobs::table.filter(jobs::lane.eq(lane)).filter(jobs::leased_until.is_null())).execute(conn).map(drop)
}

/// Wakes whoever waits for the lane: they sleep until the lease would run out.
fn lane_is_free(conn: &mut PgConnection, claimed: &Claimed) -> QueryResult<()> {
    if claimed.lane.is_some() {
        diesel::sql_query("NOTIFY jobs").execute(conn)?;
    }
    Ok(())
}

/// The attempt failed: the job waits, or is parked when `next` is `None`. Says whether this attempt still had it, see
/// [`renew`].
///
/// # Errors
/// From the database.
pub fn fail(conn: &mut PgConnection, claimed: &Claimed, error: &str, next: Option<DateTime<Utc>>) -> QueryResult<bool> {
    let held = diesel::update(jobs::table.find(claimed.id)).filter(jobs::attempts.eq(claimed.attempts));
    let changed = held
        .set((
            jobs::run_at.eq(next.unwrap_or_else(Utc::now)),
            jobs::leased_until.eq(None::<DateTime<Utc>>),
            jobs::parked_at.eq(if next.is_none() { Some(Utc::now()) } else { None }),
            jobs::last_error.eq(error),
        ))
        .execute(conn)?;
    lane_is_free(conn, claimed)?;
    Ok(changed > 0)
}

/// Lets a lane rest: nothing of it runs before `until`, as its server did not answer just now.
///
/// # Errors
/// From the database.
pub fn rest(conn: &mut PgConnection, lane: &str, until: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(jobs::table.filter(jobs::lane.eq(lane)))
        .filter(jobs::parked_at.is_null().and(jobs::leased_until.is_null()).and(jobs::run_at.lt(until)))
        .set(jobs::run_at.eq(until))
        .execute(conn)
        .map(drop)
}

/// Lets parked jobs run again, now, with their attempts counted afresh.
///
/// # Errors
/// From the database.
pub fn unpark_all(conn: &mut PgConnection, all: &[Job]) -> QueryResult<()> {
    let keys: Vec<String> = all.iter().map(Job::dedupe_key).collect();
    diesel::update(jobs::table.filter(jobs::dedupe_key.eq_any(keys)))
        .filter(jobs::parked_at.is_not_null())
        .set((
            jobs::parked_at.eq(None::<DateTime<Utc>>),
            jobs::run_at.eq(Utc::now()),
            jobs::created_at.eq(Utc::now()),
            jobs::attempts.eq(0),
        ))
        .execute(conn)?;
    // The trigger wakes workers on new rows only.
    diesel::sql_query("NOTIFY jobs").execute(conn)?;
    Ok(())
}
