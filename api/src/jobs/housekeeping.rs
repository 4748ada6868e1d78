//! What is done by the clock. Staff are told each day what could not be handed over; each night the map's counts are compared
//! with the reports, and a snapshot of the open data is asked for; and thrown away are used-up links, old
//! idempotency keys, finished sessions, exports that have had their day, reports and updates nobody confirmed, and photos nobody used.

use chrono::{DateTime, Duration, Timelike as _, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use mendmap_shared::limits::{CONFIRM_LINK_DAYS, EVENT_LOG_DAYS, IDEMPOTENCY_HOURS};

use super::queries;
use crate::exports::made::{self, store::ExportStore};
use crate::photos::{self, store::PhotoStore};
use crate::schema::{reports, settings, updates};
use crate::telemetry::metrics::METRICS;
use crate::{delivery, map};

/// The hour, UTC, after which the map's counts are compared with the reports: few are awake then, wherever Mendmap is used.
const CHECK_HOUR: u32 = 2;
/// The hour, UTC, after which a snapshot of the open data is made.
const SNAPSHOT_HOUR: u32 = 2;
/// Minutes for which the live map's listeners can come back and be told what they missed.
const EVENTS_MINUTES: u32 = 60;
/// Where the outcome of the last check of the map's counts is kept, as one worker of several did it.
const DRIFTED_CELLS: &str = "map_drifted_cells";
/// Photos thrown away in one go.
const PHOTOS_AT_ONCE: i64 = 500;

/// Does what is due by now.
///
/// # Errors
/// From the database or the photo store.
pub fn run(conn: &mut PgConnection, store: &PhotoStore, exported: &ExportStore) -> anyhow::Result<()> {
    run_at(conn, store, exported, Utc::now())
}

/// Does what is due at this moment, and deletes what has had its time. Small statements, each by an index.
///
/// # Errors
/// From the database or the photo store.
pub fn run_at(
    conn: &mut PgConnection,
    store: &PhotoStore,
    exported: &ExportStore,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let unconfirmed = now - Duration::days(CONFIRM_LINK_DAYS + 1);
    conn.transaction(|conn| {
        photos::queries::free_unconfirmed(conn, unconfirmed)?;
        diesel::delete(
            reports::table.filter(reports::visibility.eq("unconfirmed")).filter(reports::created_at.lt(unconfirmed)),
        )
        .execute(conn)?;
        diesel::delete(
            updates::table.filter(updates::visibility.eq("unconfirmed")).filter(updates::created_at.lt(unconfirmed)),
        )
        .execute(conn)
    })?;
    conn.transaction(|conn| {
        let summaries = delivery::queries::parked_summary_jobs(conn, now.date_naive())?;
        queries::enqueue_all(conn, &summaries)
    })?;
    conn.transaction(delivery::open311::queries::keep_in_step)?;
    let statements = [
        format!("DELETE FROM idempotency_keys WHERE created_at < now() - interval '{IDEMPOTENCY_HOURS} hours'"),
        format!("DELETE FROM map_events WHERE at < now() - interval '{EVENTS_MINUTES} minutes'"),
        format!("DELETE FROM report_events WHERE at < now() - interval '{EVENT_LOG_DAYS} days'"),
        "DELETE FROM link_tokens WHERE expires_at < now()".to_owned(),
        "DELETE FROM refresh_tokens WHERE expires_at < now()".to_owned(),
    ];
    for statement in statements {
        diesel::sql_query(statement).execute(conn)?;
    }
    check_map(conn, now)?;
    ask_for_snapshot(conn, now)?;
    // The files go before the transaction ends: whoever uploads the same picture meanwhile waits for the row, and finds the
    // files gone rather than going.
    conn.transaction(|conn| {
        for id in photos::queries::forget_unused(conn, PHOTOS_AT_ONCE)? {
            store.remove(&id)?;
        }
        anyhow::Ok(())
    })?;
    made::queries::forget_old(conn)?;
    // What has no row any more; whatever is being made has one.
    exported.sweep(|| Ok(made::queries::known_names(conn)?))
}

/// Once a night, by whichever worker comes first; where there is none at all, nobody waits for the night.
fn ask_for_snapshot(conn: &mut PgConnection, now: DateTime<Utc>) -> anyhow::Result<()> {
    if now.hour() >= SNAPSHOT_HOUR || !made::queries::any_snapshot(conn)? {
        conn.transaction(|conn| made::queries::ask_for_snapshot(conn, now.date_naive()))?;
    }
    Ok(())
}

/// Once a night, by whichever worker comes first; every process tells what it found.
fn check_map(conn: &mut PgConnection, now: DateTime<Utc>) -> anyhow::Result<()> {
    if now.hour() >= CHECK_HOUR && map::queries::claim_check(conn, now.date_naive())? {
        let drift = map::queries::check(conn, false)?;
        note_drift(conn, drift.cells)?;
        if drift.cells > 0 {
            tracing::error!(
                map.cells = drift.cells,
                map.reports = drift.reports,
                "the map's counts are not what the reports say: run `mendmap map rebuild`, and tell whoever develops this"
            );
        } else {
            tracing::info!(map.reports = drift.reports, "the map's counts are true");
        }
    }
    if let Some(cells) = known_drift(conn)? {
        METRICS.map_checked(cells);
    }
    Ok(())
}

fn note_drift(conn: &mut PgConnection, cells: i64) -> QueryResult<()> {
    diesel::insert_into(settings::table)
        .values((settings::key.eq(DRIFTED_CELLS), settings::value.eq(serde_json::Value::from(cells))))
        .on_conflict(settings::key)
        .do_update()
        .set(settings::value.eq(excluded(settings::value)))
        .execute(conn)
        .map(drop)
}

/// What the last check found; nothing where there was none.
fn known_drift(conn: &mut PgConnection) -> QueryResult<Option<i64>> {
    let value: Option<serde_json::Value> =
        settings::table.find(DRIFTED_CELLS).select(settings::value).first(conn).optional()?;
    Ok(value.and_then(|value| value.as_i64()))
}
