//! Keeping our categories in step with a server's service list.

use std::collections::HashMap;
use std::time::{Duration as Time, Instant};

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb};
use mendmap_shared::questions::Question;
use serde_json::json;

use super::client::{Server, Trouble};
use super::fetch::{about, after_failures, rest_if};
use super::queries;
use super::services::{Bound, Known, Plan, plan};
use super::wire::{self, Attribute, Listed, Service};
use crate::delivery::{Errand, Outside, Post, Record};
use crate::desk::queries::audit;
use crate::jobs::{self, Job};
use crate::schema::{categories, open311_ignored, open311_servers, open311_services};

/// Minutes between two looks at a service list.
const SYNC_MINUTES: i64 = 60;
/// Services that are read; nobody chooses among more.
const SERVICES: usize = 1_000;
/// How long questions are fetched in one go, one service after the other: reports wait meanwhile.
const DEFINITIONS_FOR: Time = Time::from_secs(60);

/// What was fetched.
struct Fetched {
    listed: Listed<Service>,
    definitions: HashMap<String, Vec<Attribute>>,
    notes: Vec<String>,
    silent: bool,
}

/// Fetches the service list, and makes the job that does so again.
///
/// # Errors
/// From the database.
pub fn services(conn: &mut PgConnection, post: &Post, server: i64) -> anyhow::Result<Errand> {
    let failures: Option<i32> =
        open311_servers::table.find(server).select(open311_servers::sync_failures).first(conn).optional()?;
    let Some(failures) = failures else { return Ok(Errand::Nothing) };
    let to = match queries::server(conn, &post.keys, server) {
        Ok(Some(to)) => to,
        Ok(None) => return Ok(Errand::Nothing),
        Err(error) if error.is::<crate::delivery::Refused>() => {
            let words = error.to_string();
            return Ok(Errand::Call(Box::new(move |_| {
                Ok(Box::new(move |conn: &mut PgConnection| failed(conn, server, failures, &words)) as Record)
            })));
        }
        Err(error) => return Err(error),
    };
    let defined: Vec<(String, Option<DateTime<Utc>>)> = open311_services::table
        .filter(open311_services::server_id.eq(server))
        .select((open311_services::code, open311_services::defined_at))
        .load(conn)?;
    Ok(Errand::Call(Box::new(move |outside| {
        let fetched = fetch(outside, &to, &defined.into_iter().collect());
        Ok(Box::new(move |conn: &mut PgConnection| record(conn, &to, fetched, failures)) as Record)
    })))
}

fn fetch(
    outside: &Outside<'_>,
    server: &Server,
    defined: &HashMap<String, Option<DateTime<Utc>>>,
) -> Result<Fetched, (String, bool)> {
    let told = |trouble: &Trouble| (trouble.words(), matches!(trouble, Trouble::Later(_)));
    let body = server.get(outside.outbound, &["services"], &[]).map_err(|trouble| told(&trouble))?;
    let mut listed = wire::services(&body).map_err(|error| (error.to_string(), false))?;
    if listed.items.len() > SERVICES {
        return Err((format!("the service list has more than {SERVICES} services"), false));
    }
    if listed.items.is_empty() && !defined.is_empty() {
        return Err(("the service list is empty: nothing is changed".to_owned(), false));
    }
    // Those whose questions were fetched longest ago first, so that each has its turn however slow the server is.
    listed.items.sort_by_key(|service| defined.get(&service.code).copied().flatten());
    let (mut definitions, mut notes, mut silent) = (HashMap::new(), Vec::new(), false);
    let begun = Instant::now();
    for service in listed.items.iter().filter(|service| service.metadata) {
        if begun.elapsed() > DEFINITIONS_FOR {
            notes.push("more questions will be fetched next time".to_owned());
            break;
        }
        let answer = server.get(outside.outbound, &["services", &service.code], &[]);
        match answer.map(|body| wire::attributes(&body)) {
            Ok(Ok(attributes)) if attributes.left_out.is_empty() => {
                definitions.insert(service.code.clone(), attributes.items);
            }
            Ok(Ok(attributes)) => notes.push(format!("{}: {}", service.name, attributes.left_out.join(", "))),
            Ok(Err(error)) => notes.push(format!("{}: {error}", service.name)),
            Err(trouble) => {
                notes.push(format!("{}: {}", service.name, trouble.words()));
                silent = matches!(trouble, Trouble::Later(_));
                if silent {
                    break;
                }
            }
        }
    }
    Ok(Fetched { listed, definitions, notes, silent })
}

fn record(
    conn: &mut PgConnection,
    server: &Server,
    fetched: Result<Fetched, (String, bool)>,
    failures: i32,
) -> anyhow::Result<()> {
    let mut fetched = match fetched {
        Ok(fetched) => fetched,
        Err((words, silent)) => {
            failed(conn, server.id, failures, &words)?;
            return Ok(rest_if(conn, silent, server)?);
        }
    };
    let known = known(conn, server)?;
    let whole = fetched.listed.left_out.is_empty();
    let ignored: Vec<String> = open311_ignored::table
        .filter(open311_ignored::server_id.eq(server.id))
        .select(open311_ignored::code)
        .load(conn)?;
    fetched.listed.items.retain(|service| !ignored.contains(&service.code));
    let plan = plan(&fetched.listed.items, &fetched.definitions, &known, whole);
    carry_out(conn, server, &plan)?;
    let counts = [(plan.new, "new"), (plan.changed, "changed"), (plan.gone, "gone")];
    let counted: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let mut words = vec![format!("{} services", fetched.listed.items.len())];
    words.extend((!counted.is_empty()).then(|| counted.join(", ")));
    words.extend([fetched.listed.left_out, fetched.notes, plan.notes].concat().into_iter().take(5));
    if !counted.is_empty() {
        let detail = json!({ "new": plan.new, "changed": plan.changed, "gone": plan.gone });
        audit(conn, None, "open311.sync", ("body", server.body_id), &detail)?;
    }
    diesel::update(open311_servers::table.find(server.id))
        .set((
            open311_servers::synced_at.eq(Utc::now()),
            open311_servers::sync_failures.eq(0),
            open311_servers::sync_words.eq(words.join("; ")),
        ))
        .execute(conn)?;
    let next = Utc::now() + about(Duration::minutes(SYNC_MINUTES));
    jobs::queries::enqueue_at(conn, &Job::Open311Sync { server: server.id }, next)?;
    Ok(rest_if(conn, fetched.silent, server)?)
}

