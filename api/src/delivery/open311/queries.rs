//! Servers, and which reports and updates go to them.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use mendmap_shared::wire::integrations_open311::{Open311Format, Open311Photos};
use uuid::Uuid;

use super::client::Server;
use crate::auth::sealed;
use crate::auth::tokens::Keys;
use crate::delivery::queries::mark_sent;
use crate::jobs::{self, Job};
use crate::schema::{open311_requests, open311_servers, open311_updates};

/// Reports whose next step is looked for in one go.
const HEADS: i64 = 1_000;

/// What a key is sealed for: one body's opens for no other.
#[must_use]
pub fn key_owner(body: i64) -> String {
    format!("open311 key of body {body}")
}

/// The server with this number, ready to be called; nothing where it was removed.
///
/// # Errors
/// From the database; and where its key cannot be opened any more, for a person to enter it again.
pub fn server(conn: &mut PgConnection, keys: &Keys, id: i64) -> anyhow::Result<Option<Server>> {
    type Row = (i64, String, Option<String>, Option<Vec<u8>>, String, bool, String);
    let row: Option<Row> = open311_servers::table
        .find(id)
        .select((
            open311_servers::body_id,
            open311_servers::endpoint,
            open311_servers::jurisdiction,
            open311_servers::key_sealed,
            open311_servers::format,
            open311_servers::extended_statuses,
            open311_servers::photos,
        ))
        .first(conn)
        .optional()?;
    let Some((body_id, endpoint, jurisdiction, sealed, format, extended, photos)) = row else { return Ok(None) };
    let key = match sealed {
        None => None,
        Some(secret) => Some(sealed::open(keys, &key_owner(body_id), &secret).map_err(|_| {
            crate::delivery::Refused("its key was kept under another SECRET_KEY and must be entered again".into())
        })?),
    };
    let photos = if photos == "uploads" { Open311Photos::Uploads } else { Open311Photos::Links };
    let format = if format == "json" { Open311Format::Json } else { Open311Format::Xml };
    Ok(Some(Server { id, body_id, endpoint, jurisdiction, key, format, extended, photos }))
}

/// How far a report has come at a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestState {
    /// It has not answered yet.
    Sending,
    /// It gave a token.
    Token,
    /// It gave a number.
    Numbered,
    /// It took it and gives no number.
    Unnumbered,
}

impl FromStr for RequestState {
    type Err = anyhow::Error;
    fn from_str(word: &str) -> anyhow::Result<Self> {
        Ok(match word {
            "sending" => Self::Sending,
            "token" => Self::Token,
            "numbered" => Self::Numbered,
            "unnumbered" => Self::Unnumbered,
            other => anyhow::bail!("{other:?} is no state of a report at a server"),
        })
    }
}

/// Of the bodies a report went to, those that are told by their server. A new report goes there where its category is one of
/// the server's services; an update follows its report.
///
/// # Errors
/// From the database.
pub fn told_by_server(conn: &mut PgConnection, report: i64, is_update: bool) -> QueryResult<Vec<i64>> {
    if !is_update {
        diesel::sql_query(
            "INSERT INTO open311_requests (report_id, server_id)
             SELECT rb.report_id, s.server_id FROM report_bodies rb JOIN open311_services s ON s.category_id = rb.category_id
             WHERE rb.report_id = $1 ON CONFLICT DO NOTHING",
        )
        .bind::<BigInt, _>(report)
        .execute(conn)?;
    }
    open311_requests::table
        .inner_join(open311_servers::table)
        .filter(open311_requests::report_id.eq(report))
        .select(open311_servers::body_id)
        .load(conn)
}

/// Waits for whoever is at a report that goes to a server, and keeps others waiting until the transaction ends: what is next
/// for it is found out by one at a time. To be called before anything else is locked, as whoever writes an update locks its
/// report first, too.
///
/// # Errors
/// From the database.
pub fn lock_report(conn: &mut PgConnection, delivery: Uuid) -> QueryResult<Option<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let row: Option<Row> = diesel::sql_query(
        "SELECT r.id FROM reports r WHERE r.id = (SELECT report_id FROM deliveries WHERE id = $1)
         AND EXISTS (SELECT FROM open311_requests q WHERE q.report_id = r.id) FOR NO KEY UPDATE OF r",
    )
    .bind::<diesel::sql_types::Uuid, _>(delivery)
    .get_result(conn)
    .optional()?;
    Ok(row.map(|row| row.id))
}

/// Makes the job of whatever is next at each server a report goes to: the report itself, then its updates in the order in
/// which they were made, each once the one before was acknowledged or is parked. Without a report: of all reports, as nothing
/// may be forgotten.
///
/// # Errors
/// From the database.
pub fn advance(conn: &mut PgConnection, report: Option<i64>) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Head {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        delivery: Uuid,
        #[diesel(sql_type = BigInt)]
        server: i64,
    }
    let heads: Vec<Head> = diesel::sql_query(
        "SELECT h.delivery, h.server FROM (
             SELECT DISTINCT ON (q.report_id, q.server_id) d.id AS delivery, q.server_id AS server, q.state,
                    d.update_id IS NOT NULL AS is_update
             FROM open311_requests q
             JOIN open311_servers s ON s.id = q.server_id
             JOIN deliveries d ON d.report_id = q.report_id AND d.body_id = s.body_id AND d.state = 'pending'
             WHERE $1 IS NULL OR q.report_id = $1
             ORDER BY q.report_id, q.server_id, d.update_id IS NOT NULL, d.id
         ) h
         WHERE (NOT h.is_update OR h.state IN ('numbered', 'unnumbered'))
           AND NOT EXISTS (SELECT FROM jobs j WHERE j.dedupe_key = 'delivery ' || h.delivery)
         LIMIT $2",
    )
    .bind::<Nullable<BigInt>, _>(report)
    .bind::<BigInt, _>(HEADS)
    .load(conn)?;
    let heads: Vec<Job> =
        heads.into_iter().map(|head| Job::Open311Deliver { delivery: head.delivery, server: head.server }).collect();
    jobs::queries::enqueue_all(conn, &heads)
}

