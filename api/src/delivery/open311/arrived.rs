//! Updates that came from a body's server become updates here, each once.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Timestamptz};
use mendmap_shared::error::ErrorCode;
use mendmap_shared::limits::UPDATE_CHARS;
use mendmap_shared::wire::updates::NewUpdate;
use mendmap_shared::workflow::{Status, Visibility};
use uuid::Uuid;

use super::client::Server;
use super::fetch::Stretch;
use super::rules::{self, Standing};
use super::send::number_of_words;
use super::wire::RequestUpdate;
use crate::db::Stored;
use crate::jobs::{self, Job};
use crate::schema::{open311_requests, open311_updates, reports};
use crate::updates::create::{Writer, create};

/// Updates that are taken in one transaction; the rest follows at once.
const AT_ONCE: usize = 200;

/// What became of a list of updates.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many were written.
    pub written: usize,
    /// How many belong to none of our reports, or lie outside of what was asked for.
    pub foreign: usize,
    /// Where there is more: the moment of the last that was taken.
    pub up_to: Option<DateTime<Utc>>,
    /// What staff should know, of the first few.
    pub notes: Vec<String>,
}

impl Taken {
    /// In words, for staff; nothing when nothing happened.
    #[must_use]
    pub fn words(&self, left_out: &[String]) -> Option<String> {
        let mut words = Vec::new();
        if self.written > 0 {
            words.push(format!("{} updates taken", self.written));
        }
        if self.foreign > 0 {
            words.push(format!(
                "{} passed over: outside the time asked for, or of reports that are not ours",
                self.foreign
            ));
        }
        words.extend(self.notes.iter().chain(left_out).cloned());
        (!words.is_empty()).then(|| words.join("; "))
    }
}

/// A report of ours that updates came for.
struct Ours {
    report: i64,
    visibility: Visibility,
    standing: Standing,
    /// The number of the last words that came for it.
    heard: Option<Uuid>,
}

/// Writes what is new of these updates, oldest first, in the caller's transaction. Those outside the stretch are passed over: a
/// server that does not look at the dates it is asked for would tell its whole history.
///
/// # Errors
/// From the database.
pub fn take(
    conn: &mut PgConnection,
    server: &Server,
    stretch: Option<Stretch>,
    mut updates: Vec<RequestUpdate>,
) -> anyhow::Result<Taken> {
    let now = Utc::now();
    let mut taken = Taken::default();
    let all = updates.len();
    updates.retain(|update| match (stretch, update.updated) {
        (Some(stretch), Some(at)) => stretch.has(at, update.zoned),
        _ => true,
    });
    let numbers: HashSet<&str> = updates.iter().map(|update| update.request_id.as_str()).collect();
    let mut of_number: HashMap<String, Vec<i64>> = HashMap::new();
    let rows: Vec<(Option<String>, i64)> = open311_requests::table
        .filter(open311_requests::server_id.eq(server.id))
        .filter(open311_requests::request_id.eq_any(numbers))
        .select((open311_requests::request_id, open311_requests::report_id))
        .load(conn)?;
    for (number, report) in rows {
        of_number.entry(number.unwrap_or_default()).or_default().push(report);
    }
    updates.retain(|update| of_number.contains_key(&update.request_id));
    taken.foreign = all - updates.len();
    let reports: Vec<i64> = of_number.into_values().flatten().collect();
    let mut ours = lock(conn, server, &reports)?;
    let known = known(conn, server, &reports, &updates)?;
    let mut waiting = unanswered(conn, server, &reports)?;

    // Stable: of one moment, in the server's own order.
    updates.sort_by_key(|update| update.updated.unwrap_or(now));
    let mut seen = 0;
    for update in &updates {
        let new: Vec<i64> = ours
            .get(&update.request_id)
            .into_iter()
            .flatten()
            .map(|ours| ours.report)
            .filter(|report| !known.contains(&(*report, update.id.clone())))
            .collect();
        if new.is_empty() {
            continue;
        }
        if seen == AT_ONCE {
            taken.up_to = update.updated.or(Some(now)).map(|at| at.min(now));
            break;
        }
        seen += 1;
        for ours in ours.get_mut(&update.request_id).into_iter().flatten().filter(|ours| new.contains(&ours.report)) {
            let said = number_of_words(update.description.as_deref().unwrap_or_default());
            if waiting.remove(&(ours.report, said)) {
                name_echo(conn, server, ours.report, said, &update.id)?;
            } else {
                write(conn, server, ours, update, now, &mut taken)?;
            }
        }
    }
    Ok(taken)
}

