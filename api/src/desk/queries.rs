//! What the desk shows of one report, and what staff write about it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::error::ErrorCode;
use mendmap_shared::questions::{Answers, Question};
use mendmap_shared::wire::categories::BodyRef;
use mendmap_shared::wire::desk::{AnswerShown, AuthorContact, DeskRow, Note, StaffDelivery};
use mendmap_shared::wire::reports::ReportSummary;

use super::listing::DeskListRow;
use crate::auth::queries::bodies_where;
use crate::auth::rules::Permission;
use crate::auth::tokens::Keys;
use crate::bodies as body_feature;
use crate::delivery::queries::state;
use crate::error::{ApiError, ApiResult};
use crate::jobs::{self, Job};
use crate::reports::models::SummaryRow;
use crate::reports::queries::summaries;
use crate::reports::rules::answers_in_words;
use crate::schema::{audit_log, bodies, deliveries, desk_reads, notes, report_contacts, reports, users};

/// The body with this slug, for somebody who may do this there.
///
/// # Errors
/// `not_found` for whoever does not work there, as if there were none; `forbidden` for staff who may not.
pub fn body_for(conn: &mut PgConnection, user: i64, slug: &str, permission: Permission) -> ApiResult<i64> {
    let body = body_feature::queries::id_of(conn, slug)?;
    if bodies_where(conn, user, permission)?.contains(&body) {
        return Ok(body);
    }
    // Staff of the body learn that they may not; others not even that it has a desk.
    let views = bodies_where(conn, user, Permission::ViewDesk)?.contains(&body);
    Err(if views { ErrorCode::Forbidden } else { ErrorCode::NotFound }.into())
}

/// The rows of a list with what everybody sees of them, in the same order.
///
/// # Errors
/// From the database.
pub fn with_summaries(conn: &mut PgConnection, keys: &Keys, rows: Vec<DeskListRow>) -> QueryResult<Vec<DeskRow>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    let found: Vec<SummaryRow> =
        reports::table.filter(reports::id.eq_any(ids)).select(SummaryRow::as_select()).load(conn)?;
    let mut found: std::collections::HashMap<i64, ReportSummary> =
        summaries(conn, found, &|photo| keys.photo_query(photo))?
            .into_iter()
            .map(|report| (report.id, report))
            .collect();
    let with = |row: DeskListRow| {
        let report = found.remove(&row.id)?;
        Some(DeskRow { report, unread: row.unread, due_at: row.due_at, overdue: row.overdue })
    };
    Ok(rows.into_iter().filter_map(with).collect())
}

/// The person who reported, and their answers in words.
///
/// # Errors
/// From the database.
pub fn contact(conn: &mut PgConnection, report: i64) -> ApiResult<(Option<AuthorContact>, Vec<AnswerShown>)> {
    type Row = (Option<String>, Option<String>, Option<String>, bool, serde_json::Value, serde_json::Value);
    let row: Option<Row> = report_contacts::table
        .find(report)
        .select((
            report_contacts::name,
            report_contacts::email,
            report_contacts::phone,
            report_contacts::anonymous,
            report_contacts::answers,
            report_contacts::questions,
        ))
        .first(conn)
        .optional()?;
    let Some((name, email, phone, anonymous, answers, questions)) = row else { return Ok((None, Vec::new())) };
    let answers: Answers = serde_json::from_value(answers).map_err(ApiError::internal)?;
    let questions: Vec<Question> = serde_json::from_value(questions).map_err(ApiError::internal)?;
    Ok((Some(AuthorContact { name, email, phone, anonymous }), answers_in_words(&questions, &answers)))
}

/// The notes these bodies' staff wrote on a report.
///
/// # Errors
/// From the database.
pub fn notes(conn: &mut PgConnection, report: i64, of_bodies: &[i64]) -> QueryResult<Vec<Note>> {
    type Author = Option<(Option<String>, String)>;
    type Row = (i64, DateTime<Utc>, Author, String);
    let rows: Vec<Row> = notes::table
        .left_join(users::table)
        .filter(notes::report_id.eq(report))
        .filter(notes::body_id.eq_any(of_bodies))
        .order(notes::id)
        .select((notes::id, notes::created_at, (users::name, users::email).nullable(), notes::text))
        .load(conn)?;
    let note = |(id, created_at, author, text): Row| {
        let author = author.map(|(name, email)| name.unwrap_or(email)).unwrap_or_default();
        Note { id, created_at, author, text }
    };
    Ok(rows.into_iter().map(note).collect())
}

