//! Which exports and snapshots there are, and how far each is.

use std::collections::HashSet;

use chrono::{DateTime, Duration, NaiveDate, Utc};
use diesel::dsl::{now, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::{EXPORT_FRESH_MINUTES, EXPORT_HOURS, EXPORTS_BYTES, EXPORTS_WAITING};
use mendmap_shared::wire::exports::{ExportFormat, ExportState, SnapshotFile};
use serde_json::Value;
use uuid::Uuid;

use super::store::Measured;
use crate::db::Stored;
use crate::error::{ApiError, ApiResult};
use crate::jobs::{self, Job};
use crate::reports::listing::Condition;
use crate::schema::{exports, reports, snapshots};

/// Seconds after which whoever found no room for an export is to come back.
const COME_BACK: u64 = 120;
/// Complete snapshots that are kept: the newest, and one before it for whoever is still reading that.
const SNAPSHOTS_KEPT: i64 = 2;

/// An export, as its row has it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = exports)]
pub struct ExportRow {
    /// Number.
    pub id: Uuid,
    /// The body whose staff it is for; none for everybody's.
    pub body_id: Option<i64>,
    /// Kind of file.
    pub format: Stored<ExportFormat>,
    /// Filters.
    pub query: String,
    state: String,
    /// Reports that are written.
    pub row_count: i64,
    /// Reports there are to write.
    pub row_total: Option<i64>,
    /// Bytes of the file.
    pub bytes: Option<i64>,
    /// Its SHA-256.
    pub sha256: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Until when it can be fetched.
    pub expires_at: DateTime<Utc>,
}

impl ExportRow {
    /// How far it is.
    #[must_use]
    pub fn state(&self) -> ExportState {
        match self.state.as_str() {
            "ready" => ExportState::Ready,
            "making" => ExportState::Making,
            _ => ExportState::Waiting,
        }
    }
}

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Kind of file.
    pub format: ExportFormat,
    /// Filters, in one fixed form.
    pub query: String,
}

/// Whether more than `most` published reports match: it looks at one row more than that, at most.
///
/// # Errors
/// From the database.
pub fn are_more_than(conn: &mut PgConnection, conditions: Vec<Condition>, most: i64) -> QueryResult<bool> {
    let mut query = reports::table
        .filter(reports::visibility.eq("published"))
        .order(reports::id)
        .select(reports::id)
        .offset(most)
        .limit(1)
        .into_boxed();
    for condition in conditions {
        query = query.filter(condition);
    }
    Ok(query.first::<i64>(conn).optional()?.is_some())
}

/// How many reports match all conditions, which have to say who may see them.
///
/// # Errors
/// From the database.
pub fn count(conn: &mut PgConnection, conditions: Vec<Condition>) -> QueryResult<i64> {
    let mut query = reports::table.count().into_boxed();
    for condition in conditions {
        query = query.filter(condition);
    }
    query.get_result(conn)
}

/// How many published reports match all conditions.
///
/// # Errors
/// From the database.
pub fn count_public(conn: &mut PgConnection, mut conditions: Vec<Condition>) -> QueryResult<i64> {
    conditions.push(Box::new(reports::visibility.eq("published")));
    count(conn, conditions)
}

/// The public export of this that is waiting, being made, or was asked for a short while ago.
///
/// # Errors
/// From the database.
pub fn same(conn: &mut PgConnection, wanted: &Wanted) -> QueryResult<Option<ExportRow>> {
    let fresh = Utc::now() - Duration::minutes(EXPORT_FRESH_MINUTES);
    exports::table
        .filter(exports::body_id.is_null())
        .filter(exports::format.eq(Stored(wanted.format)))
        .filter(exports::query.eq(&wanted.query))
        .filter(exports::expires_at.gt(now))
        .filter(exports::state.ne("ready").or(exports::created_at.gt(fresh)))
        .order(exports::created_at.desc())
        .select(ExportRow::as_select())
        .first(conn)
        .optional()
}

