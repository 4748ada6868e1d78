//! Asking a body's server for numbers and for updates.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, Timelike as _, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Jsonb, Text};
use rand::Rng as _;
use uuid::Uuid;

use super::arrived;
use super::client::{Server, Trouble};
use super::queries;
use super::rules;
use super::send::written;
use super::wire::{self, Listed, Request, RequestUpdate};
use crate::delivery::{Errand, LANE_RESTS, Outside, Post, Record};
use crate::jobs::rules::next_attempt_after;
use crate::jobs::{self, Job};
use crate::schema::{open311_requests, open311_servers};

/// Minutes between two looks for updates.
const POLL_MINUTES: i64 = 5;
/// Seconds after which the next stretch is fetched while there is more than one.
const NEXT_STRETCH_SECONDS: i64 = 2;
/// The longest stretch of time that is asked for at once, in minutes.
const LONGEST_STRETCH: i32 = 24 * 60;
/// The shortest, where answers are too large.
const SHORTEST_STRETCH: i32 = 2;
/// How far back each look reaches beyond the last, in minutes: servers write some updates down later than they date them.
const OVERLAP: i32 = 120;
/// Reports that a server without updates of its own is asked about at once.
const REPORTS_AT_ONCE: i64 = 50;
/// Of these, how many are asked for one by one where the list does not have them.
const ONE_BY_ONE: usize = 10;
/// Hours by which a moment without a zone may be wrong.
const ZONES_HOURS: i64 = 14;
/// Days for which a server without updates of its own is asked about a report that is finished with.
const FINISHED_DAYS: i64 = 30;

/// A wait that is a tenth longer or shorter each time, so that servers are not all asked at one moment.
pub(super) fn about(wait: Duration) -> Duration {
    let tenth = wait.num_milliseconds() / 10;
    wait + Duration::milliseconds(rand::rng().random_range(-tenth..=tenth))
}

/// How long after so many failures in a row a look is taken again; never given up, as nobody would begin it anew.
pub(super) fn after_failures(failures: i32, usual: Duration) -> Duration {
    about(next_attempt_after(failures, Duration::zero()).unwrap_or(usual).max(Duration::minutes(1)))
}

/// Asks for the number behind a token.
///
/// # Errors
/// From the database.
pub fn token(conn: &mut PgConnection, post: &Post, report: i64, server: i64) -> anyhow::Result<Errand> {
    type Row = (Option<String>, Option<DateTime<Utc>>, i32);
    let row: Option<Row> = open311_requests::table
        .find((report, server))
        .filter(open311_requests::state.eq("token"))
        .select((open311_requests::token, open311_requests::token_at, open311_requests::token_tries))
        .first(conn)
        .optional()?;
    let Some((Some(token), Some(since), tries)) = row else { return Ok(Errand::Nothing) };
    let Some(server) = queries::server(conn, &post.keys, server)? else { return Ok(Errand::Nothing) };
    Ok(Errand::Call(Box::new(move |outside| {
        let asked = server.get(outside.outbound, &["tokens", &token], &[]);
        let silent = matches!(asked, Err(Trouble::Later(_)));
        // Not known yet, not known any more, nonsense: all are asked again until the time is up.
        let number = asked.ok().and_then(|body| wire::accepted(&body).ok()).and_then(|answer| answer.request_id);
        let record: Record = Box::new(move |conn| {
            diesel::sql_query("SELECT FROM reports WHERE id = $1 FOR NO KEY UPDATE")
                .bind::<BigInt, _>(report)
                .execute(conn)?;
            if let Some(number) = number {
                queries::numbered(conn, report, server.id, Some(&number))?;
                return Ok(queries::advance(conn, Some(report))?);
            }
            let now = Utc::now();
            let Some(wait) = next_attempt_after(tries + 1, now - since) else {
                // Its updates go by mail from now on.
                queries::numbered(conn, report, server.id, None)?;
                return Ok(queries::advance(conn, Some(report))?);
            };
            diesel::update(open311_requests::table.find((report, server.id)))
                .set(open311_requests::token_tries.eq(tries + 1))
                .execute(conn)?;
            jobs::queries::enqueue_at(conn, &Job::Open311Token { report, server: server.id }, now + wait)?;
            Ok(rest_if(conn, silent, &server)?)
        });
        Ok(record)
    })))
}

