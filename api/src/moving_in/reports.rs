//! Reports.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use mendmap_shared::geo::LonLat;
use mendmap_shared::limits::{NEAREST_STREET_METRES, NEAREST_WARD_METRES};
use mendmap_shared::workflow::{Status, StatusGroup, Visibility};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::bodies::Categories;
use super::left_out::Reason;
use super::ours::Tally;
use super::rules::Standing;
use super::theirs::{self, Duplicate, Numbered, Problem};
use super::{AT_ONCE, Move, Numbers, ours, rules};

#[derive(Serialize)]
struct StagedReport {
    theirs: i64,
    seen: Uuid,
    lon: f64,
    lat: f64,
    title: String,
    detail: String,
    category_code: String,
    category_name: String,
    category_group: String,
    status: Status,
    visibility: Visibility,
    fixed_by: Option<&'static str>,
    user_id: Option<i64>,
    public_name: Option<String>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    anonymous: bool,
    answers: Value,
    questions: Value,
    created_at: DateTime<Utc>,
    confirmed_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    private: bool,
    supporters: i32,
    body_ids: Vec<i64>,
    category_ids: Vec<i64>,
}

/// Carries over every report somebody confirmed, with its author's details, bodies and areas.
///
/// # Errors
/// From one of the databases.
pub fn reports(
    at: &mut Move<'_>,
    bodies: &Numbers,
    categories: &Categories,
    states: &HashMap<String, String>,
) -> anyhow::Result<()> {
    ours::leave_room(at.ours, "reports", highest(at.theirs, "problem")?)?;
    let known = ours::numbers(at.ours, "report")?;
    let came = came(&known);
    let statements = statements();
    let mut tally = Tally::default();
    let mut after = 0;
    loop {
        let page: Vec<Problem> = theirs::page(at.theirs, after, AT_ONCE, &at.time_zone)?;
        let Some(last) = page.last() else { break };
        gone(at, "report", &came, (after, last.id), &page.iter().map(|row| row.id).collect())?;
        after = last.id;
        let mut rows = Vec::with_capacity(page.len());
        for problem in &page {
            match fit(problem, known.contains_key(&problem.id), states) {
                Ok((status, visibility, place)) => {
                    let mut words = Vec::new();
                    rows.push(staged(problem, (status, visibility, place), bodies, categories, &mut words)?);
                    for reason in words {
                        at.left_out.note("report", problem.id, reason, "")?;
                    }
                }
                Err(reason) => {
                    tally.left += 1;
                    let detail = if reason == Reason::UnknownState { problem.state.as_str() } else { "" };
                    at.left_out.note("report", problem.id, reason, detail)?;
                }
            }
        }
        let outcome = ours::apply(at.ours, "staged_reports", &rows, &statements)?;
        at.note_all("report", &outcome.words)?;
        tally.add(outcome.tally);
        (at.tell)(&format!("reports up to number {after}"));
    }
    gone(at, "report", &came, (after, i64::MAX), &HashSet::new())?;
    at.done("reports", tally);
    Ok(())
}

/// The statements, with the questions that every new report asks about its place put to all of them at once.
fn statements() -> String {
    let of = |question: &str, metres: f64| {
        question.replace("$1", "lon").replace("$2", "lat").replace("$3", &format!("{metres:.1}"))
    };
    include_str!("sql/apply_reports.sql")
        .replace("{areas_at}", &of(include_str!("../places/sql/areas_at.sql"), NEAREST_WARD_METRES))
        .replace("{nearest_street}", &of(include_str!("../places/sql/nearest_street.sql"), NEAREST_STREET_METRES))
}

/// What of a report is needed for it to be here at all. What came once and is taken back there, is hidden here.
fn fit(
    problem: &Problem,
    known: bool,
    states: &HashMap<String, String>,
) -> Result<(Status, Visibility, LonLat), Reason> {
    let (status, visibility) = match rules::standing(&problem.state, problem.non_public, states) {
        Standing::Here(status, visibility) => (status, visibility),
        Standing::Unconfirmed if known => (Status::Open, Visibility::Hidden),
        Standing::Unconfirmed => return Err(Reason::Unconfirmed),
        Standing::Unknown => return Err(Reason::UnknownState),
    };
    let place = match (problem.lon, problem.lat) {
        // Where the equator meets the meridian there is water: it is what a missing place was saved as.
        (Some(lon), Some(lat)) if (lon, lat) != (0.0, 0.0) => LonLat::new(lon, lat).map_err(|_| Reason::NoPlace)?,
        _ => return Err(Reason::NoPlace),
    };
    Ok((status, visibility, place))
}

