//! Events on their way: to whom, whether they arrived, and again.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Timestamptz, Uuid as SqlUuid};
use mendmap_shared::limits::WEBHOOK_REPLAY_EVENTS;
use mendmap_shared::wire::integrations::{Replayed, WebhookDelivery};
use uuid::Uuid;

use super::models::{EventRow, Target};
use super::rules::message_id;
use crate::db::Stored;
use crate::delivery::queries::state;
use crate::schema::{report_events, webhook_deliveries, webhooks};

/// Events that one statement turns into deliveries; a job goes on with the rest.
const AT_ONCE: i64 = 1_000;

/// Whether an enabled webhook `h` is for an event `e`. A report that is gone lies nowhere: everybody who may have been told of it
/// is told that.
const IS_FOR: &str = "e.kind = ANY (h.events)
    AND (h.of_body_id IS NULL OR h.of_body_id = ANY (e.body_ids))
    AND (h.category_code IS NULL OR h.category_code = e.category_code)
    AND (h.area_id IS NULL
         OR EXISTS (SELECT FROM report_areas a WHERE a.report_id = e.report_id AND a.area_id = h.area_id)
         OR e.kind = 'report.hidden' AND NOT EXISTS (SELECT FROM reports r WHERE r.id = e.report_id))";

/// The jobs of the deliveries in `made`: microseconds apart, as the events were, so that each webhook's stay in order. Their
/// numbers begin with that of the event, so that they still are when all of them had to rest until one moment.
const AS_JOBS: &str = "SELECT
           (lpad(to_hex(event_id), 16, '0') || right(replace(webhook_id::text, '-', ''), 16))::uuid, 'call_webhook',
           jsonb_build_object('kind', 'call_webhook', 'webhook', webhook_id, 'event', event_id),
           'webhook ' || webhook_id || ' ' || event_id, 'webhook ' || webhook_id,
           now() + row_number() OVER (ORDER BY event_id) * interval '1 microsecond'
    FROM made";

/// Turns the events nobody was told of yet into deliveries and their jobs, with one statement for all of them. Answers whether
/// there may be more.
///
/// # Errors
/// From the database.
pub fn fan_out(conn: &mut PgConnection) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Taken {
        #[diesel(sql_type = BigInt)]
        events: i64,
    }
    let taken: Taken = diesel::sql_query(format!(
        "WITH taken AS (
             SELECT id FROM report_events WHERE NOT told ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
         ), e AS (
             UPDATE report_events SET told = true FROM taken WHERE report_events.id = taken.id RETURNING report_events.*
         ), made AS (
             INSERT INTO webhook_deliveries (webhook_id, event_id)
             SELECT h.id, e.id FROM e JOIN webhooks h ON h.enabled AND {IS_FOR}
             ON CONFLICT DO NOTHING RETURNING webhook_id, event_id
         ), queued AS (
             INSERT INTO jobs (id, kind, payload, dedupe_key, lane, run_at) {AS_JOBS} ON CONFLICT DO NOTHING
         )
         SELECT count(*) AS events FROM e"
    ))
    .bind::<BigInt, _>(AT_ONCE)
    .get_result(conn)?;
    Ok(taken.events == AT_ONCE)
}

/// Tells a webhook again what it is for: one event, or what happened since a moment, the oldest first.
///
/// # Errors
/// From the database.
pub fn replay(
    conn: &mut PgConnection,
    webhook: Uuid,
    event: Option<i64>,
    since: Option<DateTime<Utc>>,
) -> QueryResult<Replayed> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        events: i64,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        next_since: Option<DateTime<Utc>>,
    }
    // One event more than is taken says where the next request goes on.
    let row: Row = diesel::sql_query(format!(
        "WITH found AS (
             SELECT e.id, e.at, row_number() OVER (ORDER BY e.at, e.id) AS place
             FROM report_events e JOIN webhooks h ON h.id = $1 AND {IS_FOR}
             WHERE e.id = $2 OR e.at >= $3
             ORDER BY e.at, e.id LIMIT $4 + 1
         ), made AS (
             INSERT INTO webhook_deliveries AS d (webhook_id, event_id)
             SELECT $1, id FROM found WHERE place <= $4
             ON CONFLICT (webhook_id, event_id) DO UPDATE
                 SET state = 'pending', attempts = 0, next_attempt_at = now(), sent_at = NULL
             RETURNING webhook_id, event_id
         ), queued AS (
             INSERT INTO jobs AS j (id, kind, payload, dedupe_key, lane, run_at) {AS_JOBS}
             ON CONFLICT (dedupe_key) DO UPDATE
                 SET run_at = excluded.run_at, created_at = now(), attempts = 0, parked_at = NULL
                 WHERE j.leased_until IS NULL
         )
         SELECT (SELECT count(*) FROM made) AS events, (SELECT at FROM found WHERE place > $4) AS next_since"
    ))
    .bind::<SqlUuid, _>(webhook)
    .bind::<Nullable<BigInt>, _>(event)
    .bind::<Nullable<Timestamptz>, _>(since)
    .bind::<BigInt, _>(WEBHOOK_REPLAY_EVENTS)
    .get_result(conn)?;
    Ok(Replayed { events: row.events, next_since: row.next_since })
}