/// What the answer to a report was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledged {
    /// Its number there.
    Number(String),
    /// A token to ask for the number with.
    Token(String),
    /// That it is there, and has no number.
    Nothing,
}

/// Writes down that a server has a report.
///
/// # Errors
/// From the database.
pub fn acknowledged(
    conn: &mut PgConnection,
    report: i64,
    server: i64,
    delivery: Uuid,
    answer: &Acknowledged,
) -> QueryResult<()> {
    match answer {
        Acknowledged::Number(number) => numbered(conn, report, server, Some(number))?,
        Acknowledged::Nothing => numbered(conn, report, server, None)?,
        Acknowledged::Token(token) => {
            let now = Utc::now();
            diesel::update(open311_requests::table.find((report, server)))
                .set((
                    open311_requests::state.eq("token"),
                    open311_requests::token.eq(token),
                    open311_requests::token_at.eq(now),
                ))
                .execute(conn)?;
            jobs::queries::enqueue_at(conn, &Job::Open311Token { report, server }, now + super::FIRST_TOKEN_POLL)?;
        }
    }
    mark_sent(conn, delivery)?;
    advance(conn, Some(report))
}

/// The number of a report there is known, or that there will be none.
///
/// # Errors
/// From the database.
pub fn numbered(conn: &mut PgConnection, report: i64, server: i64, number: Option<&str>) -> QueryResult<()> {
    diesel::update(open311_requests::table.find((report, server)))
        .set((
            open311_requests::state.eq(if number.is_some() { "numbered" } else { "unnumbered" }),
            open311_requests::request_id.eq(number),
        ))
        .execute(conn)
        .map(drop)
}

/// Writes down that an update is about to be sent, before it is: should its answer be lost, its words are known again.
///
/// # Errors
/// From the database.
pub fn saying(conn: &mut PgConnection, server: i64, report: i64, update: i64, said: Uuid) -> QueryResult<()> {
    diesel::insert_into(open311_updates::table)
        .values((
            open311_updates::server_id.eq(server),
            open311_updates::report_id.eq(report),
            open311_updates::update_id.eq(update),
            open311_updates::incoming.eq(false),
            open311_updates::said.eq(said),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .map(drop)
}

/// Writes down that a server has an update, and its number there, if it told.
///
/// # Errors
/// From the database.
pub fn said(
    conn: &mut PgConnection,
    report: i64,
    server: i64,
    update: i64,
    delivery: Uuid,
    number: Option<&str>,
) -> QueryResult<()> {
    if let Some(number) = number {
        let taken = open311_updates::table
            .filter(open311_updates::server_id.eq(server))
            .filter(open311_updates::report_id.eq(report))
            .filter(open311_updates::remote_id.eq(number));
        // A server that gives two updates one number: the first keeps it.
        if !diesel::select(diesel::dsl::exists(taken)).get_result::<bool>(conn)? {
            diesel::update(open311_updates::table)
                .filter(open311_updates::server_id.eq(server))
                .filter(open311_updates::update_id.eq(update))
                .set(open311_updates::remote_id.eq(number))
                .execute(conn)?;
        }
    }
    mark_sent(conn, delivery)?;
    advance(conn, Some(report))
}

/// What a report had come to before this attempt, and that one is under way now.
///
/// # Errors
/// From the database.
pub fn trying(conn: &mut PgConnection, report: i64, server: i64) -> QueryResult<Option<DateTime<Utc>>> {
    let row = open311_requests::table.find((report, server));
    let before: Option<DateTime<Utc>> = row.select(open311_requests::tried_at).first(conn)?;
    if before.is_none() {
        diesel::update(row).set(open311_requests::tried_at.eq(Utc::now())).execute(conn)?;
    }
    Ok(before)
}

/// The jobs that keep us in step with each server, for those that have none: at its first day, and should one get lost.
///
/// # Errors
/// From the database.
pub fn keep_in_step(conn: &mut PgConnection) -> QueryResult<()> {
    let servers: Vec<i64> = open311_servers::table.select(open311_servers::id).load(conn)?;
    let all: Vec<Job> =
        servers.into_iter().flat_map(|server| [Job::Open311Poll { server }, Job::Open311Sync { server }]).collect();
    let tokens: Vec<(i64, i64)> = open311_requests::table
        .filter(open311_requests::state.eq("token"))
        .order((open311_requests::server_id, open311_requests::report_id))
        .limit(HEADS)
        .select((open311_requests::report_id, open311_requests::server_id))
        .load(conn)?;
    let tokens = tokens.into_iter().map(|(report, server)| Job::Open311Token { report, server });
    let all: Vec<Job> = all.into_iter().chain(tokens).collect();
    jobs::queries::enqueue_all(conn, &all)?;
    // One that took its workers along for days is parked; whatever it was may be over.
    jobs::queries::unpark_all(conn, &all)?;
    advance(conn, None)
}