/// A server that did not answer is left alone for a while.
pub(super) fn rest_if(conn: &mut PgConnection, silent: bool, server: &Server) -> QueryResult<()> {
    let lane = Job::Open311Poll { server: server.id }.lane();
    match lane.filter(|_| silent) {
        Some(lane) => jobs::queries::rest(conn, &lane, Utc::now() + LANE_RESTS),
        None => Ok(()),
    }
}

/// A stretch of time that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Its beginning.
    pub from: DateTime<Utc>,
    /// Its end.
    pub to: DateTime<Utc>,
}

impl Stretch {
    /// The next one, so many `minutes` long, that reaches back behind `done`: by two hours, or by half of a shorter one, so
    /// that each gets on.
    #[must_use]
    pub fn next(done: DateTime<Utc>, minutes: i32, now: DateTime<Utc>) -> Self {
        let minutes = minutes.clamp(SHORTEST_STRETCH, LONGEST_STRETCH);
        let from = done.min(now) - Duration::minutes(OVERLAP.min(minutes / 2).into());
        Self { from, to: now.min(from + Duration::minutes(minutes.into())) }
    }

    /// Whether a moment lies in it, give or take the seconds that answers are rounded to; or the hours between here and where
    /// the server stands, if it does not say.
    #[must_use]
    pub fn has(&self, at: DateTime<Utc>, zoned: bool) -> bool {
        let slack = if zoned { Duration::zero() } else { Duration::hours(ZONES_HOURS) };
        (self.from - slack - Duration::seconds(60)..=self.to + slack + Duration::seconds(1)).contains(&at)
    }
}

/// What a look came to.
enum Seen {
    /// Updates of this stretch.
    Updates(Stretch, Listed<RequestUpdate>),
    /// The server has no updates of its own: its reports, and those that were asked for.
    Reports(Vec<Request>, Vec<String>),
    /// The stretch is too long for one answer.
    TooMuch(String),
    /// Nothing, and why; whether it was silent.
    Nothing(String, bool),
}

/// Fetches updates, and makes the job that does so again.
///
/// # Errors
/// From the database.
pub fn updates(conn: &mut PgConnection, post: &Post, server: i64) -> anyhow::Result<Errand> {
    type Row = (DateTime<Utc>, i32, i32, Option<bool>);
    let row: Option<Row> = open311_servers::table
        .find(server)
        .select((
            open311_servers::polled_to,
            open311_servers::poll_minutes,
            open311_servers::poll_failures,
            open311_servers::has_updates,
        ))
        .first(conn)
        .optional()?;
    let Some((polled_to, minutes, failures, has_updates)) = row else { return Ok(Errand::Nothing) };
    let to = match queries::server(conn, &post.keys, server) {
        Ok(Some(to)) => to,
        Ok(None) => return Ok(Errand::Nothing),
        // Its key cannot be read: said where staff look, and tried again now and then.
        Err(error) if error.is::<crate::delivery::Refused>() => {
            let words = error.to_string();
            return Ok(Errand::Call(Box::new(move |_| {
                Ok(Box::new(move |conn: &mut PgConnection| failed(conn, server, failures, &words)) as Record)
            })));
        }
        Err(error) => return Err(error),
    };
    let reports = if has_updates == Some(true) { Vec::new() } else { asked_about(conn, server)? };
    let now = Utc::now();
    // One that had no updates of its own is asked again once an hour: it may have learnt.
    let has_updates = has_updates.filter(|has| *has || i64::from(now.minute()) >= POLL_MINUTES);
    let stretch = Stretch::next(polled_to, minutes, now);
    Ok(Errand::Call(Box::new(move |outside| {
        let seen = look(outside, &to, stretch, has_updates, reports);
        Ok(Box::new(move |conn: &mut PgConnection| record(conn, &to, seen, minutes, failures)) as Record)
    })))
}