/// The webhook and the event of a delivery that is still to be made.
///
/// # Errors
/// From the database.
pub fn due(conn: &mut PgConnection, webhook: Uuid, event: i64) -> QueryResult<Option<(Target, EventRow)>> {
    webhook_deliveries::table
        .inner_join(webhooks::table)
        .inner_join(report_events::table)
        .filter(webhook_deliveries::webhook_id.eq(webhook))
        .filter(webhook_deliveries::event_id.eq(event))
        .filter(webhook_deliveries::state.eq("pending"))
        .select((Target::as_select(), EventRow::as_select()))
        .first(conn)
        .optional()
}

/// The event was taken.
///
/// # Errors
/// From the database.
pub fn mark_sent(
    conn: &mut PgConnection,
    webhook: Uuid,
    event: i64,
    status: Option<i16>,
    words: &str,
) -> QueryResult<()> {
    note_answer(conn, webhook, event, status, words)?;
    diesel::update(webhook_deliveries::table.find((webhook, event)))
        .set((
            webhook_deliveries::state.eq("sent"),
            webhook_deliveries::sent_at.eq(Utc::now()),
            webhook_deliveries::next_attempt_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(conn)?;
    diesel::update(webhooks::table.find(webhook))
        .filter(webhooks::failing_since.is_not_null())
        .set(webhooks::failing_since.eq(None::<DateTime<Utc>>))
        .execute(conn)
        .map(drop)
}

/// The server answered this to one more attempt.
///
/// # Errors
/// From the database.
pub fn note_answer(
    conn: &mut PgConnection,
    webhook: Uuid,
    event: i64,
    status: Option<i16>,
    words: &str,
) -> QueryResult<()> {
    diesel::update(webhook_deliveries::table.find((webhook, event)))
        .set((
            webhook_deliveries::attempts.eq(webhook_deliveries::attempts + 1),
            webhook_deliveries::answer_status.eq(status),
            webhook_deliveries::answer_words.eq(words),
        ))
        .execute(conn)
        .map(drop)
}

/// An attempt failed; with no `next` the event waits for a person.
///
/// # Errors
/// From the database.
pub fn mark_failed(
    conn: &mut PgConnection,
    delivery: (Uuid, i64),
    attempts: i32,
    (status, words): (Option<i16>, &str),
    next: Option<DateTime<Utc>>,
) -> QueryResult<()> {
    diesel::update(webhook_deliveries::table.find(delivery))
        .filter(webhook_deliveries::state.eq("pending"))
        .set((
            webhook_deliveries::state.eq(if next.is_some() { "pending" } else { "parked" }),
            webhook_deliveries::attempts.eq(attempts),
            webhook_deliveries::answer_status.eq(status),
            webhook_deliveries::answer_words.eq(words),
            webhook_deliveries::next_attempt_at.eq(next),
        ))
        .execute(conn)
        .map(drop)
}

fn end(conn: &mut PgConnection, webhook: Uuid, event: i64, state: &str) -> QueryResult<()> {
    diesel::update(webhook_deliveries::table.find((webhook, event)))
        .filter(webhook_deliveries::state.eq("pending"))
        .set((webhook_deliveries::state.eq(state), webhook_deliveries::next_attempt_at.eq(None::<DateTime<Utc>>)))
        .execute(conn)
        .map(drop)
}

/// Nobody may be told of it any more.
///
/// # Errors
/// From the database.
pub fn withhold(conn: &mut PgConnection, webhook: Uuid, event: i64) -> QueryResult<()> {
    end(conn, webhook, event, "withheld")
}

/// The webhook is switched off: the event waits for a person.
///
/// # Errors
/// From the database.
pub fn park(conn: &mut PgConnection, webhook: Uuid, event: i64) -> QueryResult<()> {
    end(conn, webhook, event, "parked")
}

/// What a webhook was told, and is to be told: the newest event first; one row more than `size`.
///
/// # Errors
/// From the database.
pub fn log(
    conn: &mut PgConnection,
    webhook: Uuid,
    before: Option<i64>,
    size: i64,
) -> QueryResult<Vec<WebhookDelivery>> {
    type Moment = Option<DateTime<Utc>>;
    type Row = (EventRow, String, i32, Option<i16>, Option<String>, Moment, Moment);
    let rows: Vec<Row> = webhook_deliveries::table
        .inner_join(report_events::table)
        .filter(webhook_deliveries::webhook_id.eq(webhook))
        .filter(webhook_deliveries::event_id.lt(before.unwrap_or(i64::MAX)))
        .order(webhook_deliveries::event_id.desc())
        .limit(size + 1)
        .select((
            EventRow::as_select(),
            webhook_deliveries::state,
            webhook_deliveries::attempts,
            webhook_deliveries::answer_status,
            webhook_deliveries::answer_words,
            webhook_deliveries::next_attempt_at,
            webhook_deliveries::sent_at,
        ))
        .load(conn)?;
    let shown = |(event, word, attempts, status, words, next_attempt_at, sent_at): Row| {
        let Stored(kind) = event.kind;
        WebhookDelivery {
            event: event.id,
            message: message_id(webhook, event.id),
            kind,
            report_id: event.report_id,
            at: event.at,
            state: state(&word),
            attempts,
            status: status.and_then(|status| u16::try_from(status).ok()),
            words,
            next_attempt_at,
            sent_at,
        }
    };
    Ok(rows.into_iter().map(shown).collect())
}