/// Locks the reports, in the order of their numbers as others may hold some of them, as firmly as whoever writes an update
/// does, and finds out where each stands: by the
/// last word on its status, here or there.
fn lock(conn: &mut PgConnection, server: &Server, reports: &[i64]) -> QueryResult<HashMap<String, Vec<Ours>>> {
    type Row = (i64, Stored<Status>, Stored<Visibility>);
    let rows: Vec<Row> = reports::table
        .filter(reports::id.eq_any(reports))
        .order(reports::id)
        .select((reports::id, reports::status, reports::visibility))
        .for_update()
        .load(conn)?;
    #[derive(QueryableByName)]
    struct Since {
        #[diesel(sql_type = BigInt)]
        report_id: i64,
        #[diesel(sql_type = diesel::sql_types::Text)]
        request_id: String,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        since: Option<DateTime<Utc>>,
        #[diesel(sql_type = Nullable<diesel::sql_types::Uuid>)]
        heard: Option<Uuid>,
    }
    let since: Vec<Since> = diesel::sql_query(
        "SELECT q.report_id, q.request_id, greatest(q.status_at, (
             SELECT max(u.created_at) FROM updates u
             WHERE u.report_id = q.report_id AND u.visibility = 'published' AND u.status IS NOT NULL
               AND NOT EXISTS (SELECT FROM open311_updates o
                               WHERE o.update_id = u.id AND o.server_id = q.server_id AND o.incoming))) AS since,
             (SELECT h.said FROM open311_updates h WHERE h.server_id = q.server_id AND h.report_id = q.report_id AND h.incoming
              ORDER BY h.id DESC LIMIT 1) AS heard
         FROM open311_requests q
         WHERE q.server_id = $1 AND q.report_id = ANY ($2) AND q.request_id IS NOT NULL",
    )
    .bind::<BigInt, _>(server.id)
    .bind::<Array<BigInt>, _>(reports)
    .load(conn)?;
    let found: HashMap<i64, Row> = rows.into_iter().map(|row| (row.0, row)).collect();
    let mut ours: HashMap<String, Vec<Ours>> = HashMap::new();
    for row in since {
        let Some((report, status, visibility)) = found.get(&row.report_id) else { continue };
        let standing = Standing { status: status.0, since: row.since.unwrap_or(DateTime::UNIX_EPOCH) };
        let ours_now = Ours { report: *report, visibility: visibility.0, standing, heard: row.heard };
        ours.entry(row.request_id).or_default().push(ours_now);
    }
    Ok(ours)
}

/// Those that were taken, or sent, before.
fn known(
    conn: &mut PgConnection,
    server: &Server,
    reports: &[i64],
    updates: &[RequestUpdate],
) -> QueryResult<HashSet<(i64, String)>> {
    let ids: Vec<&str> = updates.iter().map(|update| update.id.as_str()).collect();
    let rows: Vec<(i64, Option<String>)> = open311_updates::table
        .filter(open311_updates::server_id.eq(server.id))
        .filter(open311_updates::report_id.eq_any(reports))
        .filter(open311_updates::remote_id.eq_any(ids))
        .select((open311_updates::report_id, open311_updates::remote_id))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(report, id)| Some((report, id?))).collect())
}

