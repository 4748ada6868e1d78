//! What is done by the clock. Staff are told each day what could not be handed over; each night the map's counts are compared
//! with the reports, and a snapshot of the open data is asked for; and thrown away are used-up links, old
//! idempotency keys, finished sessions, exports that have had their day, reports and updates nobody confirmed, and photos nobody used.

use chrono::{Duration, Timelike as _, Utc};
use diesel::prelude::*;
use mendmap_shared::limits::{CONFIRM_LINK_DAYS, EVENT_LOG_DAYS, IDEMPOTENCY_HOURS};

use super::queries;
use crate::exports::made::{self, store::ExportStore};
use crate::photos::{self, store::PhotoStore};
use crate::schema::{reports, updates};
use crate::{delivery, map};

/// The hour, UTC, after which the map's counts are compared with the reports: few are awake then, wherever Mendmap is used.
const CHECK_HOUR: u32 = 2;
/// The hour, UTC, after which a snapshot of the open data is made.
const SNAPSHOT_HOUR: u32 = 2;
/// Minutes for which the live map's listeners can come back and be told what they missed.
const EVENTS_MINUTES: u32 = 60;
/// Photos thrown away in one go.
const PHOTOS_AT_ONCE: i64 = 500;

/// Deletes what has had its time. Small statements, each by an index.
///
/// # Errors
/// From the database or the photo store.
pub fn run(conn: &mut PgConnection, store: &PhotoStore, exported: &ExportStore) -> anyhow::Result<()> {
    let unconfirmed = Utc::now() - Duration::days(CONFIRM_LINK_DAYS + 1);
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
        let summaries = delivery::queries::parked_summary_jobs(conn, Utc::now().date_naive())?;
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
    check_map(conn)?;
    ask_for_snapshot(conn)?;
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
fn ask_for_snapshot(conn: &mut PgConnection) -> anyhow::Result<()> {
    let now = Utc::now();
    if now.hour() >= SNAPSHOT_HOUR || !made::queries::any_snapshot(conn)? {
        conn.transaction(|conn| made::queries::ask_for_snapshot(conn, now.date_naive()))?;
    }
    Ok(())
}

/// Once a night, by whichever worker comes first.
fn check_map(conn: &mut PgConnection) -> anyhow::Result<()> {
    let now = Utc::now();
    if now.hour() < CHECK_HOUR || !map::queries::claim_check(conn, now.date_naive())? {
        return Ok(());
    }
    let drift = map::queries::check(conn, false)?;
    if drift.cells > 0 {
        tracing::error!(
            map.cells = drift.cells,
            map.reports = drift.reports,
            "the map's counts are not what the reports say: run `mendmap map rebuild`, and tell whoever develops this"
        );
    } else {
        tracing::info!(map.reports = drift.reports, "the map's counts are true");
    }
    Ok(())
}