fn staged(
    problem: &Problem,
    (status, visibility, place): (Status, Visibility, LonLat),
    bodies: &Numbers,
    categories: &Categories,
    words: &mut Vec<Reason>,
) -> anyhow::Result<StagedReport> {
    let their_bodies: Vec<i64> = problem.bodies.split(',').filter_map(|id| id.trim().parse().ok()).collect();
    let category = |body: i64| categories.get(&(body, problem.category.clone()));
    // In order, each once, as the report's row has them.
    let parts: BTreeMap<i64, Option<i64>> = their_bodies
        .iter()
        .filter_map(|body| Some((*bodies.get(body)?, category(*body).map(|category| category.id))))
        .collect();
    let known = their_bodies.iter().find_map(|body| category(*body));
    if their_bodies.iter().any(|body| !bodies.contains_key(body)) {
        words.push(Reason::UnknownBody);
    }
    if known.is_none() && !their_bodies.is_empty() {
        words.push(Reason::UnknownCategory);
    }
    if problem.user_id.is_none() {
        words.push(Reason::NoUser);
    }
    let is_open = status.group() == StatusGroup::Open && visibility != Visibility::Hidden;
    if is_open && problem.whensent.is_none() && !parts.is_empty() {
        words.push(Reason::NotSent);
    }
    let extra = problem.extra.clone().unwrap_or_default();
    let read = if extra.is_string() { None } else { rules::answers(&extra) };
    if read.is_none() {
        words.push(Reason::OldExtra);
    }
    let (answers, questions) = read.unwrap_or_default();
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let email = problem.email.as_deref().filter(|email| !rules::is_removed(email)).and_then(some);
    let created_at = problem.created.or(problem.confirmed).or(problem.lastupdate).unwrap_or_default();
    let confirmed_at = problem.confirmed.unwrap_or(created_at);
    let category_name = if problem.category.is_empty() { "Other".to_owned() } else { problem.category.clone() };
    Ok(StagedReport {
        theirs: problem.id,
        seen: ours::seen(problem)?,
        lon: place.lon(),
        lat: place.lat(),
        // Nothing here is without a title.
        title: some(&problem.title).unwrap_or_else(|| category_name.clone()),
        detail: problem.detail.clone(),
        category_code: known.map_or_else(
            || rules::free_slug(&category_name, "other", &mut std::collections::BTreeSet::new()),
            |category| category.code.clone(),
        ),
        category_group: known.map_or_else(|| "Other".to_owned(), |category| category.group.clone()),
        category_name,
        status,
        visibility,
        fixed_by: rules::fixed_by(status, &problem.state, problem.fixed_by_other).map(|by| by.as_str()),
        user_id: problem.user_id.filter(|_| problem.account),
        public_name: some(&problem.name).filter(|_| !problem.anonymous),
        name: some(&problem.name),
        email,
        phone: problem.phone.as_deref().and_then(some),
        anonymous: problem.anonymous,
        answers: serde_json::to_value(answers)?,
        questions: serde_json::to_value(questions)?,
        created_at,
        confirmed_at,
        updated_at: problem.lastupdate.unwrap_or(confirmed_at),
        sent_at: problem.whensent,
        private: problem.non_public,
        supporters: problem.interest_count.max(0),
        category_ids: parts.values().map(|category| category.unwrap_or(0)).collect(),
        body_ids: parts.into_keys().collect(),
    })
}

#[derive(Serialize)]
struct StagedDuplicate {
    theirs: i64,
    other: i64,
}

/// Names the other report of each duplicate, once all of them are here.
///
/// # Errors
/// From one of the databases.
pub fn duplicates(at: &mut Move<'_>) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let page: Vec<Duplicate> = theirs::page(at.theirs, after, AT_ONCE, &at.time_zone)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        let rows: Vec<_> = page.iter().map(|row| StagedDuplicate { theirs: row.id, other: row.other }).collect();
        let outcome = ours::apply(at.ours, "staged_duplicates", &rows, include_str!("sql/apply_duplicates.sql"))?;
        at.note_all("report", &outcome.words)?;
    }
}

#[derive(Serialize)]
struct StagedNumber {
    theirs: i64,
    number: String,
}

/// Says under which numbers bodies' servers know reports, where such a server is set here, so that it can be asked for updates.
///
/// # Errors
/// From one of the databases.
pub fn request_numbers(at: &mut Move<'_>) -> anyhow::Result<()> {
    let mut tally = Tally::default();
    let mut after = 0;
    loop {
        let page: Vec<Numbered> = theirs::page(at.theirs, after, AT_ONCE, &at.time_zone)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        let rows: Vec<_> = page.into_iter().map(|row| StagedNumber { theirs: row.id, number: row.number }).collect();
        let outcome = ours::apply(at.ours, "staged_numbers", &rows, include_str!("sql/apply_numbers.sql"))?;
        tally.new += outcome.tally.new;
    }
    if tally.new > 0 {
        at.done("numbers at bodies' servers", tally);
    }
    Ok(())
}

/// The highest number in one of their tables.
pub(super) fn highest(theirs: &mut PgConnection, table: &str) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Highest {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let row: Highest =
        sql_query(format!("SELECT coalesce(max(id), 0)::bigint AS id FROM {table}")).get_result(theirs)?;
    Ok(row.id)
}

/// Notes what came once, in order, and is not among those there are now, of the numbers after `after` and up to `last`.
pub(super) fn gone(
    at: &mut Move<'_>,
    kind: &'static str,
    came: &[i64],
    (after, last): (i64, i64),
    there: &HashSet<i64>,
) -> anyhow::Result<()> {
    let (from, to) = (came.partition_point(|id| *id <= after), came.partition_point(|id| *id <= last));
    let missing = came[from..to].iter().filter(|id| !there.contains(id));
    missing.into_iter().try_for_each(|id| at.left_out.note(kind, *id, Reason::GoneThere, ""))
}

/// The numbers of theirs that came, in order.
pub(super) fn came(known: &Numbers) -> Vec<i64> {
    let mut ids: Vec<i64> = known.keys().copied().collect();
    ids.sort_unstable();
    ids
}