/// Writes a note for the staff of one body.
///
/// # Errors
/// From the database.
pub fn add_note(conn: &mut PgConnection, report: i64, body: i64, user: i64, text: &str) -> QueryResult<Note> {
    let (id, created_at): (i64, DateTime<Utc>) = diesel::insert_into(notes::table)
        .values((notes::report_id.eq(report), notes::body_id.eq(body), notes::author_id.eq(user), notes::text.eq(text)))
        .returning((notes::id, notes::created_at))
        .get_result(conn)?;
    let (name, email): (Option<String>, String) =
        users::table.find(user).select((users::name, users::email)).first(conn)?;
    Ok(Note { id, created_at, author: name.unwrap_or(email), text: text.to_owned() })
}

/// How a report and its residents' updates were handed over, as staff see it.
///
/// # Errors
/// From the database.
pub fn deliveries(conn: &mut PgConnection, report: i64) -> QueryResult<Vec<StaffDelivery>> {
    type Moment = Option<DateTime<Utc>>;
    type Row = (String, String, Option<i64>, String, i32, Moment, Moment, Option<String>);
    let rows: Vec<Row> = deliveries::table
        .inner_join(bodies::table)
        .filter(deliveries::report_id.eq(report))
        .order((bodies::name, deliveries::update_id.asc().nulls_first()))
        .select((
            bodies::slug,
            bodies::name,
            deliveries::update_id,
            deliveries::state,
            deliveries::attempts,
            deliveries::sent_at,
            deliveries::next_attempt_at,
            deliveries::last_error,
        ))
        .load(conn)?;
    let delivery = |(slug, name, update_id, word, attempts, sent_at, next_attempt_at, last_error): Row| StaffDelivery {
        body: BodyRef { slug, name },
        update_id,
        state: state(&word),
        attempts,
        sent_at,
        next_attempt_at,
        last_error,
    };
    Ok(rows.into_iter().map(delivery).collect())
}

/// Lets every parked delivery of a report to a body run again. Says whether there was one.
///
/// # Errors
/// From the database.
pub fn retry(conn: &mut PgConnection, report: i64, body: i64) -> QueryResult<bool> {
    let parked: Vec<uuid::Uuid> = diesel::update(deliveries::table)
        .filter(deliveries::report_id.eq(report))
        .filter(deliveries::body_id.eq(body))
        .filter(deliveries::state.eq("parked"))
        .set((deliveries::state.eq("pending"), deliveries::next_attempt_at.eq(Some(Utc::now()))))
        .returning(deliveries::id)
        .get_results(conn)?;
    let again: Vec<Job> = parked.into_iter().map(|delivery| Job::Deliver { delivery }).collect();
    jobs::queries::unpark_all(conn, &again)?;
    Ok(!again.is_empty())
}

/// This person has seen the report as it is now: read at the moment of its last change, whatever clock that was by.
///
/// # Errors
/// From the database.
pub fn mark_read(conn: &mut PgConnection, user: i64, report: i64) -> QueryResult<()> {
    let changed: DateTime<Utc> = reports::table.find(report).select(reports::updated_at).first(conn)?;
    diesel::insert_into(desk_reads::table)
        .values((desk_reads::user_id.eq(user), desk_reads::report_id.eq(report), desk_reads::read_at.eq(changed)))
        .on_conflict((desk_reads::user_id, desk_reads::report_id))
        .do_update()
        .set(desk_reads::read_at.eq(changed))
        .execute(conn)
        .map(drop)
}

/// One entry of the audit log, in the transaction of what it tells.
///
/// # Errors
/// From the database.
pub fn audit(
    conn: &mut PgConnection,
    actor: Option<i64>,
    action: &str,
    object: (&str, i64),
    detail: &serde_json::Value,
) -> QueryResult<()> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::actor_id.eq(actor),
            audit_log::action.eq(action),
            audit_log::object_type.eq(object.0),
            audit_log::object_id.eq(object.1),
            audit_log::detail.eq(detail),
        ))
        .execute(conn)
        .map(drop)
}