/// The public export of this: the one there is, or a new one with the job that makes it. In the caller's transaction.
///
/// # Errors
/// `unavailable` when too many wait or the store is full; from the database.
pub fn begin_public(conn: &mut PgConnection, wanted: &Wanted) -> ApiResult<ExportRow> {
    // Two who ask for the same at once: the second waits here, and finds the first one's.
    let lock = sql::<Nullable<Bool>>("pg_advisory_xact_lock(hashtextextended(")
        .bind::<Text, _>(format!("export {} {}", wanted.format, wanted.query))
        .sql(", 0)) IS NULL");
    diesel::select(lock).get_result::<Option<bool>>(conn)?;
    match same(conn, wanted)? {
        Some(known) => Ok(known),
        None => begin(conn, wanted, None),
    }
}

/// A new export with the job that makes it, for everybody, or for one member of a body's staff (body, user). In the caller's
/// transaction.
///
/// # Errors
/// `unavailable` when too many wait or the store is full; from the database.
pub fn begin(conn: &mut PgConnection, wanted: &Wanted, staff: Option<(i64, i64)>) -> ApiResult<ExportRow> {
    let waiting = sql::<BigInt>("count(*) FILTER (WHERE state <> 'ready')");
    let kept = sql::<BigInt>("coalesce(sum(bytes), 0)::bigint");
    let (waiting, kept): (i64, i64) = exports::table.select((waiting, kept)).first(conn)?;
    if waiting >= EXPORTS_WAITING || kept >= EXPORTS_BYTES {
        let full = "Too many exports are being made or kept just now. Please try again later.";
        return Err(ApiError::code(ErrorCode::Unavailable).with_message(full).retry_after(COME_BACK));
    }
    let id = Uuid::new_v4();
    let made = diesel::insert_into(exports::table)
        .values((
            exports::id.eq(id),
            exports::body_id.eq(staff.map(|(body, _)| body)),
            exports::user_id.eq(staff.map(|(_, user)| user)),
            exports::format.eq(Stored(wanted.format)),
            exports::query.eq(&wanted.query),
            exports::expires_at.eq(Utc::now() + Duration::hours(EXPORT_HOURS)),
        ))
        .returning(ExportRow::as_returning())
        .get_result(conn)?;
    jobs::queries::enqueue(conn, &Job::MakeExport { export: id })?;
    Ok(made)
}

/// A public export that can still be asked about.
///
/// # Errors
/// From the database.
pub fn public(conn: &mut PgConnection, id: Uuid) -> QueryResult<Option<ExportRow>> {
    exports::table
        .find(id)
        .filter(exports::body_id.is_null())
        .filter(exports::expires_at.gt(now))
        .select(ExportRow::as_select())
        .first(conn)
        .optional()
}

/// An export that this member of a body's staff asked for, and can still be asked about.
///
/// # Errors
/// From the database.
pub fn of_staff(conn: &mut PgConnection, body: i64, user: i64, id: Uuid) -> QueryResult<Option<ExportRow>> {
    exports::table
        .find(id)
        .filter(exports::body_id.eq(body))
        .filter(exports::user_id.eq(user))
        .filter(exports::expires_at.gt(now))
        .select(ExportRow::as_select())
        .first(conn)
        .optional()
}

/// An export that is to be made; none when it is gone, out of date, or made already.
///
/// # Errors
/// From the database.
pub fn to_make(conn: &mut PgConnection, id: Uuid) -> QueryResult<Option<ExportRow>> {
    exports::table
        .find(id)
        .filter(exports::state.ne("ready"))
        .filter(exports::expires_at.gt(now))
        .select(ExportRow::as_select())
        .first(conn)
        .optional()
}

/// So many reports of an export are written, of so many that there are.
///
/// # Errors
/// From the database.
pub fn progress(conn: &mut PgConnection, id: Uuid, rows: i64, total: i64) -> QueryResult<()> {
    diesel::update(exports::table.find(id).filter(exports::state.ne("ready")))
        .set((exports::state.eq("making"), exports::row_count.eq(rows), exports::row_total.eq(total)))
        .execute(conn)
        .map(drop)
}

/// An export is in its place, and can be fetched for a day from now.
///
/// # Errors
/// From the database.
pub fn ready(conn: &mut PgConnection, id: Uuid, rows: i64, file: &Measured) -> QueryResult<()> {
    diesel::update(exports::table.find(id))
        .set((
            exports::state.eq("ready"),
            exports::row_count.eq(rows),
            exports::row_total.eq(rows),
            exports::bytes.eq(file.bytes),
            exports::sha256.eq(&file.sha256),
            exports::expires_at.eq(Utc::now() + Duration::hours(EXPORT_HOURS)),
        ))
        .execute(conn)
        .map(drop)
}