/// The reports a server without updates of its own is asked about: those asked longest ago first.
fn asked_about(conn: &mut PgConnection, server: i64) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        request_id: String,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT q.request_id FROM open311_requests q JOIN reports r ON r.id = q.report_id
         WHERE q.server_id = $1 AND q.request_id IS NOT NULL AND r.visibility IN ('published', 'private')
           AND (r.status_group = 'open' OR r.updated_at > now() - $2 * interval '1 day')
         ORDER BY q.asked_at NULLS FIRST LIMIT $3",
    )
    .bind::<BigInt, _>(server)
    .bind::<BigInt, _>(FINISHED_DAYS)
    .bind::<BigInt, _>(REPORTS_AT_ONCE)
    .load(conn)?;
    // Two reports may have one number.
    let mut seen = HashSet::new();
    Ok(rows.into_iter().map(|row| row.request_id).filter(|number| seen.insert(number.clone())).collect())
}

fn look(
    outside: &Outside<'_>,
    server: &Server,
    stretch: Stretch,
    has_updates: Option<bool>,
    reports: Vec<String>,
) -> Seen {
    if has_updates != Some(false) {
        let mut query = vec![("start_date", written(stretch.from)), ("end_date", written(stretch.to))];
        query.extend(server.key.iter().map(|key| ("api_key", key.clone())));
        match server.get(outside.outbound, &["servicerequestupdates"], &query) {
            Ok(body) => {
                return match wire::request_updates(&body) {
                    Ok(listed) => Seen::Updates(stretch, listed),
                    Err(error) => Seen::Nothing(error.to_string(), false),
                };
            }
            Err(Trouble::TooLarge(words)) => return Seen::TooMuch(words),
            // Resources the standard does not have are answered like this.
            Err(Trouble::Refused(404 | 405, _)) if has_updates.is_none() => {}
            Err(trouble) => return Seen::Nothing(trouble.words(), matches!(trouble, Trouble::Later(_))),
        }
    }
    match reports_there(outside, server, &reports) {
        Ok(found) => Seen::Reports(found, reports),
        Err(trouble) => Seen::Nothing(trouble.words(), matches!(trouble, Trouble::Later(_))),
    }
}

/// The reports as the server has them: by one list, and one by one where it leaves some out, as one that takes no lists does.
fn reports_there(outside: &Outside<'_>, server: &Server, numbers: &[String]) -> Result<Vec<Request>, Trouble> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let read = |body: Vec<u8>| wire::requests(&body).map_err(|error| Trouble::Later(error.to_string()));
    let query = [("service_request_id", numbers.join(","))];
    let mut found = match server.get(outside.outbound, &["requests"], &query) {
        Ok(body) => read(body)?.items,
        Err(Trouble::Refused(..)) => Vec::new(),
        Err(trouble) => return Err(trouble),
    };
    // A server that ignores what it is asked for says nothing of what was not asked.
    found.retain(|request| numbers.contains(&request.id));
    let missing: Vec<&String> =
        numbers.iter().filter(|number| !found.iter().any(|request| request.id == **number)).take(ONE_BY_ONE).collect();
    for number in missing {
        match server.get(outside.outbound, &["requests", number], &[]) {
            Ok(body) => found.extend(read(body)?.items.into_iter().filter(|request| request.id == *number)),
            Err(Trouble::Refused(..)) => {}
            Err(trouble) => return Err(trouble),
        }
    }
    Ok(found)
}