/// The words of updates that were sent and whose number there is not known.
fn unanswered(conn: &mut PgConnection, server: &Server, reports: &[i64]) -> QueryResult<HashSet<(i64, Uuid)>> {
    let rows: Vec<(i64, Option<Uuid>)> = open311_updates::table
        .filter(open311_updates::server_id.eq(server.id))
        .filter(open311_updates::report_id.eq_any(reports))
        .filter(open311_updates::incoming.eq(false).and(open311_updates::remote_id.is_null()))
        .select((open311_updates::report_id, open311_updates::said))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(report, said)| Some((report, said?))).collect())
}

/// One of ours came back, and with it its number there.
fn name_echo(conn: &mut PgConnection, server: &Server, report: i64, said: Uuid, number: &str) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE open311_updates SET remote_id = $4 WHERE id = (
             SELECT id FROM open311_updates WHERE server_id = $1 AND report_id = $2 AND said = $3 AND remote_id IS NULL
             ORDER BY id LIMIT 1)",
    )
    .bind::<BigInt, _>(server.id)
    .bind::<BigInt, _>(report)
    .bind::<diesel::sql_types::Uuid, _>(said)
    .bind::<diesel::sql_types::Text, _>(number)
    .execute(conn)
    .map(drop)
}

fn write(
    conn: &mut PgConnection,
    server: &Server,
    ours: &mut Ours,
    update: &RequestUpdate,
    now: DateTime<Utc>,
    taken: &mut Taken,
) -> anyhow::Result<()> {
    let mut effect = rules::effect(update, ours.standing, server.extended, UPDATE_CHARS, now);
    let said = effect.text.as_deref().map(number_of_words);
    if said.is_some() && said == ours.heard {
        // A server that gives what it says a new number each time would fill the page.
        effect.text = None;
        effect.note.get_or_insert_with(|| "it said the same before".to_owned());
    }
    ours.heard = said.or(ours.heard);
    let mut written = None;
    if !matches!(ours.visibility, Visibility::Published | Visibility::Private) {
        effect.note = Some("the report is not to be seen".to_owned());
    } else if !effect.is_nothing() {
        let text = effect.text.as_deref().and_then(|text| text.parse().ok());
        let new = NewUpdate { text, status: effect.status, ..NewUpdate::default() };
        let writer = Writer::Integrator { body: server.body_id };
        match conn.transaction(|conn| create(conn, ours.report, writer, &new)) {
            Ok(update) => {
                written = Some(update.id);
                taken.written += 1;
            }
            Err(error) if matches!(error.error_code(), ErrorCode::Internal | ErrorCode::Unavailable) => {
                return Err(error.into());
            }
            Err(error) => effect.note = Some(error.error_code().message().to_owned()),
        }
    }
    let media: Vec<&str> = update.media.iter().filter(|_| written.is_some()).map(String::as_str).collect();
    if let (Some(update), false) = (written, media.is_empty()) {
        jobs::queries::enqueue(conn, &Job::Open311Pictures { update, server: server.id })?;
    }
    if written.is_some()
        && let Some(status) = effect.status
    {
        ours.standing.status = status;
    }
    let is_done = effect.status.is_none() || written.is_some();
    if let Some(at) = effect.status_at.filter(|_| is_done) {
        ours.standing.since = ours.standing.since.max(at);
        diesel::update(open311_requests::table.find((ours.report, server.id)))
            .set(open311_requests::status_at.eq(at))
            .execute(conn)?;
    }
    if let Some(note) = &effect.note
        && taken.notes.len() < 5
    {
        taken.notes.push(format!("update {} of {}: {note}", rules::shortened(&update.id, 40), ours.report));
    }
    diesel::insert_into(open311_updates::table)
        .values((
            open311_updates::server_id.eq(server.id),
            open311_updates::report_id.eq(ours.report),
            open311_updates::update_id.eq(written),
            open311_updates::incoming.eq(true),
            open311_updates::remote_id.eq(&update.id),
            open311_updates::said.eq(ours.heard),
            open311_updates::note.eq(&effect.note),
            open311_updates::media.eq(media),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(())
}
