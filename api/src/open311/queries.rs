//! What the standard asks for, from the database: one statement for each kind of thing, however many there are.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use mendmap_shared::geo::LonLat;
use mendmap_shared::wire::categories::BodyRef;
use mendmap_shared::workflow::Status;
use postgis_diesel::types::Point;

use super::fault::Fault;
use crate::categories::queries::{Here, here};
use crate::categories::rules::{OwnedCategory, Route, routes};
use crate::db::Stored;
use crate::schema::{bodies, categories, places, reports, updates};

/// A body as others name it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Jurisdiction {
    /// Number of the body.
    pub body_id: i64,
    /// Its slug: the `jurisdiction_id`.
    pub slug: String,
}

/// The jurisdiction of this id.
///
/// # Errors
/// Where there is none.
pub fn jurisdiction(conn: &mut PgConnection, slug: &str) -> Result<Jurisdiction, Fault> {
    let found =
        bodies::table.filter(bodies::slug.eq(slug)).select((bodies::id, bodies::slug)).first(conn).optional()?;
    found.ok_or_else(|| Fault::unknown("There is no jurisdiction with this jurisdiction_id."))
}

/// What can be reported: at a point, or anywhere; to one body, or to any.
///
/// # Errors
/// From the database.
pub fn services(conn: &mut PgConnection, body: Option<i64>, at: Option<LonLat>) -> Result<Vec<Route>, Fault> {
    let found = match at {
        Some(point) => here(conn, point)?,
        None => anywhere(conn, body)?,
    };
    // Where nobody takes anything, the site's own list is no body's service.
    if found.categories.is_empty() {
        return Ok(Vec::new());
    }
    let to_body = |route: &Route| body.is_none_or(|body| route.targets.iter().any(|(target, _)| *target == body));
    Ok(routes(&found).into_iter().filter(to_body).collect())
}

fn anywhere(conn: &mut PgConnection, body: Option<i64>) -> QueryResult<Here> {
    let mut owners = bodies::table.order(bodies::name).select((bodies::id, bodies::slug, bodies::name)).into_boxed();
    let mut owned = categories::table
        .filter(categories::live)
        .order((categories::position, categories::name, categories::body_id))
        .select(OwnedCategory::as_select())
        .into_boxed();
    if let Some(body) = body {
        owners = owners.filter(bodies::id.eq(body));
        owned = owned.filter(categories::body_id.eq(body));
    }
    let owners: Vec<(i64, String, String)> = owners.load(conn)?;
    let bodies = owners.into_iter().map(|(id, slug, name)| (id, BodyRef { slug, name })).collect();
    Ok(Here { areas: Vec::new(), bodies, categories: owned.load(conn)? })
}

/// The other words for each of these categories, by their code.
///
/// # Errors
/// From the database.
pub fn keywords(conn: &mut PgConnection, category_ids: &[i64]) -> QueryResult<HashMap<String, String>> {
    let rows: Vec<(String, String)> = categories::table
        .filter(categories::id.eq_any(category_ids))
        .filter(categories::keywords.ne(""))
        .order(categories::id.desc())
        .select((categories::code, categories::keywords))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// The point of an address in the register it was imported from (in the United Kingdom its UPRN).
///
/// # Errors
/// From the database.
pub fn address(conn: &mut PgConnection, key: &str) -> QueryResult<Option<Point>> {
    let known = places::table.filter(places::kind.eq("address")).filter(places::source_key.eq(key));
    known.order(places::id).select(places::location).first(conn).optional()
}

/// A public update.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = updates, check_for_backend(diesel::pg::Pg))]
pub struct UpdateRow {
    /// Number.
    pub id: i64,
    /// Its report.
    pub report_id: i64,
    /// The body that speaks, if one does.
    pub body_id: Option<i64>,
    /// Whether the report's author speaks.
    pub by_author: bool,
    /// What is said.
    pub text: Option<String>,
    /// The status it sets.
    pub status: Option<Stored<Status>>,
    /// When it became public.
    pub created_at: DateTime<Utc>,
}

/// The public updates of these reports, oldest first.
///
/// # Errors
/// From the database.
pub fn updates_of(conn: &mut PgConnection, reports: &[i64]) -> QueryResult<Vec<UpdateRow>> {
    updates::table
        .filter(updates::report_id.eq_any(reports))
        .filter(updates::visibility.eq("published"))
        .order((updates::created_at, updates::id))
        .select(UpdateRow::as_select())
        .load(conn)
}

/// What the body of each of these reports said last.
///
/// # Errors
/// From the database.
pub fn last_words(conn: &mut PgConnection, reports: &[i64]) -> QueryResult<HashMap<i64, String>> {
    let rows: Vec<(i64, Option<String>)> = updates::table
        .filter(updates::report_id.eq_any(reports))
        .filter(updates::visibility.eq("published"))
        .filter(updates::body_id.is_not_null())
        .filter(updates::text.is_not_null())
        .distinct_on(updates::report_id)
        .order((updates::report_id, updates::created_at.desc(), updates::id.desc()))
        .select((updates::report_id, updates::text))
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, text)| Some((id, text?))).collect())
}

/// When each of these reports was last closed or fixed by an update.
///
/// # Errors
/// From the database.
pub fn closed_at(conn: &mut PgConnection, reports: &[i64]) -> QueryResult<HashMap<i64, DateTime<Utc>>> {
    let rows: Vec<(i64, DateTime<Utc>)> = updates::table
        .filter(updates::report_id.eq_any(reports))
        .filter(updates::visibility.eq("published"))
        .filter(updates::status.is_not_null())
        .filter(updates::status.assume_not_null().ne_all(["open", "investigating", "action_scheduled", "in_progress"]))
        .distinct_on(updates::report_id)
        .order((updates::report_id, updates::created_at.desc(), updates::id.desc()))
        .select((updates::report_id, updates::created_at))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// The details of those of these reports that are published.
///
/// # Errors
/// From the database.
pub fn details(conn: &mut PgConnection, ids: &[i64]) -> QueryResult<HashMap<i64, String>> {
    let rows: Vec<(i64, String)> = reports::table
        .filter(reports::id.eq_any(ids))
        .filter(reports::visibility.eq("published"))
        .select((reports::id, reports::detail))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}