fn record(conn: &mut PgConnection, server: &Server, seen: Seen, minutes: i32, failures: i32) -> anyhow::Result<()> {
    let row = open311_servers::table.find(server.id);
    let mut next = about(Duration::minutes(POLL_MINUTES));
    let words = match seen {
        Seen::Updates(stretch, listed) => {
            let taken = arrived::take(conn, server, Some(stretch), listed.items)?;
            let done = taken.up_to.unwrap_or(stretch.to);
            let is_behind = taken.up_to.is_some() || stretch.to + Duration::minutes(1) < Utc::now();
            if is_behind {
                next = Duration::seconds(NEXT_STRETCH_SECONDS);
            }
            diesel::update(row)
                .set((
                    open311_servers::polled_to.eq(done),
                    open311_servers::poll_minutes.eq((minutes * 2).min(LONGEST_STRETCH)),
                    open311_servers::has_updates.eq(true),
                ))
                .execute(conn)?;
            taken.words(&listed.left_out)
        }
        Seen::Reports(found, asked) => {
            let updates = news(conn, server, &found, &asked)?;
            let taken = arrived::take(conn, server, None, updates)?;
            diesel::update(row)
                .set((open311_servers::polled_to.eq(Utc::now()), open311_servers::has_updates.eq(false)))
                .execute(conn)?;
            taken.words(&[])
        }
        Seen::TooMuch(why) if minutes > SHORTEST_STRETCH => {
            diesel::update(row)
                .set(open311_servers::poll_minutes.eq((minutes / 2).max(SHORTEST_STRETCH)))
                .execute(conn)?;
            next = Duration::seconds(NEXT_STRETCH_SECONDS);
            Some(format!("{why}: asking for less at once"))
        }
        Seen::TooMuch(why) => return failed(conn, server.id, failures, &why),
        Seen::Nothing(why, silent) => {
            failed(conn, server.id, failures, &why)?;
            return Ok(rest_if(conn, silent, server)?);
        }
    };
    diesel::update(row)
        .set((
            open311_servers::polled_at.eq(Utc::now()),
            open311_servers::poll_failures.eq(0),
            open311_servers::poll_words.eq(words),
        ))
        .execute(conn)?;
    Ok(jobs::queries::enqueue_at(conn, &Job::Open311Poll { server: server.id }, Utc::now() + next)?)
}

/// What the reports say that they did not say before; and that they have said it now.
fn news(
    conn: &mut PgConnection,
    server: &Server,
    found: &[Request],
    asked: &[String],
) -> QueryResult<Vec<RequestUpdate>> {
    type Seen = (Option<String>, Option<Uuid>, Option<Uuid>);
    let of_server = open311_requests::table.filter(open311_requests::server_id.eq(server.id));
    let seen: Vec<Seen> = of_server
        .filter(open311_requests::request_id.eq_any(asked))
        .select((open311_requests::request_id, open311_requests::seen, open311_requests::seen_notes))
        .load(conn)?;
    let seen: HashMap<String, (Option<Uuid>, Option<Uuid>)> =
        seen.into_iter().filter_map(|(number, all, notes)| Some((number?, (all, notes)))).collect();
    let now = Utc::now();
    let (mut updates, mut said) = (Vec::new(), Vec::new());
    for request in found {
        let (all, notes) = seen.get(&request.id).copied().unwrap_or_default();
        updates.extend(rules::as_update(request, all, notes, now));
        let (all, notes) = rules::said_by(request);
        said.push(serde_json::json!({ "number": request.id, "seen": all, "notes": notes }));
    }
    diesel::sql_query(
        "UPDATE open311_requests q SET asked_at = now(), seen = coalesce(x.seen, q.seen), seen_notes = coalesce(x.notes, q.seen_notes)
         FROM unnest($2) AS a (number) LEFT JOIN jsonb_to_recordset($3) AS x (number text, seen uuid, notes uuid) USING (number)
         WHERE q.server_id = $1 AND q.request_id = a.number",
    )
    .bind::<BigInt, _>(server.id)
    .bind::<Array<Text>, _>(asked)
    .bind::<Jsonb, _>(serde_json::Value::Array(said))
    .execute(conn)?;
    Ok(updates)
}

fn failed(conn: &mut PgConnection, server: i64, failures: i32, words: &str) -> anyhow::Result<()> {
    let failures = failures.saturating_add(1);
    let there = diesel::update(open311_servers::table.find(server))
        .set((
            open311_servers::polled_at.eq(Utc::now()),
            open311_servers::poll_failures.eq(failures),
            open311_servers::poll_words.eq(words),
        ))
        .execute(conn)?;
    if there == 0 {
        return Ok(());
    }
    let next = after_failures(failures, Duration::minutes(POLL_MINUTES));
    Ok(jobs::queries::enqueue_at(conn, &Job::Open311Poll { server }, Utc::now() + next)?)
}
