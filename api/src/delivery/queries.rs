//! Deliveries and who is told about an update.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date};
use mendmap_shared::wire::desk::DeliveryState;
use uuid::Uuid;

use super::open311;
use crate::auth::queries::role;
use crate::auth::rules::{Permission, may};
use crate::jobs::{self, Job};
use crate::schema::{alerts, deliveries, report_bodies, report_media, reports, staff, updates};

/// Where a delivery is, by the word in the database.
#[must_use]
pub fn state(word: &str) -> DeliveryState {
    match word {
        "sent" => DeliveryState::Sent,
        "parked" => DeliveryState::Parked,
        "withheld" => DeliveryState::Withheld,
        _ => DeliveryState::Pending,
    }
}

/// Makes the deliveries of a report, or of an update of it, to every body the report went to, and the jobs that carry
/// them out: by mail, or to the body's own server. In the caller's transaction; done before, it does nothing. A report waits for
/// the pictures that are still being fetched: the last of them asks again.
///
/// # Errors
/// From the database.
pub fn deliver(conn: &mut PgConnection, report_id: i64, update_id: Option<i64>) -> QueryResult<()> {
    let is_waiting =
        report_media::table.filter(report_media::report_id.eq(report_id)).filter(report_media::state.eq("pending"));
    if diesel::select(diesel::dsl::exists(is_waiting)).get_result(conn)? {
        return Ok(());
    }
    let bodies: Vec<i64> = report_bodies::table
        .filter(report_bodies::report_id.eq(report_id))
        .select(report_bodies::body_id)
        .load(conn)?;
    let by_server = open311::queries::told_by_server(conn, report_id, update_id.is_some())?;
    deliver_to(conn, report_id, update_id, &bodies, &by_server)
}

/// Makes the delivery of what a body's staff wrote on the desk to that body's own server, if the report went there: its back
/// office must not show another status than the public page. No letter is written for it.
///
/// # Errors
/// From the database.
pub fn deliver_own(conn: &mut PgConnection, report_id: i64, update_id: i64, body: i64) -> QueryResult<()> {
    let by_server = open311::queries::told_by_server(conn, report_id, true)?;
    if by_server.contains(&body) { deliver_to(conn, report_id, Some(update_id), &[body], &by_server) } else { Ok(()) }
}

fn deliver_to(
    conn: &mut PgConnection,
    report_id: i64,
    update_id: Option<i64>,
    bodies: &[i64],
    by_server: &[i64],
) -> QueryResult<()> {
    let rows: Vec<_> = bodies
        .iter()
        .map(|body| {
            (
                deliveries::id.eq(Uuid::now_v7()),
                deliveries::report_id.eq(report_id),
                deliveries::update_id.eq(update_id),
                deliveries::body_id.eq(body),
                deliveries::next_attempt_at.eq(Some(Utc::now())),
            )
        })
        .collect();
    let made: Vec<(Uuid, i64)> = diesel::insert_into(deliveries::table)
        .values(rows)
        .on_conflict_do_nothing()
        .returning((deliveries::id, deliveries::body_id))
        .get_results(conn)?;
    let by_mail = made.into_iter().filter(|(_, body)| !by_server.contains(body));
    let jobs: Vec<Job> = by_mail.map(|(delivery, _)| Job::Deliver { delivery }).collect();
    jobs::queries::enqueue_all(conn, &jobs)?;
    if by_server.is_empty() { Ok(()) } else { open311::queries::advance(conn, Some(report_id)) }
}

/// The delivery arrived.
///
/// # Errors
/// From the database.
pub fn mark_sent(conn: &mut PgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(deliveries::table.find(id))
        .filter(deliveries::state.ne("sent"))
        .set((
            deliveries::state.eq("sent"),
            deliveries::attempts.eq(deliveries::attempts + 1),
            deliveries::sent_at.eq(Utc::now()),
            deliveries::next_attempt_at.eq(None::<DateTime<Utc>>),
            deliveries::last_error.eq(None::<String>),
        ))
        .execute(conn)
        .map(drop)
}