/// The body's categories, locked: nobody binds one meanwhile.
fn known(conn: &mut PgConnection, server: &Server) -> QueryResult<Vec<Known>> {
    type Category = (i64, String, String, String, Option<String>, serde_json::Value, bool, bool);
    let rows: Vec<Category> = categories::table
        .filter(categories::body_id.eq(server.body_id))
        .order(categories::id)
        .select((
            categories::id,
            categories::code,
            categories::name,
            categories::group_name,
            categories::hint,
            categories::questions,
            categories::private,
            categories::live,
        ))
        .for_no_key_update()
        .load(conn)?;
    type Texts = Vec<Option<String>>;
    let bound: Vec<(i64, String, Texts, Texts, Texts, bool)> = open311_services::table
        .filter(open311_services::server_id.eq(server.id))
        .select((
            open311_services::category_id,
            open311_services::code,
            open311_services::protected,
            open311_services::asked,
            open311_services::automated,
            open311_services::gone,
        ))
        .load(conn)?;
    let texts = |texts: Texts| texts.into_iter().flatten().collect();
    let mut bound: HashMap<i64, Bound> = bound
        .into_iter()
        .map(|(id, code, protected, asked, automated, gone)| {
            let (protected, asked, automated) = (texts(protected), texts(asked), texts(automated));
            (id, Bound { code, protected, asked, automated, gone })
        })
        .collect();
    let category = |(id, category, name, group, hint, questions, private, live): Category| Known {
        id,
        category,
        name,
        group,
        hint,
        // What cannot be read was edited by hand in the database.
        questions: serde_json::from_value::<Vec<Question>>(questions).unwrap_or_default(),
        private,
        live,
        service: bound.remove(&id),
    };
    Ok(rows.into_iter().map(category).collect())
}

fn carry_out(conn: &mut PgConnection, server: &Server, plan: &Plan) -> anyhow::Result<()> {
    let rows = serde_json::to_value(&plan.rows)?;
    let statements = [
        "UPDATE categories c SET name = x.name, group_name = x.group_name, hint = x.hint, questions = x.questions,
                private = x.private, live = x.live
         FROM jsonb_to_recordset($2) AS x (id bigint, name text, group_name text, hint text, questions jsonb, private bool, live bool)
         WHERE c.id = x.id AND c.body_id = $1
           AND (c.name, c.group_name, c.hint, c.questions, c.private, c.live)
               IS DISTINCT FROM (x.name, x.group_name, x.hint, x.questions, x.private, x.live)",
        "INSERT INTO categories (body_id, code, name, group_name, hint, questions, private, live)
         SELECT $1, x.category, x.name, x.group_name, x.hint, x.questions, x.private, x.live
         FROM jsonb_to_recordset($2) AS x (id bigint, category text, name text, group_name text, hint text, questions jsonb, private bool, live bool)
         WHERE x.id IS NULL",
    ];
    for statement in statements {
        diesel::sql_query(statement).bind::<BigInt, _>(server.body_id).bind::<Jsonb, _>(&rows).execute(conn)?;
    }
    diesel::sql_query(
        "INSERT INTO open311_services AS s (category_id, server_id, code, kind, protected, asked, automated, defined_at, gone)
         SELECT c.id, $3, x.service, x.kind, ARRAY(SELECT jsonb_array_elements_text(x.protected)),
                ARRAY(SELECT jsonb_array_elements_text(x.asked)), ARRAY(SELECT jsonb_array_elements_text(x.automated)),
                CASE WHEN x.defined THEN now() END, x.gone
         FROM jsonb_to_recordset($2) AS x (category text, service text, kind text, protected jsonb, asked jsonb, automated jsonb, defined bool, gone bool)
         JOIN categories c ON c.body_id = $1 AND c.code = x.category
         ON CONFLICT (category_id) DO UPDATE SET kind = CASE WHEN excluded.gone THEN s.kind ELSE excluded.kind END, asked = excluded.asked, automated = excluded.automated,
             defined_at = coalesce(excluded.defined_at, s.defined_at), gone = excluded.gone",
    )
    .bind::<BigInt, _>(server.body_id)
    .bind::<Jsonb, _>(&rows)
    .bind::<BigInt, _>(server.id)
    .execute(conn)?;
    Ok(())
}

fn failed(conn: &mut PgConnection, server: i64, failures: i32, words: &str) -> anyhow::Result<()> {
    let failures = failures.saturating_add(1);
    let there = diesel::update(open311_servers::table.find(server))
        .set((
            open311_servers::synced_at.eq(Utc::now()),
            open311_servers::sync_failures.eq(failures),
            open311_servers::sync_words.eq(words),
        ))
        .execute(conn)?;
    if there == 0 {
        return Ok(());
    }
    let next = Utc::now() + after_failures(failures, Duration::minutes(SYNC_MINUTES));
    Ok(jobs::queries::enqueue_at(conn, &Job::Open311Sync { server }, next)?)
}