/// Forgets exports that have had their time, and all but the newest snapshots.
///
/// # Errors
/// From the database.
pub fn forget_old(conn: &mut PgConnection) -> QueryResult<()> {
    diesel::delete(exports::table.filter(exports::expires_at.le(now))).execute(conn)?;
    let newest = complete_days(conn)?;
    if let Some(oldest) = newest.last() {
        diesel::delete(snapshots::table.filter(snapshots::day.lt(oldest))).execute(conn)?;
    }
    Ok(())
}

fn complete_days(conn: &mut PgConnection) -> QueryResult<Vec<NaiveDate>> {
    snapshots::table
        .filter(snapshots::made_at.is_not_null())
        .order(snapshots::day.desc())
        .limit(SNAPSHOTS_KEPT)
        .select(snapshots::day)
        .load(conn)
}

/// The names in the store that belong to something.
///
/// # Errors
/// From the database.
pub fn known_names(conn: &mut PgConnection) -> QueryResult<HashSet<String>> {
    let exported: Vec<Uuid> = exports::table.select(exports::id).load(conn)?;
    let days: Vec<NaiveDate> = snapshots::table.select(snapshots::day).load(conn)?;
    let days = days.into_iter().map(snapshot_name);
    Ok(exported.into_iter().map(|id| id.to_string()).chain(days).collect())
}

/// Where a day's snapshot lies in the store.
#[must_use]
pub fn snapshot_name(day: NaiveDate) -> String {
    format!("snapshot-{day}")
}

/// Asks for this day's snapshot, unless somebody has; says whether it did. In the caller's transaction.
///
/// # Errors
/// From the database.
pub fn ask_for_snapshot(conn: &mut PgConnection, day: NaiveDate) -> QueryResult<bool> {
    let asked = diesel::insert_into(snapshots::table).values(snapshots::day.eq(day)).on_conflict_do_nothing();
    if asked.execute(conn)? == 0 {
        return Ok(false);
    }
    jobs::queries::enqueue(conn, &Job::MakeSnapshot { day })?;
    Ok(true)
}

/// Whether there is any snapshot, or one on its way.
///
/// # Errors
/// From the database.
pub fn any_snapshot(conn: &mut PgConnection) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(snapshots::table.select(snapshots::day))).get_result(conn)
}

/// Whether this day's snapshot is still to be made.
///
/// # Errors
/// From the database.
pub fn snapshot_is_wanted(conn: &mut PgConnection, day: NaiveDate) -> QueryResult<bool> {
    let wanted = snapshots::table.find(day).filter(snapshots::made_at.is_null());
    diesel::select(diesel::dsl::exists(wanted)).get_result(conn)
}

/// This day's snapshot is complete: it is what is served from now on.
///
/// # Errors
/// From the database.
pub fn snapshot_ready(conn: &mut PgConnection, day: NaiveDate, rows: i64, files: &Value) -> QueryResult<()> {
    diesel::update(snapshots::table.find(day))
        .set((snapshots::made_at.eq(Utc::now()), snapshots::row_count.eq(rows), snapshots::files.eq(files)))
        .execute(conn)
        .map(drop)
}

/// A complete snapshot.
#[derive(Debug, Clone)]
pub struct SnapshotRow {
    /// The day it was made on.
    pub day: NaiveDate,
    /// When it was complete.
    pub made_at: DateTime<Utc>,
    /// Reports in each file.
    pub rows: i64,
    /// Its files.
    pub files: Vec<SnapshotFile>,
}

/// The newest complete snapshot.
///
/// # Errors
/// From the database.
pub fn newest_snapshot(conn: &mut PgConnection) -> ApiResult<Option<SnapshotRow>> {
    let found: Option<(NaiveDate, Option<DateTime<Utc>>, i64, Value)> = snapshots::table
        .filter(snapshots::made_at.is_not_null())
        .order(snapshots::day.desc())
        .select((snapshots::day, snapshots::made_at, snapshots::row_count, snapshots::files))
        .first(conn)
        .optional()?;
    let Some((day, Some(made_at), rows, files)) = found else { return Ok(None) };
    Ok(Some(SnapshotRow { day, made_at, rows, files: serde_json::from_value(files).map_err(ApiError::internal)? }))
}