/// There was nothing to hand over: the report or the update is not to be seen (any more).
///
/// # Errors
/// From the database.
pub fn mark_withheld(conn: &mut PgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(deliveries::table.find(id))
        .filter(deliveries::state.ne("sent"))
        .set((deliveries::state.eq("withheld"), deliveries::next_attempt_at.eq(None::<DateTime<Utc>>)))
        .execute(conn)
        .map(drop)
}

/// An attempt failed; with no `next` it waits for a person.
///
/// # Errors
/// From the database.
pub fn mark_failed(
    conn: &mut PgConnection,
    id: Uuid,
    attempts: i32,
    error: &str,
    next: Option<DateTime<Utc>>,
) -> QueryResult<()> {
    diesel::update(deliveries::table.find(id))
        .filter(deliveries::state.ne("sent"))
        .set((
            deliveries::state.eq(if next.is_some() { "pending" } else { "parked" }),
            deliveries::attempts.eq(attempts),
            deliveries::next_attempt_at.eq(next),
            deliveries::last_error.eq(error),
        ))
        .execute(conn)
        .map(drop)
}

/// Jobs that tell the staff who may send again what waits for a person at their body; none for a body that was told today.
///
/// # Errors
/// From the database.
pub fn parked_summary_jobs(conn: &mut PgConnection, day: NaiveDate) -> QueryResult<Vec<Job>> {
    #[derive(QueryableByName)]
    struct Told {
        #[diesel(sql_type = BigInt)]
        body_id: i64,
    }
    let told: Vec<Told> = diesel::sql_query(
        "INSERT INTO parked_summaries AS told (body_id, day)
         SELECT DISTINCT d.body_id, $1
         FROM deliveries d JOIN reports r ON r.id = d.report_id AND r.visibility IN ('published', 'private')
         WHERE d.state = 'parked'
         ON CONFLICT (body_id) DO UPDATE SET day = excluded.day WHERE told.day < excluded.day
         RETURNING body_id",
    )
    .bind::<Date, _>(day)
    .load(conn)?;
    let told: Vec<i64> = told.into_iter().map(|row| row.body_id).collect();
    let people: Vec<(i64, i64, String)> = staff::table
        .filter(staff::body_id.eq_any(told))
        .select((staff::body_id, staff::user_id, staff::role))
        .load(conn)?;
    let may_send = |word: &str| role(word).is_some_and(|role| may(role, Permission::RetryDeliveries));
    let summary = |(body, user, _)| Job::ParkedSummary { body, user, day };
    Ok(people.into_iter().filter(|(_, _, word)| may_send(word)).map(summary).collect())
}

/// The reports of which something waits for a person at a body, longest waiting first, and how many there are in all.
///
/// # Errors
/// From the database.
pub fn parked_reports(conn: &mut PgConnection, body: i64, at_most: i64) -> QueryResult<(Vec<(i64, String)>, i64)> {
    let parked = || {
        reports::table.filter(reports::visibility.eq_any(["published", "private"])).filter(diesel::dsl::exists(
            deliveries::table
                .filter(deliveries::report_id.eq(reports::id))
                .filter(deliveries::body_id.eq(body))
                .filter(deliveries::state.eq("parked")),
        ))
    };
    let rows = parked().order(reports::id).limit(at_most).select((reports::id, reports::title)).load(conn)?;
    Ok((rows, parked().count().get_result(conn)?))
}

/// One mail for each follower of the report an update belongs to, but none for whoever wrote it.
///
/// # Errors
/// From the database.
pub fn alert_jobs(conn: &mut PgConnection, update: i64) -> QueryResult<Vec<Job>> {
    let followers: Vec<Uuid> = updates::table
        .inner_join(reports::table.on(reports::id.eq(updates::report_id)))
        .inner_join(alerts::table.on(alerts::report_id.eq(updates::report_id)))
        .filter(updates::id.eq(update))
        .filter(updates::visibility.eq("published"))
        .filter(reports::visibility.eq_any(["published", "private"]))
        .filter(updates::author_id.is_null().or(updates::author_id.assume_not_null().ne(alerts::user_id)))
        .select(alerts::id)
        .load(conn)?;
    Ok(followers.into_iter().map(|alert| Job::AlertMail { alert, update }).collect())
}
